import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openTrees } from "./test-kit.ts";

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "plimsoll-digests-"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function module(root: string, name: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries({ "__manifest__.py": "{}", ...files })) {
    mkdirSync(join(root, name, path, ".."), { recursive: true });
    writeFileSync(join(root, name, path), text);
  }
}

it("has every file of the modules that are asked for, also what nothing reads", async () => {
  const root = join(scratch, "addons");
  module(root, "acme", { "static/src/a.js": "1", "static/description/icon.png": "picture" });
  module(root, "other", {});
  const digests = await openTrees(scratch).fileDigests(root, new Set(["acme", "nowhere"]));
  expect([...digests.keys()]).toEqual(["acme"]);
  expect([...(digests.get("acme")?.keys() ?? [])]).toEqual(["__manifest__.py", "static/description/icon.png", "static/src/a.js"]);
  expect(digests.get("acme")?.get("static/src/a.js")).toBe("sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b");
});

it("knows nothing of what lies outside", async () => {
  const root = join(scratch, "addons");
  module(root, "acme", {});
  writeFileSync(join(scratch, "secret.js"), "secret");
  symlinkSync(join(scratch, "secret.js"), join(root, "acme", "link.js"));
  const digests = await openTrees(scratch).fileDigests(root, new Set(["acme"]));
  expect(digests.get("acme")?.get("link.js")).toBeNull();
});

it("reads Python outside of tests as it is written, unless there is too much of it", async () => {
  const root = join(scratch, "addons");
  module(root, "acme", { "models/a.py": "A = 1\n", "tests/test_a.py": "B = 1\n", "a.xml": "<odoo/>" });
  module(root, "other", { "b.py": "C = 1\n" });
  const read = async (bytesMax: number): Promise<unknown> => {
    const texts = await openTrees(scratch).pythonTexts(root, new Set(["acme"]), bytesMax);
    return texts === null ? null : [...texts].map(([name, files]) => [name, [...files].filter(([path]) => path !== "__manifest__.py")]);
  };
  expect(await read(1_000)).toEqual([["acme", [["models/a.py", "A = 1\n"]]]]);
  expect(await read(5)).toBeNull();
});
