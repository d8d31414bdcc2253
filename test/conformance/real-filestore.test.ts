import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createFilestore } from "../../src/systems/filestore/filestore.ts";
import { filestoreConforms } from "./filestore-suite.ts";

filestoreConforms("on a real disk", async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "plimsoll-filestore-"));
  const treeOf = (database: string): string => join(dataDirectory, "filestore", database);
  return {
    filestore: createFilestore({ dataDirectory, liveDatabase: "acme" }),
    live: "acme",
    async put(database, file, bytes) {
      await mkdir(dirname(join(treeOf(database), file)), { recursive: true });
      await writeFile(join(treeOf(database), file), bytes);
    },
    async list(database) {
      const entries = await readdir(treeOf(database), { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(treeOf(database).length + 1))
        .sort();
    },
    close: () => rm(dataDirectory, { recursive: true, force: true }),
  };
});
