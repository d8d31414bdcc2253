import { join } from "node:path";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import type { OdooRun } from "../../../app/ports/odoo-runtime.ts";
import type { RuntimeWorld } from "../../../app/ports/runtime-kind.ts";
import { renderConfigFile } from "../../../odoo/server/config-file.ts";
import type { ServerRole } from "../../../odoo/server/config-file.ts";
import { boundedLog } from "./bounded-log.ts";
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
  readonly budgetMs: number;
  readonly signal: AbortSignal;
  readonly line?: ((line: string) => void) | undefined;
}

/** Writes the configuration, runs what `argv` says for it, and removes the configuration again. */
export async function runOneShot(of: OneShot, argv: (configFile: string) => readonly string[]): Promise<OdooRun> {
  const { environment, world, paths, user } = of;
  const configFile = configPath(paths, of.name);
  const config = renderServerConfig(environment, of.role, {
    database: of.database,
    addonsPaths: of.addonsPaths,
    name: of.name,
    webPort: null,
    websocketPort: null,
  });
  await writePrivateFile(
    configFile,
    renderConfigFile({ ...config, password: await world.readSecret(environment.database.password) }),
    user,
  );
  const output = boundedLog();
  try {
    const result = await world.processes.run({
      argv: argv(configFile),
      cwd: paths.privateDirectory,
      env: renderEnvironment(environment, of.role, of.run, paths),
      uid: user.uid,
      gid: user.gid,
      timeoutMs: of.budgetMs,
      graceMs,
      signal: of.signal,
      line: (line) => {
        output.add(line);
        of.line?.(line);
      },
    });
    const { log, cut } = output.text();
    return { ...result, log, logCut: cut };
  } finally {
    await removePrivateFile(configFile);
  }
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
  }
}
