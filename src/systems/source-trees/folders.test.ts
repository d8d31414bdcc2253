import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModuleSource } from "../../domain/release/module-source.ts";
import type { SourceTree } from "../../app/ports/source-trees.ts";
import { readFound } from "./read-found.ts";
import type { SourceTreesOptions } from "./source-trees.ts";
import { openTrees, startThread, writeTree } from "./test-kit.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "plimsoll-trees-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

const write = (folder: string, files: Readonly<Record<string, string | Uint8Array>>): string => writeTree(scratch, folder, files);
const read = (paths: readonly string[], options: Partial<SourceTreesOptions> = {}, translations = false): Promise<SourceTree> =>
  openTrees(scratch, options).read(paths.map((path) => ({ path, translations })));
const loaded = async (path: string, options: Partial<SourceTreesOptions> = {}): Promise<ModuleSource> => {
  const [only] = (await read([path], options)).modules.values();
  return only?.load() as ModuleSource;
};
const kinds = (notes: readonly { readonly kind: string; readonly file: string }[]): string[] =>
  notes.map(({ kind, file }) => `${kind} ${file}`);

const manifest = { "__manifest__.py": "{}" };

describe("what counts as a root", () => {
  test("an addons folder: its folders with a manifest", async () => {
    const tree = await read([write("addons", { "b/__manifest__.py": "{}", "a/__manifest__.py": "{}", "docs/x.md": "", "readme.md": "" })]);
    expect([...tree.modules.keys()]).toEqual(["a", "b"]);
    expect(tree.problems).toEqual([]);
  });

  test("one module", async () => {
    expect([...(await read([write("sale_x", manifest)])).modules.keys()]).toEqual(["sale_x"]);
  });

  test("a folder of repositories, each an addons path of its own; the first of two with a name wins, over all roots", async () => {
    const repositories = write("repositories", {
      "two/m/__manifest__.py": "2",
      "one/m/__manifest__.py": "1",
      "one/n/__manifest__.py": "{}",
    });
    const last = write("last", { "n/__manifest__.py": "3", "o/__manifest__.py": "{}" });
    const tree = await read([repositories, last]);
    const said = [...tree.modules.values()].map((module) => [module.name, module.addonsIndex, module.manifest?.version]);
    expect(said).toEqual([
      ["m", 0, "1"],
      ["n", 0, "{}"],
      ["o", 2, "{}"],
    ]);
    expect(tree.shadowed.map(({ name, shown }) => [name, shown])).toEqual([
      ["m", join(repositories, "two/m")],
      ["n", join(last, "n")],
    ]);
  });

  test("a checkout of Odoo, or a folder that pip installed into: odoo/addons comes first", async () => {
    const tree = await read([write("checkout", { "addons/m/__manifest__.py": "outer", "odoo/addons/m/__manifest__.py": "inner" })]);
    expect(tree.modules.get("m")?.manifest?.version).toBe("inner");
  });

  test.each([
    ["nothing there", () => join(scratch, "none"), "INPUT_INVALID"],
    ["a file that is no zip file", () => join(write("", { "a.txt": "text" }), "a.txt"), "INPUT_INVALID"],
    ["a folder without modules", () => write("empty", { "a/b/c/__manifest__.py": "{}" }), "RELEASE_NO_MODULE"],
  ])("%s is refused", async (_what, make, code) => {
    await expect(read([make()])).rejects.toMatchObject({ code });
  });
});

test("only what declares something is read; all paths are known", async () => {
  const root = write("m", {
    ...manifest,
    "models/a.py": "A",
    "views/v.XML": "<odoo/>",
    "data/r.csv": "id",
    "data/neutralize.sql": "select",
    "tests/test_a.py": "no",
    "tests/demo.xml": "<odoo/>",
    "static/src/t.xml": "no",
    "i18n/nl.po": "po",
    "readme.md": "no",
    "__pycache__/a.pyc": "no",
    ".git/HEAD": "no",
  });
  const source = await loaded(root);
  expect(source.notImported).toEqual([
    "__manifest__.py={}",
    "data/neutralize.sql=select",
    "data/r.csv=id",
    "models/a.py=A",
    "tests/demo.xml=<odoo/>",
    "views/v.XML=<odoo/>",
  ]);
  expect(source.files).toContain("static/src/t.xml");
  expect(source.files).toHaveLength(10);
  const translated = (await read([root], {}, true)).modules.get("m")?.load();
  expect(translated?.notImported).toContain("i18n/nl.po=po");
});

test("nothing in the tree is written", async () => {
  const root = write("m", manifest);
  const before = statSync(root).mtimeMs;
  await read([root]);
  expect(readdirSync(root)).toEqual(["__manifest__.py"]);
  expect(statSync(root).mtimeMs).toBe(before);
});

