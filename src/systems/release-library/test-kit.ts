import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { moduleReader } from "../../odoo/source/module-reader.ts";
import type { ReleaseLibrary } from "../../app/ports/release-library.ts";
import { createProcesses } from "../process/run.ts";
import { createReleaseLibrary, type ReleaseLibraryOptions } from "./release-library.ts";

export function openLibrary(scratch: string, limits: ReleaseLibraryOptions["limits"] = {}): ReleaseLibrary {
  return createReleaseLibrary({ directory: join(scratch, "library"), processes: createProcesses(), reader: moduleReader, limits });
}

/** Writes files below the scratch directory. @returns path of the folder */
export function writeTree(scratch: string, folder: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    const file = join(scratch, folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return join(scratch, folder);
}

export function refusal(code: string, message: string): unknown {
  return expect.objectContaining({ code, message: expect.stringContaining(message) as unknown });
}
