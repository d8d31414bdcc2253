import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { expect, test } from "vitest";
import { readEnviron, readProcess, signalProcess, stillRuns } from "./identity.ts";
import type { ProcessFacts } from "./identity.ts";
import { endStrays, findStrays } from "./strays.ts";

async function child(script: string, env: Record<string, string>): Promise<{ facts: ProcessFacts; end(): void }> {
  const started = spawn("/bin/sh", ["-c", script], {
    env: { PATH: "/usr/bin:/bin", ...env },
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  await once(started.stdout, "data");
  const pid = started.pid as number;
  return {
    facts: readProcess(pid) as ProcessFacts,
    end: () => {
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // Ended already.
      }
    },
  };
}

const loop = "echo up; while :; do sleep 0.05; done";

test("identity: facts, environment, and the end of a process", async () => {
  const one = await child(loop, { PLIMSOLL_UNIT: "a b=c/ü" });
  expect(one.facts).toMatchObject({ parent: process.pid, group: one.facts.pid, session: one.facts.pid, uid: process.getuid?.() });
  expect(readEnviron(one.facts.pid)?.["PLIMSOLL_UNIT"]).toBe("a b=c/ü");
  expect(stillRuns(one.facts)).toBe(true);
  // The same pid with another start is another process, and is left alone.
  expect(signalProcess({ ...one.facts, startTicks: one.facts.startTicks + 1 }, "SIGKILL")).toBe(false);
  expect(stillRuns(one.facts)).toBe(true);
  expect(signalProcess(one.facts, "SIGKILL")).toBe(true);
  await expect.poll(() => stillRuns(one.facts)).toBe(false);
  expect(readProcess(one.facts.pid)).toBeNull();
  expect(readEnviron(2 ** 22 + 1)).toBeNull();
});

test("only runs of lower epochs of this environment are ended, those that ignore SIGTERM too", async () => {
  const environment = `e-${randomUUID()}`;
  const mark = (epoch: string, run: string | null, of = environment): Record<string, string> => ({
    PLIMSOLL_ENVIRONMENT: of,
    PLIMSOLL_EPOCH: epoch,
    ...(run === null ? {} : { PLIMSOLL_RUN: run }),
  });
  const old = await child(loop, mark("3", "update"));
  const stubborn = await child(`trap '' TERM; ${loop}`, mark("4", "probe"));
  const current = await child(loop, mark("5", "update"));
  const generation = await child(loop, mark("1", null));
  const other = await child(loop, mark("1", "update", `${environment}-other`));
  const odd = await child(loop, mark("x", "update"));
  const foreign = await child(loop, { ...mark("1", "update"), PLIMSOLL_OWNER: "/another/home" });
  try {
    expect(findStrays({ environment, epochBelow: 5 }).map((stray) => stray.pid)).toContain(old.facts.pid);
    expect(await endStrays({ environment, epochBelow: 5 })).toBeGreaterThanOrEqual(2);
    expect([old, stubborn].map((one) => stillRuns(one.facts))).toEqual([false, false]);
    expect([current, generation, other, odd, foreign].map((one) => stillRuns(one.facts))).toEqual([true, true, true, true, true]);
    expect(await endStrays({ environment, epochBelow: 5 })).toBe(0);
  } finally {
    for (const one of [old, stubborn, current, generation, other, odd, foreign]) one.end();
  }
}, 60_000);
