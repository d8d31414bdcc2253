import { once } from "node:events";
import type { FoundModule } from "./found-module.ts";
import { type ParsedModule, unparsedModule } from "./parse-module.ts";
import type { ParseAnswer, ParseThread } from "./parse-thread.ts";

export interface ParsePool {
  readonly threads: number;
  readonly startThread: () => ParseThread;
  /** After it a thread is ended, and its module counts as unparsed. */
  readonly parseMsMax: number;
}

/** Below this another thread takes longer to start than it saves. */
const bytesPerThreadMin = 512 * 1024;

/**
 * Parses modules in threads, the largest first, so that they end together. A module that takes too long, or that breaks its thread, costs
 * nobody but itself.
 *
 * @returns in the order of the modules
 */
export async function parseModules(modules: readonly FoundModule[], pool: ParsePool): Promise<readonly ParsedModule[]> {
  const parsed: ParsedModule[] = [];
  const bytes = modules.map((module) => module.files.reduce((sum, file) => sum + file.sizeBytes, 0));
  const turns = turnsOf(modules);
  const queue = modules.map((_, index) => index);
  queue.sort((a, b) => (turns[b] ?? 0) - (turns[a] ?? 0) || (bytes[a] ?? 0) - (bytes[b] ?? 0));
  const total = bytes.reduce((sum, one) => sum + one, 0);
  const lanes = Math.min(pool.threads, modules.length, Math.max(1, Math.floor(total / bytesPerThreadMin)));
  const lane = async (): Promise<void> => {
    let thread: ParseThread | null = null;
    try {
      for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
        const module = modules[index] as FoundModule;
        thread ??= pool.startThread();
        const answer = await ask(thread, module, pool.parseMsMax);
        if (answer.ended) {
          await thread.terminate();
          thread = null;
        }
        parsed[index] = answer.parsed;
      }
    } finally {
      await thread?.terminate();
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return parsed;
}

/**
 * The how manieth of its name each is. A release and its predecessor have most modules in common: by the turn of the second the first
 * is parsed, and two threads don't parse the same at the same time.
 */
function turnsOf(modules: readonly FoundModule[]): readonly number[] {
  const seen = new Map<string, number>();
  return modules.map(({ name }) => {
    const turn = seen.get(name) ?? 0;
    seen.set(name, turn + 1);
    return turn;
  });
}

async function ask(
  thread: ParseThread,
  module: FoundModule,
  parseMsMax: number,
): Promise<{ readonly parsed: ParsedModule; readonly ended: boolean }> {
  const late = AbortSignal.timeout(parseMsMax);
  const settled = new AbortController();
  const signal = AbortSignal.any([late, settled.signal]);
  const ends = once(thread, "exit", { signal }).then(() => {
    throw new Error("its thread ended");
  });
  ends.catch(() => undefined);
  try {
    // `once` rejects with the error that ends the thread: out of memory, for instance.
    const answered = once(thread, "message", { signal });
    thread.postMessage(module);
    const [answer] = (await Promise.race([answered, ends])) as [ParseAnswer];
    if (!answer.ok) return { parsed: unparsedModule(module, `Reading the module broke: ${answer.what}.`), ended: false };
    return { parsed: { ...answer.parsed, packed: answer.packed === null ? null : Buffer.from(answer.packed.buffer) }, ended: false };
  } catch (cause) {
    const what = late.aborted
      ? `took longer than ${parseMsMax / 1000} s`
      : `broke: ${cause instanceof Error ? cause.message : String(cause)}`;
    return { parsed: unparsedModule(module, `Reading the module ${what}.`), ended: true };
  } finally {
    settled.abort();
  }
}
