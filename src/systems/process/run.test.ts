import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { lineCharsMax } from "./lines.ts";
import { listProcesses, readEnviron, readProcess } from "./identity.ts";
import { createProcesses } from "./run.ts";

// Processes on a machine that may have other things to do.
vi.setConfig({ testTimeout: 60_000 });

const processes = createProcesses();
const path = process.env["PATH"] ?? "/usr/bin:/bin";
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-run-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function shell(script: string, more: Partial<Parameters<typeof processes.run>[0]> = {}): ReturnType<typeof processes.run> {
  const signal = new AbortController().signal;
  return processes.run({ argv: ["/bin/sh", "-c", script], env: { PATH: path }, timeoutMs: 20_000, graceMs: 500, signal, ...more });
}

function marked(name: string): number[] {
  return listProcesses().filter((pid) => readProcess(pid) !== null && readEnviron(pid)?.["MARK"] === name);
}

test("output comes line by line, with the exit code", async () => {
  const seen: string[] = [];
  const result = await shell("printf 'a\\nb\\r\\nlast'; echo err >&2; exit 3", { line: (line, stream) => seen.push(`${stream}:${line}`) });
  expect(result).toMatchObject({ exitCode: 3, signal: null, timedOut: false });
  expect(seen.toSorted()).toEqual(["stderr:err", "stdout:a", "stdout:b", "stdout:last"]);
});

test("an endless line is cut, what follows is whole, and characters aren't split", async () => {
  const seen: string[] = [];
  await shell("head -c 1000000 /dev/zero | tr '\\0' x; echo; printf 'gr\\303'; sleep 0.1; printf '\\274n\\n'", {
    line: (line) => seen.push(line),
  });
  expect(seen).toHaveLength(2);
  expect(seen[0]?.length).toBeLessThan(lineCharsMax + 50);
  expect(seen[0]).toMatch(/line cut/);
  expect(seen[1]).toBe("grün");
});

test("the environment is exactly what was given", async () => {
  const seen: string[] = [];
  await processes.run({
    argv: ["/usr/bin/env"],
    env: { ONLY: "this" },
    timeoutMs: 5_000,
    graceMs: 100,
    signal: new AbortController().signal,
    line: (line) => seen.push(line),
  });
  expect(seen).toEqual(["ONLY=this"]);
});

test("standard input is given whole, and a program that doesn't read it is no error", async () => {
  const seen: string[] = [];
  await shell("cat | wc -c", { stdin: "x".repeat(300_000), line: (line) => seen.push(line.trim()) });
  expect(seen).toEqual(["300000"]);
  expect((await shell("exec 0<&-; sleep 0.1", { stdin: "x".repeat(3_000_000) })).exitCode).toBe(0);
});

test("over its time the whole group gets SIGTERM", async () => {
  const result = await shell("sleep 60 & sleep 60; :", { timeoutMs: 200, env: { PATH: path, MARK: folder } });
  expect(result).toMatchObject({ timedOut: true, exitCode: null, signal: "SIGTERM" });
  expect(result.durationMs).toBeLessThan(30_000);
  expect(marked(folder)).toEqual([]);
});

test("who ignores SIGTERM is killed after the grace, children too", async () => {
  const abort = new AbortController();
  const running = shell("trap '' TERM; sh -c \"trap '' TERM; while :; do sleep 0.05; done\" & echo up; while :; do sleep 0.05; done", {
    signal: abort.signal,
    env: { PATH: path, MARK: folder },
    line: () => abort.abort(),
  });
  expect(await running).toMatchObject({ signal: "SIGKILL", timedOut: false });
  expect(marked(folder)).toEqual([]);
});

test("a program that was told to end and exits with 0 has not succeeded", async () => {
  const abort = new AbortController();
  const polite = "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done";
  const result = await shell(polite, { signal: abort.signal, line: () => abort.abort() });
  expect(result).toMatchObject({ exitCode: null, signal: "SIGTERM", timedOut: false });
  expect(await shell(polite, { timeoutMs: 300 })).toMatchObject({ exitCode: null, signal: "SIGTERM", timedOut: true });
});

test("what a program leaves behind in its group is ended with it", async () => {
  const result = await shell("sleep 60 >/dev/null 2>&1 & exit 0", { env: { PATH: path, MARK: folder } });
  expect(result.exitCode).toBe(0);
  expect(marked(folder)).toEqual([]);
  expect((await shell("sleep 60 & exit 0", { env: { PATH: path, MARK: folder } })).durationMs).toBeLessThan(30_000);
  expect(marked(folder)).toEqual([]);
});

test("aborted before it began, nothing is started", async () => {
  const abort = new AbortController();
  abort.abort();
  const result = await shell(`touch ${folder}/ran`, { signal: abort.signal });
  expect(result.signal).toBe("SIGTERM");
  expect(() => readFileSync(`${folder}/ran`)).toThrow();
});

test("a line handler that throws ends the child and its error comes out", async () => {
  const boom = new Error("boom");
  const running = shell("echo x; sleep 60", {
    env: { PATH: path, MARK: folder },
    line: () => {
      throw boom;
    },
  });
  await expect(running).rejects.toBe(boom);
  expect(marked(folder)).toEqual([]);
});

test.each([
  [{ argv: ["/nowhere/odoo", "--db_password=hunter2"] }, "NOT_FOUND", "/nowhere/odoo"],
  [{ argv: ["/bin/sh"], cwd: "/nowhere" }, "NOT_FOUND", "/nowhere"],
  [{ argv: ["/etc/passwd"] }, "INPUT_INVALID", "/etc/passwd"],
] as const)("what can't be started is a clear error: %o", async (what, code, names) => {
  const error = await shell("", what).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(PlimsollError);
  expect((error as PlimsollError).code).toBe(code);
  expect((error as PlimsollError).message).toContain(names);
  expect((error as PlimsollError).message).not.toContain("hunter2");
});

test("another user without the groups of root; only root may do that", async () => {
  const seen: string[] = [];
  const running = shell("id -u; id -G", { uid: 65534, gid: 65534, line: (line) => seen.push(line) });
  if (process.getuid?.() === 0) {
    await running;
    expect(seen).toEqual(["65534", "65534"]);
  } else {
    await expect(running).rejects.toMatchObject({ code: "INPUT_INVALID" });
  }
});
