/** The Python files that run inside Odoo's interpreter. They are copied to where Odoo's user can read them. */
export const launcherScript: URL = new URL("./launch.py", import.meta.url);
export const dependenciesScript: URL = new URL("./dependencies.py", import.meta.url);
