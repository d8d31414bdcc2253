import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceTree } from "../../app/ports/source-trees.ts";
import type { SourceTreesOptions } from "./source-trees.ts";
import { openTrees, readTexts, startInThisThread, writeTree } from "./test-kit.ts";

let scratch: string;
let root: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "plimsoll-cache-"));
  root = writeTree(scratch, "addons", { "m/__manifest__.py": "{}", "m/a.py": "A", "n/__manifest__.py": "{}" });
});
afterEach(() => rmSync(scratch, { recursive: true }));

const read = (options: Partial<SourceTreesOptions> = {}, path = root): Promise<SourceTree> =>
  openTrees(scratch, options).read([{ path, translations: false }]);
const texts = (tree: SourceTree): readonly string[] | undefined => tree.modules.get("m")?.load().notImported;
const entries = (folder: string): readonly string[] => {
  const [version] = readdirSync(join(scratch, "cache"));
  const directory = join(scratch, "cache", version ?? "", folder);
  return readdirSync(directory).map((name) => join(directory, name));
};

test("what was read is given again, and says the same", async () => {
  const cold = await read();
  expect(cold.parsed).toBe(2);
  const warm = await read();
  expect(warm.parsed).toBe(0);
  expect([...warm.modules.values()].map(({ load, ...rest }) => ({ ...rest, source: load() }))).toEqual(
    [...cold.modules.values()].map(({ load, ...rest }) => ({ ...rest, source: load() })),
  );
});

test("a module that changed is read again, alone", async () => {
  await read();
  writeFileSync(join(root, "m/a.py"), "B");
  const tree = await read();
  expect(tree.parsed).toBe(1);
  expect(texts(tree)).toContain("a.py=B");
});

test("a change that keeps size and modification time is seen", async () => {
  await read();
  const { atime, mtime } = statSync(join(root, "m/a.py"));
  writeFileSync(join(root, "m/a.py"), "B");
  utimesSync(join(root, "m/a.py"), atime, mtime);
  expect(texts(await read())).toContain("a.py=B");
});

test("a path that isn't read, gone or new, is seen", async () => {
  await read();
  writeFileSync(join(root, "m/readme.md"), "");
  expect((await read()).modules.get("m")?.load().files).toContain("readme.md");
});

test("what changed just now is read again until it has settled", async () => {
  await read({ settledAfterMs: 60_000 });
  expect((await read({ settledAfterMs: 60_000 })).parsed).toBe(2);
});

test("the same module elsewhere needs no parsing, so a parser that breaks isn't noticed", async () => {
  await read();
  const copy = writeTree(scratch, "copy", { "m/__manifest__.py": "{}", "m/a.py": "A" });
  const readModule = (): never => {
    throw new Error("parsed");
  };
  const tree = await openTrees(scratch, { readModule }).read([{ path: copy, translations: false }]);
  expect(texts(tree)).toContain("a.py=A");
});

test("another version of the parser reads nothing of it", async () => {
  await read();
  expect((await read({ version: "2" })).parsed).toBe(2);
  expect((await read()).parsed).toBe(0);
});

test("what another version left is removed when nobody has used it for weeks", async () => {
  await read();
  const [old = ""] = readdirSync(join(scratch, "cache"));
  utimesSync(join(scratch, "cache", old, "roots"), 0, 0);
  mkdirSync(join(scratch, "cache", "somebody-else"));
  await read({ version: "2" });
  expect(readdirSync(join(scratch, "cache"))).not.toContain(old);
  expect(readdirSync(join(scratch, "cache"))).toContain("somebody-else");
});

describe("a cache that was spoilt is ignored", () => {
  const spoil: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
    ["emptied", () => Buffer.alloc(0)],
    ["cut off", (bytes) => bytes.subarray(0, bytes.length - 5)],
    ["altered in one bit", (bytes) => Buffer.from(bytes.map((byte, index) => (index === bytes.length - 20 ? byte ^ 1 : byte)))],
    ["something else", () => Buffer.from('{"name":"m"}')],
  ];
  test.each(spoil)("modules %s", async (_what, change) => {
    await read();
    for (const file of entries("modules")) writeFileSync(file, change(readFileSync(file)));
    expect(texts(await read())).toEqual(["__manifest__.py={}", "a.py=A"]);
  });

  test.each(spoil)("the index %s", async (_what, change) => {
    await read();
    for (const file of entries("roots")) writeFileSync(file, change(readFileSync(file)));
    expect(texts(await read())).toEqual(["__manifest__.py={}", "a.py=A"]);
  });

  test("one module's entry under another's name", async () => {
    await read();
    const [one = "", two = ""] = entries("modules");
    const [bytes, other] = [readFileSync(one), readFileSync(two)];
    writeFileSync(one, other);
    writeFileSync(two, bytes);
    expect(texts(await read())).toEqual(["__manifest__.py={}", "a.py=A"]);
  });

  test("emptied between reading and loading", async () => {
    const tree = await read();
    rmSync(join(scratch, "cache"), { recursive: true });
    expect(texts(tree)).toEqual(["__manifest__.py={}", "a.py=A"]);
    writeFileSync(join(root, "m/a.py"), "B");
    expect(() => texts(tree)).toThrow(/changed while/);
  });
});

describe("without a cache everything works", () => {
  test("none wanted", async () => {
    const tree = await read({ cacheDirectory: null });
    expect(texts(tree)).toEqual(["__manifest__.py={}", "a.py=A"]);
    expect(readdirSync(scratch)).toEqual(["addons"]);
  });

  test("its place is a file", async () => {
    writeFileSync(join(scratch, "cache"), "");
    expect(texts(await read())).toEqual(["__manifest__.py={}", "a.py=A"]);
  });

  test("others may write to it, or it is a link: what lies there isn't believed", async () => {
    mkdirSync(join(scratch, "cache"));
    chmodSync(join(scratch, "cache"), 0o777);
    await read();
    expect((await read()).parsed).toBe(2);
    expect(readdirSync(join(scratch, "cache"))).toEqual([]);
    rmSync(join(scratch, "cache"), { recursive: true });
    mkdirSync(join(scratch, "elsewhere"), { mode: 0o700 });
    symlinkSync("elsewhere", join(scratch, "cache"));
    expect((await read()).parsed).toBe(2);
    expect(readdirSync(join(scratch, "elsewhere"))).toEqual([]);
  });
});

test("many at once give the same and leave nothing half written", async () => {
  const trees = await Promise.all(Array.from({ length: 8 }, () => read()));
  for (const tree of trees) expect(texts(tree)).toEqual(["__manifest__.py={}", "a.py=A"]);
  expect([...entries("modules"), ...entries("roots")].filter((file) => /\.[0-9a-f-]{36}$/.test(file))).toEqual([]);
  expect((await read()).parsed).toBe(0);
});

test("a release beside its predecessor: what both have is parsed once", async () => {
  const parsed: string[] = [];
  const copy = writeTree(scratch, "next", { "m/__manifest__.py": "{}", "m/a.py": "A", "n/__manifest__.py": "{'changed': 1}" });
  const startThread = startInThisThread((of) => {
    parsed.push(of.name);
    return readTexts(of);
  });
  await openTrees(scratch, { startThread }).read([root, copy].map((path) => ({ path, translations: false })));
  expect(parsed.toSorted()).toEqual(["m", "n", "n"]);
});
