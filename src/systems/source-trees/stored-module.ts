import { crc32 } from "node:zlib";
import type { DataFile, ManifestSource, ModuleSource } from "../../domain/release/module-source.ts";
import type { Digest } from "../../domain/shared/digest.ts";

const newLine = Buffer.from("\n");

/** A parsed module as bytes: a line that names it and sums it up, a line with its manifest, one with its data files, one with the rest. */
export function packModule(digest: Digest, source: ModuleSource): Buffer {
  const { manifest, data, ...rest } = source;
  return pack(digest, [manifest, data, rest]);
}

/**
 * The module that `packModule` packed. Its data files, four fifths of everything, are parsed when somebody asks for them.
 *
 * @returns null for anything else: another module, a part of it, or altered bytes
 */
export function unpackModule(digest: Digest, bytes: Buffer): ModuleSource | null {
  const lines = unpack(digest, bytes);
  if (lines === null) return null;
  const [manifest, packedData, rest] = lines;
  let data: readonly DataFile[] | null = null;
  return {
    ...(parsed(rest) as Omit<ModuleSource, "manifest" | "data">),
    manifest: parsed(manifest) as ManifestSource | null,
    get data(): readonly DataFile[] {
      data ??= parsed(packedData) as readonly DataFile[];
      return data;
    },
  };
}

/** As `unpackModule`, its manifest alone. */
export function unpackManifest(digest: Digest, bytes: Buffer): { readonly manifest: ManifestSource | null } | null {
  const lines = unpack(digest, bytes);
  return lines === null ? null : { manifest: parsed(lines[0]) as ManifestSource | null };
}

/** Values under a name, one a line, behind a line with the name, their sum and their length. */
export function pack(name: string, values: readonly unknown[]): Buffer {
  // Each by itself: one long text would be copied several times.
  const lines = values.flatMap((value) => [Buffer.from(JSON.stringify(value)), newLine]);
  return Buffer.concat([Buffer.from(firstLine(name, lines)), ...lines]);
}

/** @returns the lines that `pack` made under this name; null for anything else */
export function unpack(name: string, bytes: Buffer): readonly Buffer[] | null {
  const end = bytes.indexOf("\n") + 1;
  const body = bytes.subarray(end);
  if (bytes.toString("latin1", 0, end) !== firstLine(name, [body])) return null;
  const lines: Buffer[] = [];
  for (let from = 0, to = body.indexOf("\n"); to >= 0; from = to + 1, to = body.indexOf("\n", from)) lines.push(body.subarray(from, to));
  return lines;
}

export function parsed(line: Buffer | undefined): unknown {
  return JSON.parse(line === undefined ? "null" : line.toString("utf8"));
}

function firstLine(name: string, parts: readonly Buffer[]): string {
  const sum = parts.reduce((before, part) => crc32(part, before), 0);
  const length = parts.reduce((before, part) => before + part.length, 0);
  return `plimsoll ${name} ${sum.toString(16)} ${length}\n`;
}
