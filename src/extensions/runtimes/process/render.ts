import { join } from "node:path";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import type { Generation } from "../../../app/ports/odoo-runtime.ts";
import type { Unit } from "../../../app/ports/supervisor.ts";
import { scriptArgv, serveArgv, updateArgv } from "../../../odoo/server/argv.ts";
import type { ServerConfig, ServerRole } from "../../../odoo/server/config-file.ts";
import { processEnvironment } from "../../../odoo/server/environment.ts";

/** Where an environment's runtime keeps its files. `privateDirectory` is the only one that belongs to Odoo's user. */
export interface RuntimePaths {
  readonly root: string;
  /** `<id>.json`: what a generation is, no secret. */
  readonly generations: string;
  /** Configuration files, inputs and reports of scripts, HOME. */
  readonly privateDirectory: string;
  readonly scripts: string;
  readonly logs: string;
  readonly pycache: string;
}

export type UnitRole = "web" | "background";
export const unitRoles: readonly UnitRole[] = ["web", "background"];

export interface OsUser {
  /** null: the user that Plimsoll itself runs as. */
  readonly uid: number | null;
  readonly gid: number | null;
}

/** Workers finish their request within this; a request that takes longer is ended with the worker. */
const webStopGraceMs = 30_000;

export function runtimePaths(stateDirectory: string): RuntimePaths {
  return {
    root: stateDirectory,
    generations: join(stateDirectory, "generations"),
    privateDirectory: join(stateDirectory, "private"),
    scripts: join(stateDirectory, "scripts"),
    logs: join(stateDirectory, "logs"),
    pycache: join(stateDirectory, "pycache"),
  };
}

export function unitId(environment: string, generation: string, role: UnitRole): string {
  return `${environment}/${generation}-${role}`;
}

export function configPath(paths: RuntimePaths, name: string): string {
  return join(paths.privateDirectory, `${name}.conf`);
}

export function logPath(paths: RuntimePaths, generation: string, role: UnitRole): string {
  return join(paths.logs, `${generation}-${role}.log`);
}

/** The unit of one half of a generation. Web workers run no crons and crons answer no HTTP, so that each stops on its own. */
export function renderUnit(of: {
  readonly environment: EnvironmentSpec;
  readonly generation: Generation;
  readonly role: UnitRole;
  readonly epoch: number;
  readonly user: OsUser;
  readonly paths: RuntimePaths;
}): Unit {
  const { environment, generation, role, paths } = of;
  const name = `${generation.id}-${role}`;
  return {
    id: unitId(environment.name, generation.id, role),
    epoch: of.epoch,
    argv: serveArgv({
      python: environment.runtime.odoo.python,
      launcher: join(paths.scripts, "launch.py"),
      configFile: configPath(paths, name),
    }),
    cwd: paths.privateDirectory,
    env: renderEnvironment(environment, role, null, paths),
    uid: of.user.uid,
    gid: of.user.gid,
    logFile: logPath(paths, generation.id, role),
    // SIGINT, not SIGTERM: should it reach the whole group, a worker takes it as "finish and go", where SIGTERM ends it at once.
    stop: { signal: "SIGINT", graceMs: role === "web" ? webStopGraceMs : environment.limits.backgroundStopMsMax },
    labels: {
      generation: generation.id,
      role,
      release: generation.release ?? "",
      database: generation.database,
      webPort: String(generation.webPort),
      websocketPort: generation.websocketPort === null ? "" : String(generation.websocketPort),
    },
  };
}

export function renderEnvironment(
  environment: EnvironmentSpec,
  role: ServerRole,
  run: { readonly deployment: string; readonly epoch: number } | null,
  paths: RuntimePaths,
): Record<string, string> {
  const { odoo } = environment.runtime;
  return processEnvironment({
    role,
    environment: environment.name,
    run,
    server: odoo.server,
    pythonPath: odoo.pythonPath ?? null,
    pycachePrefix: odoo.pycachePrefix ?? paths.pycache,
    home: paths.privateDirectory,
  });
}

/** What goes into the odoo.conf of a process, but for the password. */
export function renderServerConfig(
  environment: EnvironmentSpec,
  role: ServerRole,
  on: {
    readonly database: string;
    readonly addonsPaths: readonly string[];
    readonly name: string;
    readonly webPort: number | null;
    readonly websocketPort: number | null;
  },
): Omit<ServerConfig, "password"> {
  return {
    role,
    connection: environment.database,
    database: on.database,
    addonsPaths: on.addonsPaths,
    dataDirectory: environment.dataDirectory,
    applicationName: applicationName(environment.name, on.name),
    webPort: on.webPort,
    websocketPort: on.websocketPort,
    workers: environment.runtime.workers,
    cronThreads: environment.runtime.cronThreads,
    options: environment.runtime.odoo.options,
  };
}

export function renderUpdateArgv(
  environment: EnvironmentSpec,
  paths: RuntimePaths,
  configFile: string,
  database: string,
  modules: readonly string[],
): string[] {
  return updateArgv({ python: environment.runtime.odoo.python, launcher: join(paths.scripts, "launch.py"), configFile }, database, modules);
}

export function renderScriptArgv(
  environment: EnvironmentSpec,
  paths: RuntimePaths,
  script: string,
  files: { configFile: string; input: string; report: string },
): string[] {
  return scriptArgv({ python: environment.runtime.odoo.python }, join(paths.scripts, script), files);
}

/** PostgreSQL keeps 63 bytes; the pid, which Odoo fills in, must survive. */
function applicationName(environment: string, name: string): string {
  return `odoo-${`${environment}-${name}`.slice(0, 45)}-{pid}`;
}
