import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { crc32, deflateRawSync } from "node:zlib";
import type { ModuleSource } from "../../domain/release/module-source.ts";
import type { SourceTrees } from "../../app/ports/source-trees.ts";
import type { ReadModule } from "./parse-module.ts";
import { type ParseThread, type ParseThreadData, serveParsing } from "./parse-thread.ts";
import { openSourceTrees, type SourceTreesOptions } from "./source-trees.ts";

/** Stands for the parsers: says which texts it was given. Some texts do to it what a hostile module might do to a parser. */
export const readTexts: ReadModule = ({ name, files, paths }): ModuleSource => {
  const texts = [...files].map(([path, text]) => `${path}=${text ?? "not UTF-8"}`);
  for (const text of files.values()) {
    if (text === "throw") throw new Error("a parser's defect");
    if (text === "hang") for (;;);
    if (text === "die") process.exit(1);
  }
  const manifest = { ...noManifest, version: files.get("__manifest__.py") ?? null };
  return {
    ...{ name, manifest, python: [], notImported: texts, data: [], translations: [], scripts: [] },
    ...{ neutralize: null, files: paths, unknowns: [], problems: [] },
  };
};

const noManifest = {
  ...{ depends: [], data: [], demo: [], autoInstall: false, installable: true, application: false, assets: {}, countries: [] },
  ...{ excludes: [], license: null, category: null, hooks: {}, entries: {}, externalDependencies: { python: [], bin: [] } },
};

/** A cache in the scratch folder, and `readTexts` in place of the parsers; real threads where they matter. */
export function openTrees(scratch: string, options: Partial<SourceTreesOptions> = {}): SourceTrees {
  return openSourceTrees({
    cacheDirectory: join(scratch, "cache"),
    version: "1",
    threads: 2,
    startThread: startInThisThread(readTexts),
    readModule: readTexts,
    settledAfterMs: -60_000,
    ...options,
  });
}

export function startInThisThread(read: ReadModule): (data: ParseThreadData) => ParseThread {
  return (data) => {
    const { port1, port2 } = new MessageChannel();
    serveParsing(port2, data, read);
    const terminate = (): Promise<number> => Promise.resolve(0).finally(() => port1.close());
    return Object.assign(port1 as unknown as ParseThread, { terminate });
  };
}

export function startThread(scratch: string): (data: ParseThreadData) => ParseThread {
  const thread = join(scratch, "thread.mjs");
  const at = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);
  writeFileSync(
    thread,
    `import { parentPort, workerData } from "node:worker_threads";
import { serveParsing } from ${at("./parse-thread.ts")};
import { readTexts } from ${at("./test-kit.ts")};
serveParsing(parentPort, workerData, readTexts);`,
  );
  return (workerData) => new Worker(thread, { workerData });
}

export function writeTree(scratch: string, folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
  for (const [path, content] of Object.entries(files)) {
    const file = join(scratch, folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return join(scratch, folder);
}

export interface ZipInput {
  readonly name: string | Buffer;
  readonly content: string | Buffer;
  /** What the table of contents claims instead of the truth. */
  readonly claims?: { readonly sizeBytes?: number; readonly crc32?: number; readonly method?: number; readonly unixMode?: number };
}

/** A zip file of members as they are given, true or not. */
export function zipOf(inputs: readonly ZipInput[]): Buffer {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, claims = {} } of inputs) {
    const bytes = Buffer.from(content as string);
    const packed = deflateRawSync(bytes);
    const nameBytes = Buffer.from(name as string);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(nameBytes.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(claims.method ?? 8, 10);
    entry.writeUInt32LE(claims.crc32 ?? crc32(bytes), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(claims.sizeBytes ?? bytes.length, 24);
    entry.writeUInt16LE(nameBytes.length, 28);
    entry.writeUInt32LE(((claims.unixMode ?? 0o100644) << 16) >>> 0, 38);
    entry.writeUInt32LE(offset, 42);
    bodies.push(local, nameBytes, packed);
    directory.push(entry, nameBytes);
    offset += local.length + nameBytes.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(inputs.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}
