import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
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
const named = (name: string, dataDirectory = data): EnvironmentSpec => ({ name, dataDirectory }) as EnvironmentSpec;
/** Somebody who isn't root owns the folder afterwards: who runs the test, or whom root gives it to. */
const giveAway = (path: string): { uid: number; gid: number } => {
  if (asRoot) chownSync(path, 1_234, 5_678);
  const { uid, gid } = statSync(path);
  return { uid, gid };
};

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
    expect(
      allocateUserId(
        "acme",
        all.filter((uid) => uid !== 64_500),
      ),
    ).toBe(64_500);
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

  it("root's data directory goes to a user of the environment's own", async () => {
    const decision = await decideUser(named("acme", "/usr"), [], [], 0);
    expect(decision).toMatchObject({ isolation: { isolated: true }, takeOver: true, obstacle: null });
    expect(decision.user.uid).toBe(allocateUserId("acme", []));
  });

  it("another owner is who Odoo runs as; shared with another environment it isn't isolated", async () => {
    const owner = giveAway(data);
    expect(await decideUser(named("acme"), [], [], 0)).toMatchObject({ user: owner, isolation: { isolated: true }, takeOver: false });
    expect((await decideUser(named("acme"), [], [owner.uid], 0)).isolation.isolated).toBe(false);
  });

  it("a folder that nobody else may enter: root where the data are root's, an obstacle where they aren't", async () => {
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    const server = join(closed, "odoo-bin");
    writeFileSync(server, "");
    const root = await decideUser(named("acme", "/usr"), [server], [], 0);
    expect(root).toMatchObject({ user: { uid: null }, isolation: { isolated: false } });
    expect(root.isolation.sentence).toContain(closed);
    giveAway(data);
    chmodSync(closed, 0o000);
    expect((await decideUser(named("acme"), [server], [], 0)).obstacle).toContain(closed);
  });
});

it("finds closed folders by owner, group and others, in that order, as the kernel does", async () => {
  const path = join(data, "file");
  const { uid, gid } = giveAway(data);
  const [otherUser, otherGroup] = [uid + 1, gid + 1];
  chmodSync(data, 0o061);
  expect(await firstClosedFolder([path], { uid, gid })).toBe(data);
  expect(await firstClosedFolder([path], { uid: otherUser, gid })).toBe(data);
  expect(await firstClosedFolder([path], { uid: otherUser, gid: otherGroup })).toBeNull();
  chmodSync(data, 0o016);
  expect(await firstClosedFolder([path], { uid: otherUser, gid })).toBeNull();
  expect(await firstClosedFolder([path], { uid: otherUser, gid: otherGroup })).toBe(data);
  chmodSync(data, 0o700);
});

it("takes over what is root's, follows no link, and leaves other people's files", async () => {
  mkdirSync(join(data, "filestore", "acme"), { recursive: true });
  const [outside, inside, other] = [join(folder, "outside"), join(data, "filestore", "acme", "a"), join(data, "other")];
  for (const path of [outside, inside, other]) writeFileSync(path, "");
  symlinkSync(outside, join(data, "link"));
  const kept = giveAway(other);
  await takeOver(data, { uid: 64_001, gid: 64_001 });
  // Without root nothing here is root's, so that nothing changes hands.
  const taker = asRoot ? 64_001 : kept.uid;
  expect([data, inside].map((path) => statSync(path).uid)).toEqual([taker, taker]);
  expect(statSync(other).uid).toBe(kept.uid);
  expect(statSync(outside).uid).toBe(process.getuid?.());
});
