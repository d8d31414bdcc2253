import { createServer } from "node:net";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { boundedLog } from "./bounded-log.ts";
import { freePorts, isFree } from "./free-ports.ts";
import { generationFiles } from "./generation-files.ts";
import { readPrivateFile, removePrivateFile, writePrivateFile } from "./private-file.ts";
import { runtimePaths } from "./render.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plimsoll-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const self = { uid: null, gid: null };

describe("private files", () => {
  it("are for their user only, and replaced whole", async () => {
    const path = join(folder, "odoo.conf");
    await writePrivateFile(path, "one", self);
    await writePrivateFile(path, "two", self);
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(["odoo.conf"]);
  });

  it("take the place of a link that release code put there, and don't write through it", async () => {
    const target = join(folder, "target");
    writeFileSync(target, "untouched");
    symlinkSync(target, join(folder, "odoo.conf"));
    await writePrivateFile(join(folder, "odoo.conf"), "secret", self);
    expect(readFileSync(target, "utf8")).toBe("untouched");
    expect(readFileSync(join(folder, "odoo.conf"), "utf8")).toBe("secret");
  });

  it("aren't read through a link", async () => {
    writeFileSync(join(folder, "token"), '{"token": 1}');
    symlinkSync(join(folder, "token"), join(folder, "report.json"));
    await expect(readPrivateFile(join(folder, "report.json"), self)).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    expect(await readPrivateFile(join(folder, "nothing"), self)).toBeNull();
    await removePrivateFile(join(folder, "nothing"));
  });

  it("aren't read when they belong to somebody else", async () => {
    const path = join(folder, "report.json");
    writeFileSync(path, "{}");
    const { uid, gid } = statSync(path);
    await expect(readPrivateFile(path, { uid: uid + 64_001, gid })).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    expect(await readPrivateFile(path, { uid, gid })).toBe("{}");
    await writePrivateFile(path, "new", { uid, gid });
    expect(statSync(path)).toMatchObject({ uid, gid });
  });
});

describe("generation files", () => {
  it("keep what was given out, in order of age, and forget old idle ones", async () => {
    const files = generationFiles(runtimePaths(folder));
    expect(await files.list()).toEqual([]);
    for (const id of ["g1", "g2", "g10", "g3"])
      await files.write({ id, release: null, database: "acme", webPort: 20_000, websocketPort: null });
    expect((await files.list()).map((generation) => generation.id)).toEqual(["g1", "g2", "g3", "g10"]);
    expect(await files.read("g2")).toMatchObject({ id: "g2", database: "acme" });
    expect(await files.read("g4")).toBeNull();
    await files.prune(new Set(["g1"]), 1);
    expect((await files.list()).map((generation) => generation.id)).toEqual(["g1", "g10"]);
  });
});

describe("free ports", () => {
  it("are free, differ, leave out what is taken, and are looked for in the same place again", async () => {
    const first = await freePorts(2, "acme/g1", new Set());
    expect(new Set(first).size).toBe(2);
    for (const port of first) expect(await isFree(port)).toBe(true);
    expect(await freePorts(2, "acme/g1", new Set())).toEqual(first);
    expect(await freePorts(2, "acme/g1", new Set([first[0] as number]))).not.toContain(first[0]);
  });

  it("pass over one that somebody listens on", async () => {
    const [port] = (await freePorts(1, "acme/g7", new Set())) as [number];
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    expect(await isFree(port)).toBe(false);
    expect(await freePorts(1, "acme/g7", new Set())).not.toContain(port);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("boundedLog", () => {
  it("keeps everything below the bound", () => {
    const log = boundedLog(1_000);
    for (let line = 0; line < 50; line++) log.add(`line ${line}`);
    expect(log.text()).toEqual({ log: Array.from({ length: 50 }, (_, line) => `line ${line}`).join("\n"), cut: false });
  });

  it("above it keeps beginning and end and says how much is missing", () => {
    const log = boundedLog(200);
    for (let line = 0; line < 30_000; line++) log.add(`line ${line}`);
    const { log: text, cut } = log.text();
    expect(cut).toBe(true);
    expect(text.startsWith("line 0\nline 1\n")).toBe(true);
    expect(text.endsWith("line 29998\nline 29999")).toBe(true);
    expect(text).toMatch(/… \d+ lines left out …/);
    expect(text.length).toBeLessThan(260);
  });
});
