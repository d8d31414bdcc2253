import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import { allocateUserId, decideUser, firstClosedFolder, firstUserId, lastUserId, takeOver } from "./odoo-user.ts";

let folder = "";
let data = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-user-"));
  chmodSync(folder, 0o755);
  data = join(folder, "data");
  mkdirSync(data);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const asRoot = process.getuid?.() === 0;
const named = (name: string): EnvironmentSpec => ({ name, dataDirectory: data }) as EnvironmentSpec;

describe("allocateUserId", () => {
  it("gives the same environment the same number, in the range, and skips what others have", () => {
    const uid = allocateUserId("acme", []) as number;
    expect(allocateUserId("acme", [])).toBe(uid);
    expect(uid).toBeGreaterThanOrEqual(firstUserId);
    expect(uid).toBeLessThanOrEqual(lastUserId);
    expect(allocateUserId("acme", [uid])).not.toBe(uid);
  });

  it("finds the last free number, and says when there is none", () => {
    const all = Array.from({ length: lastUserId - firstUserId + 1 }, (_, index) => firstUserId + index);
    expect(allocateUserId("acme", all.filter((uid) => uid !== 64_500))).toBe(64_500);
    expect(allocateUserId("acme", all)).toBeNull();
  });
});

describe("decideUser", () => {
  it("without root: as itself, and not isolated", async () => {
    const decision = await decideUser(named("acme"), [], [], 1_000);
    expect(decision).toMatchObject({ user: { uid: null }, isolation: { isolated: false }, takeOver: false });
    expect(decision.isolation.sentence).toContain("1000");
  });

  it("a data directory that isn't there is named", async () => {
    rmSync(data, { recursive: true });
    await expect(decideUser(named("acme"), [], [], 0)).rejects.toMatchObject({ code: "FILESTORE_MISSING" });
  });

  it.runIf(asRoot)("root's data directory goes to a user of the environment's own", async () => {
    const decision = await decideUser(named("acme"), [], [], 0);
    expect(decision).toMatchObject({ isolation: { isolated: true }, takeOver: true, obstacle: null });
    expect(decision.user.uid).toBe(allocateUserId("acme", []));
  });

  it.runIf(asRoot)("another owner is who Odoo runs as; shared with another environment it isn't isolated", async () => {
    chownSync(data, 1_234, 5_678);
    expect(await decideUser(named("acme"), [], [], 0)).toMatchObject({ user: { uid: 1_234, gid: 5_678 }, isolation: { isolated: true }, takeOver: false });
    expect((await decideUser(named("acme"), [], [1_234], 0)).isolation.isolated).toBe(false);
  });

  it.runIf(asRoot)("a folder that nobody else may enter: root where the data are root's, an obstacle where they aren't", async () => {
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const server = join(closed, "odoo-bin");
    writeFileSync(server, "");
    const root = await decideUser(named("acme"), [server], [], 0);
    expect(root).toMatchObject({ user: { uid: null }, isolation: { isolated: false } });
    expect(root.isolation.sentence).toContain(closed);
    chownSync(data, 1_234, 1_234);
    expect((await decideUser(named("acme"), [server], [], 0)).obstacle).toContain(closed);
  });
});

it("finds closed folders by owner, group and others, in that order, as the kernel does", async () => {
  if (!asRoot) return expect(await firstClosedFolder([data], { uid: 1, gid: 1 })).toBeNull();
  const path = join(data, "file");
  chownSync(data, 1_234, 5_678);
  chmodSync(data, 0o061);
  expect(await firstClosedFolder([path], { uid: 1_234, gid: 5_678 })).toBe(data);
  expect(await firstClosedFolder([path], { uid: 9, gid: 5_678 })).toBe(data);
  expect(await firstClosedFolder([path], { uid: 9, gid: 9 })).toBeNull();
  chmodSync(data, 0o016);
  expect(await firstClosedFolder([path], { uid: 9, gid: 5_678 })).toBeNull();
  expect(await firstClosedFolder([path], { uid: 9, gid: 9 })).toBe(data);
});

it.runIf(asRoot)("takes over what is root's, follows no link, and leaves other people's files", async () => {
  mkdirSync(join(data, "filestore", "acme"), { recursive: true });
  const outside = join(folder, "outside");
  writeFileSync(outside, "");
  writeFileSync(join(data, "filestore", "acme", "a"), "");
  writeFileSync(join(data, "other"), "");
  chownSync(join(data, "other"), 77, 77);
  symlinkSync(outside, join(data, "link"));
  await takeOver(data, { uid: 64_001, gid: 64_001 });
  expect(statSync(data).uid).toBe(64_001);
  expect(statSync(join(data, "filestore", "acme", "a")).uid).toBe(64_001);
  expect(statSync(join(data, "other")).uid).toBe(77);
  expect(statSync(outside).uid).toBe(0);
  expect(existsSync(outside)).toBe(true);
});
