import type { EventEmitter } from "node:events";
import type { MessagePort, Worker } from "node:worker_threads";
import type { FoundModule } from "./found-module.ts";
import { ModuleCache } from "./module-cache.ts";
import { type ParsedModule, parseModule, type ReadModule } from "./parse-module.ts";

/** What is needed of a thread from outside. */
export type ParseThread = EventEmitter & Pick<Worker, "postMessage" | "terminate">;

/** What a thread is started with. */
export interface ParseThreadData {
  readonly cacheDirectory: string | null;
  readonly version: string;
  readonly fileBytesMax: number;
}

/** What a thread answers to a `FoundModule`; its bytes are moved, not copied. */
export type ParseAnswer =
  | { readonly ok: true; readonly parsed: Omit<ParsedModule, "packed">; readonly packed: Uint8Array<ArrayBuffer> | null }
  | { readonly ok: false; readonly what: string };

/** The work of a thread: one module after the other, until nothing more comes. */
export function serveParsing(port: MessagePort, data: ParseThreadData, read: ReadModule): void {
  const cache = data.cacheDirectory === null ? null : ModuleCache.open(data.cacheDirectory, data.version);
  port.on("message", (module: FoundModule) => {
    const answer = answerTo(module, read, cache, data.fileBytesMax);
    port.postMessage(answer, answer.ok && answer.packed !== null ? [answer.packed.buffer] : []);
  });
}

function answerTo(module: FoundModule, read: ReadModule, cache: ModuleCache | null, fileBytesMax: number): ParseAnswer {
  try {
    const { packed, ...parsed } = parseModule(module, read, cache, fileBytesMax);
    // Its own memory: a small Buffer is a part of a larger one that others use too.
    return { ok: true, parsed, packed: packed === null ? null : Uint8Array.from(packed) };
  } catch (cause) {
    return { ok: false, what: cause instanceof Error ? cause.message : String(cause) };
  }
}
