import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { durableFile } from "./durable-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-durable-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what was written is read, by the next process too; nothing half written stays", async () => {
  const path = join(folder, "state.json");
  expect(await durableFile(path).read()).toBeNull();
  await durableFile(path).write("one");
  const again = durableFile(path);
  expect(await again.read()).toBe("one");
  await again.write("two");
  expect(readFileSync(path, "utf8")).toBe("two");
  expect(readdirSync(folder).toSorted()).toEqual(["state.json", "state.json.reserve"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("on a full disk the reserve makes room, and comes back later", async () => {
  const path = join(folder, "state.json");
  const reserve = `${path}.reserve`;
  let full = false;
  const file = durableFile(path, async (to, text) => {
    if (full && existsSync(reserve)) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    writeFileSync(to, text);
  });
  await file.write("hold");
  expect(statSync(reserve).blocks).toBeGreaterThan(0);
  full = true;
  await file.write("pass");
  expect(await file.read()).toBe("pass");
  expect(existsSync(reserve)).toBe(false);
  full = false;
  await file.write("hold");
  expect(existsSync(reserve)).toBe(true);
});

test("a folder that is gone is an error, and the old text stays", async () => {
  await expect(durableFile(join(folder, "gone", "state.json")).write("x")).rejects.toThrow("ENOENT");
});
