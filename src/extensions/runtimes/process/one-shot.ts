import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import type { DatabaseRole, OdooRun } from "../../../app/ports/odoo-runtime.ts";
import type { RuntimeWorld } from "../../../app/ports/runtime-kind.ts";
import { renderConfigFile } from "../../../odoo/server/config-file.ts";
import type { ServerRole } from "../../../odoo/server/config-file.ts";
import { usageVariable, yieldsVariable } from "../../../odoo/server/environment.ts";
import { boundedLog } from "./bounded-log.ts";
import { openDatabaseRelay } from "./database-relay.ts";
import { networkIsolation, withoutNetwork } from "./network.ts";
import { readPrivateFile, removePrivateFile, writePrivateFile } from "./private-file.ts";
import { configPath, renderEnvironment, renderScriptArgv, renderServerConfig } from "./render.ts";
import type { OsUser, RuntimePaths } from "./render.ts";

/** After SIGTERM Odoo rolls back and ends; a run that doesn't within this is killed with its group. */
const graceMs = 5_000;

/** A process of Odoo's that ends by itself, on one database. */
export interface OneShot {
  readonly environment: EnvironmentSpec;
  readonly world: RuntimeWorld;
  readonly paths: RuntimePaths;
  readonly user: OsUser;
  /** Unique among what runs at the same time. */
  readonly name: string;
  readonly role: ServerRole & ("update" | "shell");
  readonly database: string;
  readonly addonsPaths: readonly string[];
  /** null: not part of a deployment. */
  readonly run: { readonly deployment: string; readonly epoch: number } | null;
  /** `none` where the system allows it; else the host's. */
  readonly network: "host" | "none";
  /** Leaves the processor to those who serve users. */
  readonly yields: boolean;
  /** null: the environment's own. */
  readonly databaseRole: DatabaseRole | null;
  readonly budgetMs: number;
  readonly signal: AbortSignal;
  readonly line?: ((line: string) => void) | undefined;
}

/** PostgreSQL's own database is where Odoo's bus says that there is something new. */
const busDatabase = "postgres";

/** Writes the configuration, runs what `argv` says for it, and removes the configuration again. */
export async function runOneShot(of: OneShot, argv: (configFile: string) => readonly string[]): Promise<OdooRun> {
  const { environment, world, user } = of;
  const program = of.network === "none" ? (await networkIsolation(world.processes)).program : null;
  if (program === null) return runWith(of, { host: environment.database.host, asUser: user, argv });
  const { host, port } = environment.database;
  const relay = await openDatabaseRelay({ host, port, databases: [of.database, busDatabase], user });
  try {
    const asRoot = { uid: null, gid: null };
    return await runWith(of, { host: relay.directory, asUser: asRoot, argv: (config) => withoutNetwork(program, user, argv(config)) });
  } finally {
    await relay.close();
  }
}

async function runWith(
  of: OneShot,
  how: { readonly host: string; readonly asUser: OsUser; readonly argv: (configFile: string) => readonly string[] },
): Promise<OdooRun> {
  const { environment, world, paths, user } = of;
  const configFile = configPath(paths, of.name);
  const usageFile = join(paths.privateDirectory, `${of.name}.usage`);
  const config = renderServerConfig(environment, of.role, {
    database: of.database,
    addonsPaths: of.addonsPaths,
    name: of.name,
    webPort: null,
    websocketPort: null,
  });
  const role = of.databaseRole ?? environment.database;
  const connection = { host: how.host, port: environment.database.port, user: role.user };
  const text = renderConfigFile({ ...config, connection, password: await world.readSecret(role.password) });
  await writePrivateFile(configFile, text, user);
  const output = boundedLog();
  try {
    const result = await world.processes.run({
      argv: how.argv(configFile),
      cwd: paths.privateDirectory,
      env: {
        ...renderEnvironment(environment, of.role, of.run, paths),
        [usageVariable]: usageFile,
        ...(of.yields ? { [yieldsVariable]: "1" } : {}),
      },
      uid: how.asUser.uid,
      gid: how.asUser.gid,
      timeoutMs: of.budgetMs,
      graceMs,
      signal: of.signal,
      line: (line) => {
        output.add(line);
        of.line?.(line);
      },
    });
    const { log, cut } = output.text();
    return { ...result, log, logCut: cut, peakMemoryBytes: peakOf(await readPrivateFile(usageFile, user)) };
  } finally {
    await removePrivateFile(configFile);
    await removePrivateFile(usageFile);
  }
}

/** A process that was killed leaves nothing; what isn't a number wasn't written by us. */
function peakOf(text: string | null): number | null {
  return text !== null && /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
}

/** Runs one of Plimsoll's scripts with an input; null when it left no report. */
export async function runScript(
  of: OneShot,
  script: string,
  input: Json,
): Promise<{ readonly report: Json | null; readonly run: OdooRun }> {
  const files = {
    input: join(of.paths.privateDirectory, `${of.name}.input.json`),
    report: join(of.paths.privateDirectory, `${of.name}.report.json`),
  };
  await removePrivateFile(files.report);
  await writePrivateFile(files.input, JSON.stringify(input), of.user);
  try {
    const run = await runOneShot(of, (configFile) => renderScriptArgv(of.environment, of.paths, script, { configFile, ...files }));
    const text = await readPrivateFile(files.report, of.user);
    return { report: text === null ? null : (JSON.parse(text) as Json), run };
  } finally {
    await removePrivateFile(files.input);
    await removePrivateFile(files.report);
    await removePrivateFile(`${files.report}.part`);
    // Of a run that was killed; links in it are removed, not followed.
    await rm(`${files.report}.sessions`, { recursive: true, force: true });
  }
}
