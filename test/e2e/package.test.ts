import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { repositoryRoot } from "../architecture/source-tree.ts";
import { freePort } from "../parts/free-port.ts";
import { makeScratch, type Scratch } from "../parts/scratch.ts";

/** What `npm pack` makes, installed outside the checkout as a stranger would: no set-up, no install scripts, and, as root, where only root can read. */

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly output: string;
}

let scratch: Scratch;
let home: string;
let packed: readonly string[];
let installed: string;

beforeAll(async () => {
  scratch = makeScratch("package");
  home = join(scratch.directory, "home");
  const [archive] = JSON.parse(
    (await mustRun("npm", "pack", "--json", "--silent", "--pack-destination", scratch.directory, repositoryRoot)).stdout,
  ) as [{ filename: string; files: { path: string }[] }];
  packed = archive.files.map(({ path }) => path);
  const prefix = join(scratch.directory, "closed");
  mkdirSync(prefix);
  chmodSync(prefix, 0o700);
  const options = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  await mustRun("npm", "install", "--prefix", prefix, ...options, join(scratch.directory, archive.filename));
  installed = join(prefix, "node_modules", "plimsoll");
}, 300_000);
afterAll(async () => {
  if (installed !== undefined) await plimsoll("down", "--everything");
  await scratch.remove();
});

function start(command: string, args: readonly string[]): ReturnType<typeof spawn> {
  // The npm that runs the tests would otherwise tell the npm in them where it is.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|PLIMSOLL_|DATABASE_URL)/.test(name));
  const own = { PLIMSOLL_HOME: home, PLIMSOLL_CACHE: join(scratch.directory, "no-cache"), NO_COLOR: "1" };
  return spawn(command, args, {
    cwd: scratch.directory,
    env: { ...Object.fromEntries(inherited), ...own },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function run(command: string, ...args: string[]): Promise<Ended> {
  const child = start(command, args);
  const seen = { stdout: "", output: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    seen.stdout += chunk.toString();
    seen.output += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => (seen.output += chunk.toString()));
  const [exitCode] = (await once(child, "close")) as [number | null];
  return { exitCode, ...seen };
}

async function mustRun(command: string, ...args: string[]): Promise<Ended> {
  const ended = await run(command, ...args);
  if (ended.exitCode !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${ended.exitCode}:\n${ended.output}`);
  return ended;
}

const plimsoll = (...args: string[]): Promise<Ended> => run(process.execPath, join(installed, "..", ".bin", "plimsoll"), ...args);

/** Command lines of the processes that belong to our home. */
function processesOfHome(): readonly string[] {
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const line = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") : "";
      return line.includes(home) ? [line] : [];
    } catch {
      return [];
    }
  });
}

it("holds what runs and what is read by people, and nothing of how it is made", () => {
  expect(packed).toContain("dist/main/cli.js");
  expect(packed).toContain("dist/engine/beat-thread.js");
  expect(packed.filter((path) => path.startsWith("dist/store/migrations/")).length).toBeGreaterThan(0);
  expect(packed.filter((path) => /\.(ts|map)$|\.test\.|test-kit|^(src|test|tools)\//.test(path))).toEqual([]);
});

it("has every file that its own code names by a path", () => {
  const code = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
  const named = code.flatMap((file) => {
    const path = join(installed, "dist", file);
    return [...readFileSync(path, "utf8").matchAll(/(?:from|import|import\(|URL\(|\?|:)\s*"(\.{1,2}\/[^"]*)"/g)].map((match) => ({
      from: file,
      name: match[1] ?? "",
      path: resolve(dirname(path), match[1] ?? ""),
    }));
  });
  // A condition on import.meta.url names the source beside the compiled file.
  const missing = named.filter(({ name, path }) => !name.endsWith(".ts") && !existsSync(path));
  expect(missing).toEqual([]);
  expect(
    named.filter(({ name }) => name.endsWith(".py") || name.includes("migrations") || name.includes("beat-thread.js")).length,
  ).toBeGreaterThan(3);
});

it("says what it is", async () => {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, "package.json"), "utf8")) as { version: string };
  expect(await plimsoll("--version")).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
  expect((await plimsoll("--help")).stdout).toContain("From nothing to a changed environment");
});

it("serves from nothing, with daemons of its own that run compiled code, and ends without a trace", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = start(process.execPath, [join(installed, "..", ".bin", "plimsoll"), "up", "--listen", url.slice("http://".length)]);
  let log = "";
  for (const stream of [server.stdout, server.stderr]) stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await expect.poll(() => (server.exitCode === null ? log : Promise.reject(new Error(log))), { timeout: 60_000 }).toContain("listens on");
  await expect.poll(async () => (await plimsoll("doctor")).output, { timeout: 30_000, interval: 500 }).toMatch(/gateway +passed/);
  const doctor = await plimsoll("doctor");
  expect(doctor).toMatchObject({ exitCode: 0 });
  for (const part of ["embedded postgres", "store", "server", "supervisor"]) expect(doctor.stdout).toMatch(new RegExp(`${part} +passed`));
  const lines = processesOfHome();
  for (const name of ["supervisor", "gateway"]) expect(lines.some((line) => line.includes(`dist/main/${name}.js`))).toBe(true);

  const addons = join(repositoryRoot, "test", "fixtures", "small", "r1", "addons");
  expect(await plimsoll("release", "create", "r1", "--addons", addons)).toMatchObject({ exitCode: 0 });
  expect((await plimsoll("release", "list", "-o", "name")).stdout.trim()).toBe("r1");

  expect((await plimsoll("down", "--everything")).exitCode).toBe(0);
  if (server.exitCode === null) await once(server, "exit");
  expect(processesOfHome()).toEqual([]);
  // What V8 made of the code is kept where nobody else can write: it is run the next time.
  expect(statSync(join(home, "compile-cache")).mode & 0o022).toBe(0);
});
