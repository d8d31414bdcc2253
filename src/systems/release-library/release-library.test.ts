import { execFileSync } from "node:child_process";
import { createServer } from "node:net";
import {
  chmodSync,
  cpSync,
  existsSync,
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
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ReleaseLibrary } from "../../app/ports/release-library.ts";
import { removeTree } from "./materialised-tree.ts";
import type { ReleaseLibraryOptions } from "./release-library.ts";
import { openLibrary, refusal, writeTree } from "./test-kit.ts";

let scratch: string;
let library: ReleaseLibrary;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "plimsoll-releases-"));
  library = open();
});

afterEach(async () => {
  await removeTree(scratch);
});

const open = (limits: ReleaseLibraryOptions["limits"] = {}): ReleaseLibrary => openLibrary(scratch, limits);
const write = (folder: string, files: Readonly<Record<string, string>>): string => writeTree(scratch, folder, files);

const simple = { "m/__manifest__.py": '{"name": "M", "depends": ["web"]}', "m/__init__.py": "", "m/models/a.py": "A = 1\n" };
const add = (...sources: string[]): ReturnType<ReleaseLibrary["add"]> => library.add(sources, { series: "19.0" });
const stored = (folder: string): string[] =>
  existsSync(join(scratch, "library", folder))
    ? readdirSync(join(scratch, "library", folder), { recursive: true })
        .map(String)
        .toSorted()
    : [];

describe("adding", () => {
  test("takes modules with facts, normalised modes and without caches", async () => {
    const source = write("addons", {
      ...simple,
      "m/run.sh": "#!/bin/sh\n",
      "m/migrations/19.0.1.1/post-x.py": "",
      "m/__pycache__/a.cpython-311.pyc": "x",
      "m/models/b.pyc": "x",
      "m/.git/HEAD": "x",
      "m/.hidden": "kept",
      "readme.md": "no module",
      "docs/index.md": "no module",
    });
    chmodSync(join(source, "m/run.sh"), 0o700);
    chmodSync(join(source, "m/__init__.py"), 0o600);
    const { digest, content } = await add(source);
    expect(content.files.map((file) => `${file.mode} ${file.path}`)).toEqual([
      "644 0/m/.hidden",
      "644 0/m/__init__.py",
      "644 0/m/__manifest__.py",
      "644 0/m/migrations/19.0.1.1/post-x.py",
      "644 0/m/models/a.py",
      "755 0/m/run.sh",
    ]);
    expect(content.modules).toMatchObject([
      {
        name: "m",
        addonsIndex: 0,
        version: "19.0.1.0",
        depends: ["web"],
        fileCount: 6,
        migrationScripts: ["migrations/19.0.1.1/post-x.py"],
      },
    ]);
    expect(await library.content(digest)).toEqual(content);
    await expect(library.verify(digest)).resolves.toBeUndefined();
  });

  test("equal content has one digest and one copy, wherever it lies and whatever its times", async () => {
    const first = await add(write("one", simple));
    const before = stored("blobs");
    const source = write("two", simple);
    utimesSync(join(source, "m/__init__.py"), 1, 1);
    expect((await add(source)).digest).toBe(first.digest);
    expect(stored("blobs")).toEqual(before);
    expect(stored("contents")).toHaveLength(1);
    expect((await add(write("three", { ...simple, "m/models/a.py": "A = 2\n" }))).digest).not.toBe(first.digest);
  });

  test("keeps the order of addons paths and takes a single module as a path of its own", async () => {
    const { content } = await add(
      write("b", { "z/__manifest__.py": "{}" }),
      write("a/single", { "__manifest__.py": "{'installable': False}" }),
    );
    expect(content.addonsPaths).toBe(2);
    expect(content.modules).toMatchObject([
      { name: "z", addonsIndex: 0, installable: true },
      { name: "single", addonsIndex: 1, installable: false },
    ]);
  });

  test("a link inside the source is the file or folder that it points to", async () => {
    const source = write("addons", { ...simple, "shared/lib/x.js": "x" });
    symlinkSync("../shared/lib", join(source, "m/lib"));
    symlinkSync("models/a.py", join(source, "m/b.py"));
    const { content } = await add(source);
    const file = (path: string): unknown => content.files.find((one) => one.path === path)?.digest;
    expect(file("0/m/lib/x.js")).toBeDefined();
    expect(file("0/m/b.py")).toBe(file("0/m/models/a.py"));
  });
});

