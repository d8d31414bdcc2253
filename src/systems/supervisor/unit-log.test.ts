import { closeSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folder } from "./test-kit.ts";
import { boundLog, openLog } from "./unit-log.ts";

const tooMuch = 64 * 1024 * 1024 + 1;

test("a log that grows while it is written is put aside, and the writer goes on at its beginning", async () => {
  const path = join(folder, "log", "web.log");
  const writer = openLog(path);
  writeSync(writer, "first\n");
  await boundLog(path);
  expect(readFileSync(path, "utf8")).toBe("first\n");
  truncateSync(path, tooMuch);
  writeFileSync(`${path}.1`, "older");
  await boundLog(path);
  writeSync(writer, "next\n");
  closeSync(writer);
  expect(readFileSync(path, "utf8")).toBe("next\n");
  expect(statSync(`${path}.1`).size).toBe(tooMuch);
});

test("links are not followed, neither in the log's place nor in that of the one put aside", async () => {
  const target = join(folder, "target");
  writeFileSync(target, "mine\n");
  const path = join(folder, "web.log");
  symlinkSync(target, path);
  await expect(boundLog(path)).rejects.toThrow("ELOOP");
  expect(() => openLog(path)).toThrow("ELOOP");
  const other = join(folder, "cron.log");
  closeSync(openLog(other));
  truncateSync(other, tooMuch);
  symlinkSync(target, `${other}.1`);
  await boundLog(other);
  expect(readFileSync(target, "utf8")).toBe("mine\n");
});
