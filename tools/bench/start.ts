import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../../test/parts/free-port.ts";
import { postgresUser } from "../../test/parts/os-user.ts";
import { readParts } from "../../test/parts/parts.ts";
import { mustRun } from "../../test/parts/program.ts";
import { makeScratch } from "../../test/parts/scratch.ts";
import type { Bench, BenchFigures, BenchOptions, Row } from "./bench-kind.ts";
import { ratioOf, summary } from "./statistics.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
const coldMsMax = 1_500;
const warmMsMax = 500;
const pollMs = 5;

type Kind = "cold" | "warm";

export const start: Bench = {
  name: "start",
  what: "From the command `plimsoll up` to its first answer: cold, with no home, so that PostgreSQL is made; and warm, in a home that is there.",
  peer: "The same PostgreSQL alone: cold `initdb` and `pg_ctl start`, warm `pg_ctl start`; nobody's product, but what no product gets below.",
  aim: "1.5 s cold, 0.5 s warm.",
  run,
};

async function run({ quick, say }: BenchOptions): Promise<BenchFigures> {
  const scratch = makeScratch("start");
  try {
    say("packing and installing the package");
    const entries = { installed: await install(scratch.directory), source: join(checkout, "src", "main", "cli.ts") };
    const times = new Map<string, number[]>();
    const note = (what: string, tookMs: number): void => void times.set(what, [...(times.get(what) ?? []), tookMs]);
    for (let round = 0; round < (quick ? 2 : 10); round++) {
      for (const [from, entry] of Object.entries(entries)) {
        const home = join(scratch.directory, `home-${from}-${round}`);
        for (const kind of ["cold", "warm", "warm", "warm"] as const) note(`${from} ${kind}`, await startOnce(entry, home));
        await mustRun(process.execPath, [entry, "down", "--everything"], { env: environment(home) });
        rmSync(home, { recursive: true });
      }
      const bare = await startBare(join(scratch.directory, `bare-${round}`));
      note("bare cold", bare.coldMs);
      note("bare warm", bare.warmMs);
      say(`round ${round + 1}: ${[...times].map(([what, all]) => `${what} ${(all.at(-1) ?? 0).toFixed(0)}`).join(", ")}`);
    }
    const row = (from: "installed" | "source", kind: Kind): Row => {
      const [ours, peer] = [summary(times.get(`${from} ${kind}`) ?? []), summary(times.get(`bare ${kind}`) ?? [])];
      const aimMs = kind === "cold" ? coldMsMax : warmMsMax;
      const named = from === "installed" ? "installed package" : "from the sources of a checkout";
      return {
        what: `${kind}, ${named}`,
        unit: "ms",
        plimsoll: ours,
        peer,
        ratio: ratioOf(ours, peer),
        aim: `≤ ${aimMs} ms`,
        met: ours !== null && ours.median <= aimMs,
      };
    };
    return {
      rows: [row("installed", "cold"), row("installed", "warm"), row("source", "cold"), row("source", "warm")],
      notes: [
        "Files are in the page cache: the first start after a boot also reads them from the disk.",
        "A warm start follows an orderly end, which also ends Plimsoll's own PostgreSQL.",
      ],
    };
  } finally {
    await scratch.remove();
  }
}

/** @returns the file that npm's link `plimsoll` leads to */
async function install(directory: string): Promise<string> {
  const options = { cwd: checkout, env: environment(join(directory, "none")) };
  const packed = JSON.parse(await mustRun("npm", ["pack", "--json", "--silent", "--pack-destination", directory], options)) as [
    { filename: string },
  ];
  const flags = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await mustRun("npm", ["install", "--prefix", directory, ...flags, join(directory, packed[0].filename)], { ...options, cwd: directory });
  return join(directory, "node_modules", "plimsoll", "bin", "plimsoll.mjs");
}

function environment(home: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|PLIMSOLL_|DATABASE_URL)/.test(name));
  return { ...Object.fromEntries(inherited), PLIMSOLL_HOME: home };
}

/** Starts, waits for `/health`, and ends in order. @returns how long the answer took */
async function startOnce(entry: string, home: string): Promise<number> {
  const address = `127.0.0.1:${await freePort()}`;
  const begun = performance.now();
  const server = spawn(process.execPath, [entry, "up", "--listen", address], { env: environment(home), stdio: "ignore" });
  await untilAnswering(`http://${address}/health`, server);
  const tookMs = performance.now() - begun;
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await ended;
  return tookMs;
}

async function untilAnswering(url: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    const ok = await fetch(url).then(
      async (response) => (await response.text()) !== "" && response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  throw new Error(`plimsoll up ended with ${server.exitCode}`);
}

async function startBare(directory: string): Promise<{ readonly coldMs: number; readonly warmMs: number }> {
  const { binDir } = readParts().embeddedPostgres;
  const user = postgresUser();
  mkdirSync(directory);
  chmodSync(directory, 0o777);
  const data = join(directory, "data");
  const port = await freePort();
  const tool = (name: string, ...args: string[]): Promise<string> =>
    mustRun(join(binDir, name), args, { user, cwd: directory, env: { PATH: "/usr/bin:/bin" } });
  const startIt = (): Promise<string> =>
    tool("pg_ctl", "start", "-D", data, "-w", "-s", "-l", join(directory, "log"), "-o", `-p ${port} -c unix_socket_directories=''`);
  const begun = performance.now();
  await tool("initdb", "-D", data, "-U", "bench", "--auth=trust", "--encoding=UTF8", "--locale=C", "--data-checksums");
  await startIt();
  const coldMs = performance.now() - begun;
  await tool("pg_ctl", "stop", "-D", data, "-w", "-s", "-m", "fast");
  const again = performance.now();
  await startIt();
  const warmMs = performance.now() - again;
  await tool("pg_ctl", "stop", "-D", data, "-w", "-s", "-m", "fast");
  rmSync(directory, { recursive: true });
  return { coldMs, warmMs };
}
