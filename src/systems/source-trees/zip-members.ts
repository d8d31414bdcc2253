import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { nameOf, shownName } from "./names.ts";
import type { ZipMember } from "./found-module.ts";

/** A file in a zip file, as its central directory has it (PKWARE APPNOTE 4.3.12). */
export interface ZipEntry {
  /** As written; null: not UTF-8. */
  readonly name: string | null;
  readonly shown: string;
  /** null: packed or sealed in a way that wheels don't use. */
  readonly member: ZipMember | null;
  readonly sizeBytes: number;
  readonly isLink: boolean;
}

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const endBytes = 22;
const entryBytes = 46;
const commentBytesMax = 0xffff;
const directoryBytesMax = 64 * 1024 * 1024;
const fileTypeMask = 0o170000;
const linkType = 0o120000;

/**
 * Lists a zip file's members, nothing unpacked.
 *
 * @throws INPUT_INVALID for what isn't a zip file, or has the form for more than 4 GiB or 65,535 members
 */
export function readZipMembers(file: string, shown: string): readonly ZipEntry[] {
  const descriptor = openSync(file, "r");
  try {
    const size = fstatSync(descriptor).size;
    const tail = read(descriptor, Math.max(0, size - endBytes - commentBytesMax), Math.min(size, endBytes + commentBytesMax));
    const end = endRecord(tail, shown);
    if (end.directoryBytes > directoryBytesMax || end.directoryOffset + end.directoryBytes > size)
      throw noZip(shown, "its table of contents isn't where it should be");
    return entries(read(descriptor, end.directoryOffset, end.directoryBytes), end.count, shown);
  } finally {
    closeSync(descriptor);
  }
}

function endRecord(
  tail: Buffer,
  shown: string,
): { readonly count: number; readonly directoryBytes: number; readonly directoryOffset: number } {
  for (let at = tail.length - endBytes; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== endSignature || at + endBytes + tail.readUInt16LE(at + 20) !== tail.length) continue;
    const end = {
      count: tail.readUInt16LE(at + 10),
      directoryBytes: tail.readUInt32LE(at + 12),
      directoryOffset: tail.readUInt32LE(at + 16),
    };
    if (end.count === 0xffff || end.directoryOffset === 0xffffffff) throw noZip(shown, "it has the form for very large files (zip64)");
    return end;
  }
  throw noZip(shown, "it has no table of contents");
}

function entries(directory: Buffer, count: number, shown: string): readonly ZipEntry[] {
  const found: ZipEntry[] = [];
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + entryBytes > directory.length || directory.readUInt32LE(at) !== entrySignature)
      throw noZip(shown, "its table of contents is broken");
    const nameLength = directory.readUInt16LE(at + 28);
    const next = at + entryBytes + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (next > directory.length) throw noZip(shown, "its table of contents is broken");
    const name = directory.subarray(at + entryBytes, at + entryBytes + nameLength);
    found.push({
      name: nameOf(name),
      shown: shownName(nameOf(name) ?? name),
      member: memberAt(directory, at),
      sizeBytes: directory.readUInt32LE(at + 24),
      isLink: ((directory.readUInt32LE(at + 38) >>> 16) & fileTypeMask) === linkType,
    });
    at = next;
  }
  return found;
}

function memberAt(directory: Buffer, at: number): ZipMember | null {
  const isSealed = (directory.readUInt16LE(at + 8) & 1) === 1;
  const method = directory.readUInt16LE(at + 10);
  if (isSealed || (method !== 0 && method !== 8)) return null;
  return {
    offset: directory.readUInt32LE(at + 42),
    compressedBytes: directory.readUInt32LE(at + 20),
    method: method === 0 ? "stored" : "deflated",
    crc32: directory.readUInt32LE(at + 16),
  };
}

function read(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const got = readSync(descriptor, bytes, done, length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return bytes.subarray(0, done);
}

function noZip(shown: string, what: string): PlimsollError {
  return new PlimsollError("INPUT_INVALID", `${shown} can't be read as a wheel or zip file: ${what}.`, {
    fix: "Give a folder of modules, or a wheel as pip downloads it.",
    facts: { source: shown },
  });
}