test("a file of several reads keeps its bytes and its digest", async () => {
  const text = Array.from({ length: 400_000 }, (_, index) => `${index}\n`).join("");
  const { digest, content } = await add(write("s", { ...simple, "m/big.csv": text }));
  const sum = execFileSync("sha256sum", [join(scratch, "s/m/big.csv")])
    .toString()
    .slice(0, 64);
  expect(content.files.find((file) => file.path === "0/m/big.csv")).toMatchObject({ digest: `sha256:${sum}`, sizeBytes: text.length });
  const [path = ""] = await library.materialise(digest);
  expect(readFileSync(join(path, "m/big.csv"), "utf8")).toBe(text);
});

describe("refusals name the place and store nothing", () => {
  const cases: readonly [string, string, (folder: string) => string | readonly string[], string][] = [
    ["no source", "INPUT_INVALID", () => [], "at least one source"],
    ["a source that isn't there", "INPUT_INVALID", (folder) => join(folder, "nowhere"), "nowhere is not a directory"],
    ["a source that is a file", "INPUT_INVALID", () => join(write("s", { f: "" }), "f"), "is not a directory"],
    ["no module", "RELEASE_NO_MODULE", () => write("s", { "docs/a.md": "" }), "no module in"],
    [
      "a broken manifest",
      "RELEASE_MANIFEST_BROKEN",
      () => write("s", { "m/__manifest__.py": '{\n"name": name}' }),
      "s/m/__manifest__.py:2:9",
    ],
    ["another series", "RELEASE_OTHER_SERIES", () => write("s", { "m/__manifest__.py": '{"version": "18.0.1.0.0"}' }), "18.0.1.0.0"],
    ["the same module twice", "RELEASE_MODULE_TWICE", () => [write("s", simple), write("t", simple)], "s/m and "],
    ["a name with a backslash", "RELEASE_NAME_NOT_PORTABLE", () => write("s", { ...simple, "m/a\\b": "" }), "backslash"],
    ["a name with a colon", "RELEASE_NAME_NOT_PORTABLE", () => write("s", { ...simple, "m/a:b": "" }), "colon"],
    ["a name with a control character", "RELEASE_NAME_NOT_PORTABLE", () => write("s", { ...simple, "m/a\nb": "" }), "a\\x0ab"],
    ["a name that ends with a dot", "RELEASE_NAME_NOT_PORTABLE", () => write("s", { ...simple, "m/a.": "" }), "ends with a dot"],
    [
      "names that differ in case",
      "RELEASE_NAME_NOT_PORTABLE",
      () => write("s", { ...simple, "m/Read.me": "", "m/read.me": "" }),
      "only in case",
    ],
    [
      "names that differ in composition",
      "RELEASE_NAME_NOT_PORTABLE",
      () => write("s", { ...simple, "m/\u00e9": "", "m/e\u0301": "" }),
      "only in case",
    ],
    ["a module's name with a dash", "RELEASE_NAME_NOT_PORTABLE", () => write("s", { "my-module/__manifest__.py": "{}" }), "my-module"],
    [
      "a path that is too long",
      "RELEASE_NAME_NOT_PORTABLE",
      () => write("s", { ...simple, [`m/${"d".repeat(120)}/${"e".repeat(120)}`]: "" }),
      "more than 240",
    ],
  ];

  test.each(cases)("%s", async (_name, code, make, message) => {
    const made = make(scratch);
    await expect(add(...(typeof made === "string" ? [made] : made))).rejects.toThrow(refusal(code, message));
    expect([...stored("contents"), ...stored("blobs"), ...stored("staging")]).toEqual([]);
  });

  test("a name that is not UTF-8", async () => {
    const source = write("s", simple);
    writeFileSync(Buffer.concat([Buffer.from(`${source}/m/`), Buffer.from([0xe9])]), "");
    await expect(add(source)).rejects.toThrow(refusal("RELEASE_NAME_NOT_PORTABLE", "not UTF-8"));
  });

  test("links: out of the source, nowhere, in a circle", async () => {
    const outside = write("outside", { "secret.txt": "s", "n/__manifest__.py": "{}" });
    const link = (name: string, target: string, at: string): string => {
      const source = write(name, simple);
      symlinkSync(target, join(source, at));
      return source;
    };
    await expect(add(link("a", join(outside, "secret.txt"), "m/x.txt"))).rejects.toThrow(refusal("RELEASE_LINK_OUTSIDE", "a/m/x.txt"));
    await expect(add(link("b", join(outside, "n"), "n"))).rejects.toThrow(refusal("RELEASE_LINK_OUTSIDE", "b/n"));
    await expect(add(link("c", "nothing", "m/x.txt"))).rejects.toThrow(refusal("RELEASE_FILE_UNREADABLE", "leads nowhere"));
    await expect(add(link("d", "x.txt", "m/x.txt"))).rejects.toThrow(refusal("RELEASE_FILE_UNREADABLE", "leads to itself"));
    await expect(add(link("e", "..", "m/up"))).rejects.toThrow(refusal("RELEASE_FILE_UNREADABLE", "leads back"));
    await expect(add(link("f", "nothing", "module"))).rejects.toThrow(refusal("RELEASE_FILE_UNREADABLE", "f/module"));
    expect(stored("contents")).toEqual([]);
  });

  test("pipes and sockets", async () => {
    const source = write("s", simple);
    execFileSync("mkfifo", [join(source, "m/pipe")]);
    await expect(add(source)).rejects.toThrow(refusal("RELEASE_FILE_UNREADABLE", "m/pipe"));
    rmSync(join(source, "m/pipe"));
    const server = createServer().listen(join(source, "m/socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    await expect(add(source)).rejects.toThrow(refusal("RELEASE_FILE_UNREADABLE", "m/socket"));
    await new Promise((resolve) => server.close(resolve));
  });

  test("too large, too much, too many", async () => {
    const source = write("s", { ...simple, "m/big.bin": "x".repeat(1000) });
    for (const [limits, message] of [
      [{ fileBytesMax: 999 }, "m/big.bin is too large"],
      [{ releaseBytesMax: 1000 }, "the release has more than 1000 bytes"],
      [{ filesMax: 3 }, "too many files"],
    ] as const) {
      await expect(open(limits).add([source], { series: "19.0" })).rejects.toThrow(refusal("RELEASE_FILE_OVERSIZED", message));
    }
    await expect(open({ filesMax: 4, fileBytesMax: 1000 }).add([source], { series: "19.0" })).resolves.toBeDefined();
  });
});

describe("git", () => {
  const git = (repository: string, ...argv: string[]): string =>
    execFileSync("git", ["-C", repository, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", ...argv], {
      stdio: ["ignore", "pipe", "ignore"],
    })
      .toString()
      .trim();

  function repository(files: Readonly<Record<string, string>>): string {
    const directory = write("repository", files);
    git(directory, "init", "-q", "-b", "main");
    git(directory, "add", "-A");
    git(directory, "commit", "-q", "-m", "one");
    return directory;
  }

  test("takes what is committed, not what lies in the working copy, byte for byte", async () => {
    const directory = repository({
      "addons/m/__manifest__.py": "{}",
      "addons/m/run.sh": "a\r\n$Id$\n",
      "addons/m/left-out.txt": "x",
      ".gitattributes": "*.txt export-ignore\n*.sh export-subst\n",
    });
    const commit = git(directory, "rev-parse", "HEAD");
    git(directory, "tag", "v1");
    write("repository", { "addons/m/models.py": "uncommitted", "addons/m/__manifest__.py": "broken" });
    const fromGit = await add(`${directory}@v1:addons`);
    expect(fromGit).toMatchObject({ commit, author: "Ada <ada@example.org>" });
    const fromFolder = await add(write("plain", { "m/__manifest__.py": "{}", "m/run.sh": "a\r\n$Id$\n", "m/left-out.txt": "x" }));
    expect(fromGit.digest).toBe(fromFolder.digest);
    expect(git(directory, "status", "--porcelain")).toBe("M addons/m/__manifest__.py\n?? addons/m/models.py");
    expect((await add(`${directory}@HEAD:addons/m`)).content.modules).toMatchObject([{ name: "m" }]);
  });

  test("refuses unknown refs, paths and repositories, submodules, and links out of the tree", async () => {
    const directory = repository({ "addons/m/__manifest__.py": "{}", "addons/m/f.txt": "" });
    await expect(add(`${directory}@v9:addons`)).rejects.toThrow(refusal("INPUT_INVALID", 'no commit "v9"'));
    await expect(add(`${directory}@--upload-pack=x:addons`)).rejects.toThrow(refusal("INPUT_INVALID", "no commit"));
    await expect(add(`${directory}@main:nowhere`)).rejects.toThrow(refusal("INPUT_INVALID", 'no path "nowhere"'));
    await expect(add(`${directory}@main:addons/m/f.txt`)).rejects.toThrow(refusal("INPUT_INVALID", "is a file"));
    await expect(add(`${scratch}@main`)).rejects.toThrow(refusal("INPUT_INVALID", ""));
    git(directory, "update-index", "--add", "--cacheinfo", `160000,${git(directory, "rev-parse", "HEAD")},addons/other`);
    git(directory, "commit", "-q", "-m", "submodule");
    await expect(add(`${directory}@main:addons`)).rejects.toThrow(refusal("RELEASE_FILE_UNREADABLE", "the submodule other"));
    git(directory, "rm", "-q", "--cached", "addons/other");
    symlinkSync("/etc/passwd", join(directory, "addons/m/passwd"));
    git(directory, "add", "-A");
    git(directory, "commit", "-q", "-m", "link");
    await expect(add(`${directory}@main:addons`)).rejects.toThrow(refusal("RELEASE_LINK_OUTSIDE", "m/passwd"));
    expect(stored("staging")).toEqual([]);
  });
});

describe("what is stored", () => {
  const blobs = (): string[] =>
    readdirSync(join(scratch, "library/blobs"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const blobOf = (text: string): string => blobs().find((path) => readFileSync(path, "utf8") === text) ?? "";

  test("is read-only and private; only trees are open to others", async () => {
    await add(write("s", simple));
    expect(blobs().map((path) => statSync(path).mode & 0o777)).toEqual(blobs().map(() => 0o444));
    const mode = (folder: string): number => statSync(join(scratch, "library", folder)).mode & 0o777;
    expect([mode("."), mode("blobs"), mode("contents"), mode("staging"), mode("trees")]).toEqual([0o711, 0o700, 0o700, 0o700, 0o755]);
  });

  test("an altered or missing file is named, refuses everything, and is repaired by adding again", async () => {
    const { digest } = await add(write("s", simple));
    const victim = blobOf("A = 1\n");
    chmodSync(victim, 0o644);
    writeFileSync(victim, "A = 6\n");
    await expect(library.verify(digest)).rejects.toThrow(refusal("RELEASE_ALTERED", "0/m/models/a.py"));
    await expect(library.materialise(digest)).rejects.toThrow(refusal("RELEASE_ALTERED", "0/m/models/a.py"));
    expect(stored("trees")).toEqual([]);
    rmSync(victim);
    await expect(library.verify(digest)).rejects.toThrow(refusal("RELEASE_ALTERED", "0/m/models/a.py"));
    await add(join(scratch, "s"));
    await expect(library.verify(digest)).resolves.toBeUndefined();
  });

  test("an altered list of files is refused; an unknown digest is not found", async () => {
    const { digest } = await add(write("s", simple));
    const list = join(scratch, "library/contents", `${digest.slice(7)}.json`);
    chmodSync(list, 0o644);
    writeFileSync(list, readFileSync(list, "utf8").replace('"644"', '"755"'));
    await expect(library.content(digest)).rejects.toThrow(refusal("RELEASE_ALTERED", "list of files"));
    await expect(library.content(`sha256:${"0".repeat(64)}`)).rejects.toThrow(refusal("NOT_FOUND", "not in the library"));
    await expect(library.content("sha256:../../etc/passwd")).rejects.toThrow(refusal("NOT_FOUND", ""));
  });
});

describe("the tree that runs", () => {
  test("lies under its digest, read-only, with times from content", async () => {
    const { digest } = await add(write("s", { ...simple, "m/models/same.py": "A = 1\n" }), write("t", { "n/__manifest__.py": "{}" }));
    const paths = await library.materialise(digest);
    expect(paths).toEqual([0, 1].map((index) => join(scratch, "library/trees", digest.slice(7), String(index))));
    const [first = ""] = paths;
    const facts = (path: string): readonly number[] => [statSync(join(first, path)).mode & 0o777, statSync(join(first, path)).mtimeMs];
    expect(readFileSync(join(first, "m/models/a.py"), "utf8")).toBe("A = 1\n");
    expect(facts("m/models/a.py")[0]).toBe(0o444);
    expect(facts("m")[0]).toBe(0o555);
    expect(facts("m/models/a.py")).toEqual(facts("m/models/same.py"));
    expect(facts("m/models/a.py")[1]).not.toBe(facts("m/__manifest__.py")[1]);
    expect(facts("m/models/a.py")[1]).toBeLessThan(Date.UTC(2015));
    expect(await library.materialise(digest)).toEqual(paths);
  });

  const alterations: readonly [string, (file: string) => void][] = [
    [
      "other bytes of the same length and time",
      (file) => {
        const { atime, mtime } = statSync(file);
        chmodSync(file, 0o644);
        writeFileSync(file, "A = 6\n");
        utimesSync(file, atime, mtime);
        chmodSync(file, 0o444);
      },
    ],
    ["another mode", (file) => chmodSync(file, 0o644)],
    ["another time", (file) => utimesSync(file, 1, 1)],
    ["a file missing", (file) => (chmodSync(dirname(file), 0o755), rmSync(file), chmodSync(dirname(file), 0o555))],
    ["a file too many", (file) => (chmodSync(dirname(file), 0o755), writeFileSync(`${file}c`, ""), chmodSync(dirname(file), 0o555))],
    [
      "a folder too many",
      (file) => (chmodSync(dirname(file), 0o755), mkdirSync(join(dirname(file), "__pycache__")), chmodSync(dirname(file), 0o555)),
    ],
    [
      "a link in a file's place",
      (file) => (
        chmodSync(dirname(file), 0o755),
        cpSync(file, `${scratch}/elsewhere`, { preserveTimestamps: true }),
        rmSync(file),
        symlinkSync(`${scratch}/elsewhere`, file),
        chmodSync(dirname(file), 0o555)
      ),
    ],
  ];

  test.each(alterations)("is built anew when it has %s", async (_name, alter) => {
    const { digest } = await add(write("s", simple));
    const [path = ""] = await library.materialise(digest);
    const { mtimeMs } = statSync(join(path, "m/models/a.py"));
    alter(join(path, "m/models/a.py"));
    const [again = ""] = await open().materialise(digest);
    expect(again).toBe(path);
    expect(readdirSync(join(path, "m/models"))).toEqual(["a.py"]);
    expect(readFileSync(join(path, "m/models/a.py"), "utf8")).toBe("A = 1\n");
    expect(statSync(join(path, "m/models/a.py")).mode & 0o777).toBe(0o444);
    expect(statSync(join(path, "m/models/a.py")).mtimeMs).toBe(mtimeMs);
    expect(stored("trees").filter((name) => !name.includes("/"))).toEqual([digest.slice(7)]);
  });

  test("many builders at once, in one process and in several, end with one right tree", async () => {
    const { digest } = await add(write("s", simple));
    const all = await Promise.all([library, library, open(), open(), open()].map((one) => one.materialise(digest)));
    expect(new Set(all.map(String)).size).toBe(1);
    expect(stored("trees").filter((name) => !name.includes("/"))).toEqual([digest.slice(7)]);
    expect(await library.materialise(digest)).toEqual(all[0]);
  });
});