describe("links", () => {
  test("that stay inside are followed, as Odoo does", async () => {
    const root = write("addons", { "m/__manifest__.py": "{}", "shared/lib/x.py": "X", "shared/one.py": "1" });
    symlinkSync("../shared/lib", join(root, "m/lib"));
    symlinkSync("../shared/one.py", join(root, "m/one.py"));
    expect((await loaded(root)).notImported).toEqual(["__manifest__.py={}", "lib/x.py=X", "one.py=1"]);
  });

  test("that lead outside aren't, and what they hold is unknown", async () => {
    const outside = write("secret", { "x.py": "S", "n/__manifest__.py": "{}" });
    const root = write("addons", { "m/__manifest__.py": "{}" });
    symlinkSync(join(outside, "x.py"), join(root, "m/x.py"));
    symlinkSync(outside, join(root, "m/models"));
    symlinkSync(join(outside, "n"), join(root, "n"));
    const tree = await read([root]);
    const source = tree.modules.get("m")?.load();
    expect(source?.notImported).toEqual(["__manifest__.py={}"]);
    expect(kinds(source?.unknowns ?? [])).toEqual(["link-outside models", "link-outside x.py"]);
    expect(tree.problems).toMatchObject([{ kind: "link-outside", path: join(root, "n") }]);
  });

  test("that lead nowhere, to themselves or back up are problems", async () => {
    const root = write("addons", { "m/__manifest__.py": "{}" });
    symlinkSync("nothing.py", join(root, "m/a.py"));
    symlinkSync("b.py", join(root, "m/b.py"));
    symlinkSync("..", join(root, "m/up"));
    symlinkSync("gone", join(root, "n"));
    const tree = await read([root]);
    expect(kinds(tree.modules.get("m")?.load().problems ?? [])).toEqual(["link-dangling a.py", "link-dangling b.py", "link-cycle up"]);
    expect(kinds((await loaded(join(root, "m"))).unknowns)).toEqual(["link-outside up"]);
    symlinkSync(".", join(root, "m/self"));
    expect(kinds((await loaded(join(root, "m"))).problems)).toContain("link-cycle self");
    expect(tree.problems).toMatchObject([{ kind: "link-dangling" }]);
  });

  test("in static aren't looked at: Debian's fonts are links out of the tree", async () => {
    const root = write("m", { ...manifest, "static/src/a.js": "" });
    symlinkSync("/usr/share/fonts/x.ttf", join(root, "static/x.ttf"));
    const source = await loaded(root);
    expect(source.unknowns).toEqual([]);
    expect(source.files).toContain("static/x.ttf");
  });

  test("folders that link to each other come to an end", async () => {
    const root = write("addons", { "m/__manifest__.py": "{}", "m/a/x.py": "", "m/b/y.py": "" });
    symlinkSync("../b", join(root, "m/a/b"));
    symlinkSync("../a", join(root, "m/b/a"));
    expect(kinds((await loaded(root)).problems)).toEqual(["link-cycle a/b/a", "link-cycle b/a/b"]);
  });
});

describe("odd names and files", () => {
  test("a new line in a name is kept, and shown without it", async () => {
    const source = await loaded(write("m", { ...manifest, "models/a\nERROR: b.py": "A" }));
    expect(source.files).toContain("models/a\nERROR: b.py");
    expect(source.problems).toMatchObject([{ kind: "name-not-portable", what: expect.not.stringContaining("\n") as string }]);
  });

  test("a name that isn't UTF-8 is no path", async () => {
    const root = write("m", manifest);
    writeFileSync(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9]), Buffer.from(".py")]), "A");
    const source = await loaded(root);
    expect(kinds(source.problems)).toEqual(["name-not-utf8 caf\\xe9.py"]);
    expect(source.files).toEqual(["__manifest__.py"]);
  });

  test("a module whose name Odoo refuses", async () => {
    const tree = await read([write("addons", { "my-module/__manifest__.py": "{}", "m/__manifest__.py": "{}" })]);
    expect([...tree.modules.keys()]).toEqual(["m"]);
    expect(tree.problems).toMatchObject([{ kind: "module-name" }]);
  });

  test("pipes and sockets aren't opened", async () => {
    const root = write("m", manifest);
    execFileSync("mkfifo", [join(root, "pipe.py")]);
    const server = createServer().listen(join(root, "socket.py"));
    await new Promise((resolve) => server.once("listening", resolve));
    expect(kinds((await loaded(root)).problems)).toEqual(["not-a-file pipe.py", "not-a-file socket.py"]);
    server.close();
  });

  test("bytes that aren't UTF-8 are handed on as such", async () => {
    const source = await loaded(write("m", { ...manifest, "a.py": Buffer.from([0x41, 0xff]) }));
    expect(source.notImported).toContain("a.py=not UTF-8");
  });
});

