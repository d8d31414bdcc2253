import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { crc32, inflateRawSync } from "node:zlib";
import type { FoundFile, ZipMember } from "./found-module.ts";

const localHeaderBytes = 30;
const localHeaderSignature = 0x04034b50;

/**
 * The bytes of a file that was found.
 *
 * @throws an Error with a short message when it can't be read, is no file any more, or isn't what the zip file says
 */
export function readFound(file: FoundFile, fileBytesMax: number): Buffer {
  // NONBLOCK: a pipe that took the file's place since it was looked at must not stop the work for ever.
  const descriptor = openSync(file.realPath, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const facts = fstatSync(descriptor);
    if (!facts.isFile()) throw new Error("it is no file");
    if (file.member !== null) return readMember(descriptor, file.member, file.sizeBytes);
    if (facts.size > fileBytesMax) throw new Error(`it has ${facts.size} bytes`);
    return readAt(descriptor, 0, facts.size);
  } finally {
    closeSync(descriptor);
  }
}

function readMember(descriptor: number, member: ZipMember, sizeBytes: number): Buffer {
  const header = readAt(descriptor, member.offset, localHeaderBytes);
  if (header.length < localHeaderBytes || header.readUInt32LE(0) !== localHeaderSignature)
    throw new Error("its header in the zip file is broken");
  const start = member.offset + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
  // What is packed is hardly larger than what it holds, whatever the zip file says.
  if (member.compressedBytes > sizeBytes + sizeBytes / 8 + 1024) throw new Error("its size in the zip file is false");
  const packed = readAt(descriptor, start, member.compressedBytes);
  const bytes = member.method === "stored" ? packed : inflate(packed, sizeBytes);
  if (bytes.length !== sizeBytes || crc32(bytes) !== member.crc32) throw new Error("it isn't what the zip file says it is");
  return bytes;
}

function inflate(packed: Buffer, sizeBytes: number): Buffer {
  if (sizeBytes === 0) return Buffer.alloc(0);
  return inflateRawSync(packed, { maxOutputLength: sizeBytes });
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const got = readSync(descriptor, bytes, done, length - done, position + done);
    if (got === 0) break;
    done += got;
  }
  return done === length ? bytes : bytes.subarray(0, done);
}
