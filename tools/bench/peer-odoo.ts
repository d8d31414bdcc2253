import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../test/parts/free-port.ts";
import { odooConfig, odooEnv, runOdoo } from "../../test/parts/odoo.ts";
import { readParts } from "../../test/parts/parts.ts";
import type { SampleTenant } from "../../test/parts/tenant.ts";

/** Odoo as people run it without us: one service on one port, stopped and started by hand. Always the same port. */
export interface PeerOdoo {
  readonly url: string;
  /** Returns when `/web/health` answers. */
  start(addons: string): Promise<void>;
  /** As systemd stops it. */
  stop(): Promise<void>;
  /** `-u` to its end, in the tenant's database or another; returns its duration. */
  update(addons: string, modules: string, database?: string): Promise<number>;
  /** `-i` to its end, in the tenant's database. */
  install(addons: string, modules: string): Promise<void>;
}

const workers = 2;
const healthyMsMax = 120_000;
const pollMs = 20;

export async function makePeerOdoo(tenant: SampleTenant): Promise<PeerOdoo> {
  const parts = readParts();
  const [port, gevent] = [await freePort(), await freePort()];
  const owner = statSync(tenant.dataDirectory);
  const user = process.getuid?.() === 0 ? { uid: owner.uid, gid: owner.gid } : null;
  const directory = join(tenant.directory, "peer");
  mkdirSync(directory);
  if (user !== null) chownSync(directory, user.uid, user.gid);
  const state: { child: ChildProcess | null } = { child: null };

  /** A checkout may lie where only its owner can read. */
  const configOf = (addons: string): string => {
    const name = addons.split("/").at(-2) ?? "addons";
    const copy = join(directory, name);
    if (!existsSync(copy)) cpSync(addons, copy, { recursive: true });
    return odooConfig({
      file: join(directory, `${name}.conf`),
      cluster: tenant.cluster,
      role: "odoo",
      password: readFileSync(tenant.passwordFile, "utf8").trim(),
      dataDir: tenant.dataDirectory,
      addons: [copy],
      httpPort: port,
      odoo: parts.odoo,
      user,
      settings: { workers: String(workers), max_cron_threads: "1", gevent_port: String(gevent) },
    });
  };

  const toItsEnd = async (addons: string, flag: "-u" | "-i", modules: string, database: string): Promise<void> => {
    const args = ["-d", database, flag, modules, "--stop-after-init", "--no-http", "--workers", "0", "--max-cron-threads", "0"];
    const { exitCode, log } = await runOdoo({ parts, config: configOf(addons), args, ...user });
    if (exitCode !== 0) throw new Error(`${flag} ${modules} ended with ${exitCode}:\n${log.slice(-2_000)}`);
  };

  return {
    url: `http://127.0.0.1:${port}`,
    async start(addons) {
      const config = configOf(addons);
      const child = spawn(parts.odoo.python, [parts.odoo.server, "--config", config, "-d", tenant.database], {
        env: odooEnv(parts.odoo),
        cwd: directory,
        stdio: "ignore",
        ...user,
      });
      state.child = child;
      const deadlineMs = performance.now() + healthyMsMax;
      while (performance.now() < deadlineMs && child.exitCode === null) {
        const healthy = await fetch(`http://127.0.0.1:${port}/web/health`).then(
          (response) => response.ok,
          () => false,
        );
        if (healthy) return;
        await sleep(pollMs);
      }
      throw new Error("the peer's Odoo doesn't start");
    },
    async stop() {
      const { child } = state;
      state.child = null;
      if (child === null || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const killer = setTimeout(() => child.kill("SIGKILL"), 30_000);
      await ended;
      clearTimeout(killer);
    },
    async update(addons, modules, database = tenant.database) {
      const begun = performance.now();
      await toItsEnd(addons, "-u", modules, database);
      return performance.now() - begun;
    },
    install: (addons, modules) => toItsEnd(addons, "-i", modules, tenant.database),
  };
}
