import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createEvidenceStore } from "./evidence-store.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "plimsoll-evidence-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

describe("the evidence store", () => {
  it("gives back what was put, and one file for the same content", async () => {
    const store = createEvidenceStore({ directory });
    const digest = await store.put({ b: [1, "ü"], a: null });
    expect(await store.put({ a: null, b: [1, "ü"] })).toBe(digest);
    expect(await store.get(digest)).toEqual({ a: null, b: [1, "ü"] });
    expect(await readdir(join(directory, digest.slice(7, 9)))).toHaveLength(1);
  });

  it("refuses evidence that was altered, and says when it has none", async () => {
    const store = createEvidenceStore({ directory });
    const digest = await store.put("true");
    await writeFile(join(directory, digest.slice(7, 9), `${digest.slice(7)}.json.gz`), gzipSync('"false"'));
    await expect(store.get(digest)).rejects.toMatchObject({ code: "STATE_UNEXPECTED" });
    await expect(store.get(`sha256:${"0".repeat(64)}`)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
