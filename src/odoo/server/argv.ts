/** How Odoo's process is called: the interpreter and the launcher that sets Plimsoll's guards and then runs the server script. */
export interface Launch {
  readonly python: string;
  /** Path of launch.py where Odoo's user can read it. */
  readonly launcher: string;
  readonly configFile: string;
}

/** Web workers and crons: everything that matters is in the configuration file. No secret is ever here. */
export function serveArgv(launch: Launch): string[] {
  return [launch.python, launch.launcher, "-c", launch.configFile];
}

/** One update of named modules on one database. */
export function updateArgv(launch: Launch, database: string, modules: readonly string[]): string[] {
  return [
    ...serveArgv(launch),
    "-d",
    database,
    "-u",
    modules.join(","),
    "--stop-after-init",
    "--no-http",
    "--max-cron-threads=0",
    "--workers=0",
  ];
}

/** A script of Plimsoll's inside Odoo's interpreter; it loads the registry itself. Input and report go through files. */
export function scriptArgv(
  launch: { readonly python: string },
  script: string,
  files: { readonly configFile: string; readonly input: string; readonly report: string },
): string[] {
  return [launch.python, script, files.configFile, files.input, files.report];
}