describe("bounds", () => {
  test("a file that is too large is unknown, and its size costs nothing", async () => {
    const root = write("m", { ...manifest, "huge.py": "" });
    truncateSync(join(root, "huge.py"), 1e12);
    const source = await loaded(root);
    expect(kinds(source.unknowns)).toEqual(["file-too-large huge.py"]);
    expect(source.notImported).toEqual(["__manifest__.py={}"]);
  });

  test("a module that is too large keeps its manifest", async () => {
    const root = write("m", { ...manifest, "a.py": "x".repeat(60), "b.py": "x".repeat(60) });
    const source = await loaded(root, { limits: { moduleBytesMax: 100 } });
    expect(kinds(source.unknowns)).toEqual(["module-too-large __manifest__.py"]);
    expect(source.notImported).toEqual(["__manifest__.py={}"]);
  });

  test("folders that are too deep", async () => {
    const source = await loaded(write("m", { ...manifest, [`${"d/".repeat(60)}a.py`]: "A" }));
    expect(source.unknowns).toMatchObject([{ kind: "folder-too-deep" }]);
  });

  test("folders that multiply by links are refused", async () => {
    const root = write("m", { ...manifest, "d0/x.py": "" });
    for (let level = 1; level < 30; level += 1) {
      mkdirSync(join(root, `d${level}`));
      for (const link of ["a", "b"]) symlinkSync(`../d${level - 1}`, join(root, `d${level}`, link));
    }
    await expect(read([root], { limits: { filesMax: 10_000 } })).rejects.toMatchObject({ code: "RELEASE_FILE_OVERSIZED" });
  });

  test("too many files are refused", async () => {
    const root = write("m", { ...manifest, "a.py": "", "static/b.js": "" });
    await expect(read([root], { limits: { filesMax: 2 } })).rejects.toMatchObject({ code: "RELEASE_FILE_OVERSIZED" });
  });
});

describe("a module that breaks what reads it costs nobody but itself", () => {
  test.each([
    ["throw", /a parser's defect/],
    ["hang", /took longer than 1.5 s/],
    ["die", /its thread ended/],
  ])("%s", async (text, what) => {
    const root = write("addons", { "a/__manifest__.py": "{}", "bad/__manifest__.py": "{}", "bad/x.py": text, "z/__manifest__.py": "{}" });
    const tree = await read([root], { threads: 1, startThread: startThread(scratch), limits: { parseMsMax: 1_500 } });
    const bad = tree.modules.get("bad");
    expect(bad?.manifest).toBeNull();
    expect(bad?.load().unknowns).toEqual([
      expect.objectContaining({ kind: "module-unreadable", what: expect.stringMatching(what) as string }),
    ]);
    for (const name of ["a", "z"]) expect(tree.modules.get(name)?.load().notImported).toEqual(["__manifest__.py={}"]);
  });
});

test("a digest names the content, wherever it lies; and differs when a path or a byte does", async () => {
  const digest = async (path: string): Promise<string | undefined> => (await read([path])).modules.get("m")?.digest;
  const one = write("one/m", { ...manifest, "a.py": "A" });
  cpSync(one, join(scratch, "two/m"), { recursive: true });
  const same = await digest(one);
  expect(await digest(join(scratch, "two/m"))).toBe(same);
  renameSync(join(one, "a.py"), join(one, "b.py"));
  expect(await digest(one)).not.toBe(same);
  renameSync(join(one, "b.py"), join(one, "a.py"));
  expect(await digest(one)).toBe(same);
  mkdirSync(join(one, "static"));
  writeFileSync(join(one, "static/x.js"), "");
  expect(await digest(one)).not.toBe(same);
});

test("what took a file's place since it was looked at isn't waited for, nor followed", () => {
  const root = write("m", manifest);
  const at = (name: string): Parameters<typeof readFound>[0] => ({ path: name, realPath: join(root, name), member: null, sizeBytes: 2 });
  execFileSync("mkfifo", [join(root, "pipe.py")]);
  symlinkSync("__manifest__.py", join(root, "link.py"));
  expect(readFound(at("__manifest__.py"), 100).toString()).toBe("{}");
  expect(() => readFound(at("pipe.py"), 100)).toThrow("it is no file");
  expect(() => readFound(at("link.py"), 100)).toThrow("ELOOP");
  expect(() => readFound(at("gone.py"), 100)).toThrow("ENOENT");
  expect(() => readFound(at("__manifest__.py"), 1)).toThrow("it has 2 bytes");
});
