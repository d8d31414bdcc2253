import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Filestore } from "../../src/app/ports/filestore.ts";
import { expectRefused } from "./refusal.ts";

export interface FilestoreCase {
  readonly filestore: Filestore;
  /** The live database; its tree has `put` files. */
  readonly live: string;
  put(database: string, file: string, bytes: string): Promise<void>;
  /** Names of a tree's files, sorted; `checklist/` included. */
  list(database: string): Promise<string[]>;
  readonly close: () => Promise<void>;
}

/** Attachment trees: links only come, the live tree never goes. */
export function filestoreConforms(name: string, make: () => Promise<FilestoreCase>): void {
  describe(`filestore: ${name}`, () => {
    let given: FilestoreCase;
    const { signal } = new AbortController();
    let copy: string;
    const link = (from: string, to: string): Promise<{ readonly linked: number }> => given.filestore.linkMissing(from, to, { signal });

    beforeEach(async () => {
      given = await make();
      copy = `${given.live}_pl_d1`;
      await given.put(given.live, "ab/ab01", "invoice");
      await given.put(given.live, "cd/cd02", "contract");
      await given.put(given.live, "checklist/cd/cd02", "");
    });
    afterEach(async () => {
      await given.close();
    });

    it("measures a tree", async () => {
      const { files, bytes, diskFreeBytes } = await given.filestore.measure(given.live);
      expect(files).toBe(3);
      expect(bytes).toBeGreaterThan(0);
      expect(diskFreeBytes).toBeGreaterThan(0);
      await expectRefused(given.filestore.measure("nowhere"), "FILESTORE_MISSING");
    });

    it("says whether hard links can be made", async () => {
      await given.filestore.checkLinks(given.live);
      expect(await given.list(given.live)).toHaveLength(3);
    });

    it("links everything, then only what is missing", async () => {
      expect(await given.filestore.exists(copy)).toBe(false);
      expect(await link(given.live, copy)).toEqual({ linked: 3 });
      expect(await given.list(copy)).toEqual(await given.list(given.live));
      await given.put(given.live, "ef/ef03", "late");
      expect(await link(given.live, copy)).toEqual({ linked: 1 });
      expect(await link(given.live, copy)).toEqual({ linked: 0 });
      expect(await given.filestore.exists(copy)).toBe(true);
    });

    it("adds only: what the target has beyond the source stays", async () => {
      await link(given.live, copy);
      await given.put(copy, "aa/aa09", "bundle");
      await link(given.live, copy);
      expect(await given.list(copy)).toContain("aa/aa09");
      expect(await link(copy, given.live)).toEqual({ linked: 1 });
      expect(await given.list(given.live)).toContain("aa/aa09");
    });

    it("stops when told", async () => {
      await expect(given.filestore.linkMissing(given.live, copy, { signal: AbortSignal.abort() })).rejects.toThrow();
    });

    it("removes a deployment's tree, once or twice, and never the live one", async () => {
      await link(given.live, copy);
      await given.filestore.remove(copy);
      await given.filestore.remove(copy);
      expect(await given.filestore.exists(copy)).toBe(false);
      await expectRefused(given.filestore.remove(given.live), "STATE_UNEXPECTED");
      await given.put("somebody_else", "ab/ab01", "theirs");
      await expectRefused(given.filestore.remove("somebody_else"), "STATE_UNEXPECTED");
      expect(await given.list("somebody_else")).toHaveLength(1);
      expect(await given.list(given.live)).toHaveLength(3);
    });
  });
}
