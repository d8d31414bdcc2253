import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Deployment } from "../domain/rollout/deployment.ts";
import { fileJournal } from "./host-journal.ts";

const deployment = { id: "D-1", environment: "acme", createdAt: "2025-01-01T00:00:00.000Z" } as Deployment;
let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "plimsoll-journal-")), "deployments");
});
afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

test("remembers across processes, and forgets when told", async () => {
  await fileJournal(folder).noteGoingBack(deployment, "because");
  await fileJournal(folder).noteReached(deployment, 12);
  expect(await fileJournal(folder).goingBack(deployment)).toBe("because");
  expect(await fileJournal(folder).reached(deployment)).toBe(12);
  await fileJournal(folder).clear(deployment);
  expect(await fileJournal(folder).goingBack(deployment)).toBeNull();
  expect(await fileJournal(folder).reached(deployment)).toBe(0);
  expect(await readdir(folder)).toEqual([]);
});

test("a deployment with the same id out of a restored store is another one", async () => {
  await fileJournal(folder).noteGoingBack(deployment, "because");
  expect(await fileJournal(folder).goingBack({ ...deployment, createdAt: "2025-02-01T00:00:00.000Z" })).toBeNull();
});
