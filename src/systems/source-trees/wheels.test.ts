import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SourceTree } from "../../app/ports/source-trees.ts";
import type { SourceTreesOptions } from "./source-trees.ts";
import { openTrees, writeTree, type ZipInput, zipOf } from "./test-kit.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "plimsoll-wheels-"));
});
afterEach(() => rmSync(scratch, { recursive: true }));

const read = (members: readonly ZipInput[] | Buffer, options: Partial<SourceTreesOptions> = {}): Promise<SourceTree> => {
  writeTree(scratch, "w", { "a.whl": Buffer.isBuffer(members) ? members : zipOf(members) });
  return openTrees(scratch, options).read([{ path: join(scratch, "w/a.whl"), translations: false }]);
};
const at = "odoo/addons/m";
const manifest = { name: `${at}/__manifest__.py`, content: "{}" };

test("a wheel as PyPI has them", async () => {
  const tree = await read([
    manifest,
    { name: `${at}/models/`, content: "" },
    { name: `${at}/models/a.py`, content: "A = 1\n".repeat(1000) },
    { name: `${at}/static/x.png`, content: "x" },
    { name: "odoo_addon_m-19.0.1.0.0.dist-info/METADATA", content: "Name: odoo-addon-m" },
  ]);
  const source = tree.modules.get("m")?.load();
  expect(source?.notImported).toEqual(["__manifest__.py={}", `models/a.py=${"A = 1\n".repeat(1000)}`]);
  expect(source?.files).toEqual(["__manifest__.py", "models/a.py", "static/x.png"]);
  expect(tree.problems).toEqual([]);
  const folder = writeTree(scratch, "m", { "__manifest__.py": "{}", "models/a.py": "A = 1\n".repeat(1000), "static/x.png": "x" });
  const unpacked = await openTrees(scratch).read([{ path: folder, translations: false }]);
  expect(unpacked.modules.get("m")?.digest).toBe(tree.modules.get("m")?.digest);
});

test("a zip file of the app store, and a forge's of a repository", async () => {
  expect([...(await read([{ name: "m/__manifest__.py", content: "{}" }])).modules.keys()]).toEqual(["m"]);
  expect([...(await read([{ name: "repo-19.0/n/__manifest__.py", content: "{}" }])).modules.keys()]).toEqual(["n"]);
});

describe("names that lead elsewhere are left out, and nothing is unpacked", () => {
  test.each([
    ["../../evil.py", "name-leads-outside"],
    [`${at}/../../../evil.py`, "name-leads-outside"],
    ["/etc/evil.py", "name-leads-outside"],
    [`${at}/..\\evil.py`, "name-leads-outside"],
    ["C:/evil.py", "name-leads-outside"],
    [`${at}/evil\0.py`, "name-not-portable"],
    [Buffer.from([...Buffer.from(`${at}/`), 0xff, 0x2e, 0x70, 0x79]), "name-not-utf8"],
  ])("%j", async (name, kind) => {
    const tree = await read([manifest, { name, content: "EVIL" }]);
    expect(tree.problems).toMatchObject([{ kind }]);
    expect(tree.modules.get("m")?.load().files).toEqual(["__manifest__.py"]);
    expect(readdirSync(scratch).toSorted()).toEqual(["cache", "w"]);
  });
});

describe("members that aren't what they seem are unknown", () => {
  const member = (claims: NonNullable<ZipInput["claims"]>, content = "A"): ZipInput => ({ name: `${at}/a.py`, content, claims });
  test.each([
    ["a bomb that claims to be small", member({ sizeBytes: 10 }, "\0".repeat(5_000_000)), "unreadable-file"],
    ["a bomb that says so", member({}, "\0".repeat(9_000_000)), "file-too-large"],
    ["a checksum that is false", member({ crc32: 1 }), "unreadable-file"],
    ["a size that is false", member({ sizeBytes: 2 }), "unreadable-file"],
    ["another way of packing", member({ method: 14 }), "unreadable-file"],
    ["a link", member({ unixMode: 0o120777 }, "/etc/passwd"), "link-outside"],
  ])("%s", async (_what, input, kind) => {
    const source = (await read([manifest, input])).modules.get("m")?.load();
    expect(source?.unknowns).toEqual([expect.objectContaining({ kind, file: "a.py" })]);
    expect(source?.notImported).toEqual(["__manifest__.py={}"]);
  });

  test("many files that are too much together", async () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ name: `${at}/${index}.py`, content: "x".repeat(1000) }));
    const source = (await read([manifest, ...many], { limits: { moduleBytesMax: 10_000 } })).modules.get("m")?.load();
    expect(source?.unknowns).toMatchObject([{ kind: "module-too-large" }]);
  });
});

test("of a name that is there twice the last counts, as for pip", async () => {
  const tree = await read([manifest, { name: `${at}/a.py`, content: "first" }, { name: `${at}/a.py`, content: "last" }]);
  expect(tree.modules.get("m")?.load().notImported).toContain("a.py=last");
  expect(tree.problems).toMatchObject([{ kind: "name-twice" }]);
});

describe("what is no zip file is refused", () => {
  const whole = zipOf([manifest]);
  const withEnd = (change: (end: Buffer) => void): Buffer => {
    const bytes = Buffer.from(whole);
    change(bytes.subarray(bytes.length - 22));
    return bytes;
  };
  test.each([
    ["nothing", Buffer.alloc(0)],
    ["a text", Buffer.from("PK? no.")],
    ["a part", whole.subarray(0, whole.length - 30)],
    ["a table of contents beyond its end", withEnd((end) => end.writeUInt32LE(0x7fffffff, 16))],
    ["more members than are there", withEnd((end) => end.writeUInt16LE(500, 10))],
    ["the form for very large files", withEnd((end) => end.writeUInt32LE(0xffffffff, 16))],
  ])("%s", async (_what, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: "INPUT_INVALID" });
  });

  test("and one without a module", async () => {
    await expect(read([{ name: "x.txt", content: "" }])).rejects.toMatchObject({ code: "RELEASE_NO_MODULE" });
  });
});
