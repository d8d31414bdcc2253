import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReleaseLibrary } from "../../app/ports/release-library.ts";
import { removeTree } from "./materialised-tree.ts";
import { openLibrary, refusal, writeTree } from "./test-kit.ts";

let scratch: string;
let library: ReleaseLibrary;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "plimsoll-texts-"));
  library = openLibrary(scratch);
});

afterEach(async () => {
  await removeTree(scratch);
});

const simple = { "m/__manifest__.py": '{"name": "M"}', "m/__init__.py": "", "m/models/a.py": "A = 1\n" };
const add = (folder: string): ReturnType<ReleaseLibrary["add"]> => library.add([folder], { series: "19.0" });

describe("texts", () => {
  test("are given as they were taken in; what isn't UTF-8 has none", async () => {
    const folder = writeTree(scratch, "src", { ...simple, "m/b.txt": "\uFEFFgrün\r\n" });
    writeFileSync(join(folder, "m/c.txt"), Buffer.from([0xe9, 0x0a]));
    const { digest } = await add(folder);
    expect(await library.readTexts(digest, ["0/m/models/a.py", "0/m/b.txt", "0/m/c.txt"])).toEqual(
      new Map([
        ["0/m/b.txt", "\uFEFFgrün\r\n"],
        ["0/m/c.txt", null],
        ["0/m/models/a.py", "A = 1\n"],
      ]),
    );
    await expect(library.readTexts(digest, ["0/m/nowhere.py"])).rejects.toThrow(refusal("NOT_FOUND", "0/m/nowhere.py"));
  });

  test("of bytes that were altered are refused", async () => {
    const { digest, content } = await add(writeTree(scratch, "src", simple));
    const file = content.files.find((one) => one.path === "0/m/models/a.py");
    const blob = join(scratch, "library", "blobs", file?.digest.slice(7, 9) ?? "", file?.digest.slice(9) ?? "");
    chmodSync(blob, 0o644);
    writeFileSync(blob, "A = 2\n");
    await expect(library.readTexts(digest, ["0/m/models/a.py"])).rejects.toThrow(refusal("RELEASE_ALTERED", "0/m/models/a.py"));
    expect(await library.readTexts(digest, ["0/m/__init__.py"])).toEqual(new Map([["0/m/__init__.py", ""]]));
  });
});
