/** The Python files that run inside Odoo's interpreter. They are copied to where Odoo's user can read them. */
export const launcherScript: URL = new URL("./launch.py", import.meta.url);
export const dependenciesScript: URL = new URL("./dependencies.py", import.meta.url);
export const neutraliseScript: URL = new URL("./neutralise-scripts.py", import.meta.url);
/** What the others import: it leaves the peak of memory in the file that `usageVariable` names. */
export const usageScript: URL = new URL("./plimsoll_usage.py", import.meta.url);
