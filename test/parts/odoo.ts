import { spawn } from "node:child_process";
import { chownSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "./cluster.ts";
import { freePort } from "./free-port.ts";
import type { OdooPart, Parts } from "./parts.ts";
import { outputBytesMax, runProgram } from "./program.ts";

/** What an Odoo process needs in its environment; `PYTHONDONTWRITEBYTECODE` would make every start compile everything. */
export function odooEnv(odoo: OdooPart, extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PYTHONPATH: odoo.pythonPath,
    PYTHONPYCACHEPREFIX: odoo.pycachePrefix,
    PYTHONUNBUFFERED: "1",
    ...extra,
  };
  delete env["PYTHONDONTWRITEBYTECODE"];
  return env;
}

export interface OdooConfigOptions {
  /** Where the file is written. */
  readonly file: string;
  readonly cluster: Cluster;
  readonly role: string;
  readonly password: string;
  readonly dataDir: string;
  readonly database?: string;
  /** Addons directories before Odoo's own. */
  readonly addons?: readonly string[];
  readonly httpPort?: number;
  readonly odoo: OdooPart;
  readonly user?: { readonly uid: number; readonly gid: number } | null;
  /** Further options, and overrides of ours. */
  readonly settings?: Readonly<Record<string, string>>;
}

export function odooConfigText(options: OdooConfigOptions): string {
  const settings: Record<string, string> = {
    db_host: options.cluster.host,
    db_port: String(options.cluster.port),
    db_user: options.role,
    db_password: options.password,
    ...(options.database === undefined ? {} : { db_name: options.database, dbfilter: `^${options.database}$` }),
    data_dir: options.dataDir,
    addons_path: [...(options.addons ?? []), options.odoo.addonsPath].join(","),
    http_interface: "127.0.0.1",
    http_port: String(options.httpPort ?? 0),
    list_db: "False",
    workers: "0",
    max_cron_threads: "0",
    ...options.settings,
  };
  return ["[options]", ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`), ""].join("\n");
}

/** Writes a configuration that only its user can read. @returns its path */
export function odooConfig(options: OdooConfigOptions): string {
  writeFileSync(options.file, odooConfigText(options), { mode: 0o600 });
  if (options.user) chownSync(options.file, options.user.uid, options.user.gid);
  return options.file;
}

export interface OdooStart {
  readonly parts: Parts;
  readonly config: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

function userOf(start: OdooStart): { uid: number; gid: number } | null {
  return start.uid === undefined ? null : { uid: start.uid, gid: start.gid ?? start.uid };
}

/** Runs Odoo to its end, for `--stop-after-init` and the like; with `shell` that script runs in `odoo shell`. */
export async function runOdoo(
  start: OdooStart & { readonly shell?: string; readonly signal?: AbortSignal; readonly onLine?: (line: string) => void },
): Promise<{ exitCode: number | null; log: string }> {
  const { odoo } = start.parts;
  const end = await runProgram(
    odoo.python,
    [odoo.server, ...(start.shell === undefined ? [] : ["shell"]), "--config", start.config, ...(start.args ?? [])],
    {
      env: odooEnv(odoo, start.env),
      cwd: dirname(start.config),
      user: userOf(start),
      ...(start.shell === undefined ? {} : { input: start.shell }),
      ...(start.signal ? { signal: start.signal } : {}),
      ...(start.onLine ? { onLine: start.onLine } : {}),
    },
  );
  return { exitCode: end.exitCode, log: end.output };
}

export interface ServingOdoo {
  readonly url: string;
  readonly pid: number;
  log(): string;
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

const healthyWithinMs = 60_000;

/** Starts Odoo serving on a free port and waits for `/web/health`. @throws with its log when it ends or stays silent */
export async function startOdoo(start: OdooStart): Promise<ServingOdoo> {
  const { odoo } = start.parts;
  const port = await freePort();
  const user = userOf(start);
  const child = spawn(odoo.python, [odoo.server, "--config", start.config, "--http-port", String(port), ...(start.args ?? [])], {
    env: odooEnv(odoo, start.env),
    // Inside the scratch directory, so that it ends with it.
    cwd: dirname(start.config),
    stdio: ["ignore", "pipe", "pipe"],
    ...(user === null ? {} : user),
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk: string) => (log = (log + chunk).slice(-outputBytesMax)));
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => resolve());
    child.on("error", (error) => {
      log += error.message;
      resolve();
    });
  });
  const endWithUs = (): boolean => child.kill("SIGKILL");
  process.on("exit", endWithUs);
  const stop = async (): Promise<void> => {
    process.removeListener("exit", endWithUs);
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  };
  const url = `http://127.0.0.1:${port}`;
  const deadline = performance.now() + healthyWithinMs;
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    const healthy = await fetch(`${url}/web/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return { url, pid: child.pid, log: () => log, stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`Odoo didn't become healthy:\n${log.slice(-4000)}`);
}
