import type { SourceProblem, Unknown } from "../../domain/release/module-source.ts";

/** Where the bytes of a member of a zip file lie. */
export interface ZipMember {
  /** Of the local header. */
  readonly offset: number;
  readonly compressedBytes: number;
  readonly method: "stored" | "deflated";
  readonly crc32: number;
}

/** A file whose bytes are read. */
export interface FoundFile {
  /** POSIX, relative to the module. */
  readonly path: string;
  /** Without links; of a member the zip file. */
  readonly realPath: string;
  readonly member: ZipMember | null;
  readonly sizeBytes: number;
}

/** A module that was found, nothing of it read yet. Plain data: it is handed to other threads. */
export interface FoundModule {
  readonly name: string;
  /** Path within its root; empty when the root is the module. */
  readonly place: string;
  /** For messages: the root as it was given, and the place. */
  readonly shown: string;
  /** Sorted by path. */
  readonly files: readonly FoundFile[];
  /** Every path that a text can hold, sorted. */
  readonly paths: readonly string[];
  readonly unknowns: readonly Unknown[];
  readonly problems: readonly SourceProblem[];
  /**
   * Over names, sizes, times and inodes: as long as it is the same, the bytes are taken to be the same. null: something is so new that it
   * could still be changed without a trace.
   */
  readonly stamp: string | null;
}

export interface SourceLimits {
  /** Of a file that is read. */
  readonly fileBytesMax: number;
  /** Of all files of a module that are read. */
  readonly moduleBytesMax: number;
  /** Of files and folders of a tree, read or not. */
  readonly filesMax: number;
  /** Folders inside each other. */
  readonly depthMax: number;
  /** For one module. */
  readonly parseMsMax: number;
}

/** The largest file of Odoo 19 that is read has 1.3 MB, its largest module 5 MB. */
export const defaultSourceLimits: SourceLimits = {
  fileBytesMax: 8 * 1024 * 1024,
  moduleBytesMax: 64 * 1024 * 1024,
  filesMax: 500_000,
  depthMax: 40,
  parseMsMax: 60_000,
};
