import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Filestore } from "../../app/ports/filestore.ts";
import { createFilestore } from "./filestore.ts";

let dataDirectory: string;
let filestore: Filestore;

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), "plimsoll-filestore-"));
  filestore = createFilestore({ dataDirectory, liveDatabase: "acme" });
});

afterEach(() => {
  rmSync(dataDirectory, { recursive: true, force: true });
});

const tree = (database: string): string => join(dataDirectory, "filestore", database);
const signal = new AbortController().signal;
const clone = "acme_pl_d12";
const refusal = (code: string, message = ""): unknown => expect.objectContaining({ code, message: expect.stringContaining(message) });

function write(database: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(tree(database), path)), { recursive: true });
    writeFileSync(join(tree(database), path), path);
  }
}

const files = (database: string): string[] =>
  readdirSync(tree(database), { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(tree(database).length + 1))
    .toSorted();
const inode = (database: string, path: string): number => statSync(join(tree(database), path)).ino;

test("links everything, the checklist too, with owner and mode of the folders", async () => {
  write("acme", "0a/0a11", "0a/0a12", "ff/ff11", "checklist/0a/0a11");
  mkdirSync(join(tree("acme"), "7e"));
  chmodSync(join(tree("acme"), "0a"), 0o750);
  if (process.getuid?.() === 0) chownSync(join(tree("acme"), "0a"), 1234, 4321);
  const fractions: number[] = [];
  expect(await filestore.linkMissing("acme", clone, { signal, progress: (fraction) => fractions.push(fraction) })).toEqual({ linked: 4 });
  expect(files(clone)).toEqual(files("acme"));
  for (const path of files("acme")) expect(inode(clone, path)).toBe(inode("acme", path));
  const { uid, gid, mode } = statSync(join(tree(clone), "0a"));
  expect({ uid, gid, mode }).toEqual((({ uid, gid, mode }) => ({ uid, gid, mode }))(statSync(join(tree("acme"), "0a"))));
  expect(existsSync(join(tree(clone), "7e"))).toBe(true);
  expect(fractions.at(-1)).toBe(1);
  expect(readdirSync(tree(clone), { recursive: true }).filter((name) => String(name).includes(".plimsoll"))).toEqual([]);
});

test("adds only what is missing, takes nothing away, changes nothing, and converges", async () => {
  write("acme", "0a/0a11", "0a/0a12", "0b/0b11");
  write(clone, "0a/0a11", "0c/0c11");
  writeFileSync(join(tree(clone), "0a/0a11"), "its own");
  expect(await filestore.linkMissing("acme", clone, { signal })).toEqual({ linked: 2 });
  expect(files(clone)).toEqual(["0a/0a11", "0a/0a12", "0b/0b11", "0c/0c11"]);
  expect(readFileSync(join(tree(clone), "0a/0a11"), "utf8")).toBe("its own");
  expect(await filestore.linkMissing("acme", clone, { signal })).toEqual({ linked: 0 });
});

test("an interrupted run ends with its signal, and the next one does the rest", async () => {
  write("acme", ...Array.from({ length: 200 }, (_, index) => `${(index % 16).toString(16)}0/f${index}`));
  const stop = new AbortController();
  const run = filestore.linkMissing("acme", clone, { signal: stop.signal, progress: (fraction) => fraction > 0.4 && stop.abort() });
  await expect(run).rejects.toThrow("aborted");
  const first = files(clone).length;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(200);
  expect(await filestore.linkMissing("acme", clone, { signal })).toEqual({ linked: 200 - first });
});

test("files that come and go while it runs do no harm", async () => {
  write("acme", ...Array.from({ length: 500 }, (_, index) => `0a/f${index}`));
  const run = filestore.linkMissing("acme", clone, { signal });
  for (let index = 0; index < 500; index += 2) rmSync(join(tree("acme"), `0a/f${index}`));
  await run;
  expect(files(clone)).toEqual(expect.arrayContaining(files("acme")));
});

test("measures, and says when there is nothing to measure", async () => {
  write("acme", "0a/12345678", "checklist/0a/x");
  expect(await filestore.measure("acme")).toEqual({
    files: 2,
    bytes: "0a/12345678".length + "checklist/0a/x".length,
    diskFreeBytes: expect.any(Number),
  });
  expect(await filestore.exists("acme")).toBe(true);
  expect(await filestore.exists("other")).toBe(false);
  await expect(filestore.measure("other")).rejects.toThrow(refusal("FILESTORE_MISSING", "filestore/other"));
  await expect(filestore.linkMissing("other", clone, { signal })).rejects.toThrow(refusal("FILESTORE_MISSING"));
  await expect(filestore.exists("../etc")).rejects.toThrow(refusal("INPUT_INVALID"));
});

test("tries a real link and leaves nothing behind", async () => {
  write("acme", "0a/x");
  await filestore.checkLinks("acme");
  expect(readdirSync(join(dataDirectory, "filestore"))).toEqual(["acme"]);
});

test("a tree on another file system is refused, naming both", async () => {
  // /dev/shm is a file system of its own on Linux.
  const elsewhere = mkdtempSync("/dev/shm/plimsoll-filestore-");
  try {
    expect(statSync(elsewhere).dev).not.toBe(statSync(dataDirectory).dev);
    mkdirSync(join(elsewhere, "0a"));
    writeFileSync(join(elsewhere, "0a/x"), "x");
    mkdirSync(join(dataDirectory, "filestore"));
    symlinkSync(elsewhere, tree("acme"));
    await expect(filestore.checkLinks("acme")).rejects.toThrow(
      refusal("FILESTORE_OTHER_FILESYSTEM", `${tree("acme")} and ${join(dataDirectory, "filestore")}`),
    );
    await expect(filestore.linkMissing("acme", clone, { signal })).rejects.toThrow(refusal("FILESTORE_OTHER_FILESYSTEM"));
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

test("removes trees of its own deployments only", async () => {
  for (const database of ["acme", clone, `${clone}_was`, "globex_pl_d12", "acme_copy"]) write(database, "0a/x");
  for (const database of ["acme", "globex_pl_d12", "acme_copy"]) {
    await expect(filestore.remove(database)).rejects.toThrow(refusal("STATE_UNEXPECTED", database));
    expect(await filestore.exists(database)).toBe(true);
  }
  await filestore.remove(clone);
  await filestore.remove(clone);
  await filestore.remove(`${clone}_was`);
  expect(readdirSync(join(dataDirectory, "filestore")).toSorted()).toEqual(["acme", "acme_copy", "globex_pl_d12"]);
});
