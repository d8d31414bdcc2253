import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheRoot, closedDirectory, fillDirectory, openDirectory, takeLock } from "./cache.mjs";

let directory;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "plimsoll-cache-test-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("the cache is where the environment says, else where the user can write", () => {
  expect(cacheRoot({ PLIMSOLL_CACHE: "/x" }, true, "/home/a")).toBe("/x");
  expect(cacheRoot({}, true, "/root")).toBe("/var/cache/plimsoll");
  expect(cacheRoot({}, false, "/home/a")).toBe("/home/a/.cache/plimsoll");
});

test("directories can be entered by everybody, whatever the umask", () => {
  const made = openDirectory(join(directory, "a", "b"));
  expect(statSync(made).mode & 0o777).toBe(0o755);
});

test("a directory that others can't enter is found, also above one that isn't there yet", () => {
  chmodSync(directory, 0o700);
  expect(closedDirectory(join(directory, "not", "yet"))).toBe(directory);
  chmodSync(directory, 0o755);
  expect(closedDirectory(join(directory, "not", "yet"))).toBeNull();
});

test("what an interrupted run left goes with the next", async () => {
  mkdirSync(join(directory, "thing.partial-1"));
  await fillDirectory(join(directory, "thing"), () => {});
  expect(readdirSync(directory)).toEqual(["thing"]);
});

test("a directory appears only when it is complete", async () => {
  const target = join(directory, "thing");
  await expect(
    fillDirectory(target, (into) => {
      writeFileSync(join(into, "half"), "");
      throw new Error("no space");
    }),
  ).rejects.toThrow("no space");
  expect(readdirSync(directory)).toEqual([]);
  await fillDirectory(target, (into) => writeFileSync(join(into, "whole"), ""));
  expect(readdirSync(target)).toEqual(["whole"]);
});

test("a second taker waits until the lock is given back", async () => {
  const order = [];
  const release = await takeLock(directory);
  const second = takeLock(directory, () => order.push("waits")).then((give) => {
    order.push("second");
    give();
  });
  while (order.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  order.push("first gives back");
  release();
  await second;
  expect(order).toEqual(["waits", "first gives back", "second"]);
  expect(existsSync(join(directory, "setup.lock"))).toBe(false);
});

test("the lock of a process that is gone is taken over", async () => {
  const lock = join(directory, "setup.lock");
  writeFileSync(lock, JSON.stringify({ pid: 1, namespace: "of another machine" }));
  utimesSync(lock, new Date(0), new Date(0));
  const release = await takeLock(directory, () => expect.unreachable());
  release();
});
