import { z } from "zod";

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const unitBytes: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** `60s`, `500ms`, `30m`, `24h`, `7d` → milliseconds. */
export function duration(minMs: number, maxMs: number): z.ZodType<number, string> {
  return z.string("must be a duration with its unit, such as 60s").transform((text, context) => {
    const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
    const ms = Number(match?.[1]) * (unitMs[match?.[2] ?? ""] ?? Number.NaN);
    if (!Number.isFinite(ms)) return fail(context, "must be a duration with its unit (ms, s, m, h, d), such as 60s");
    if (ms < minMs || ms > maxMs) return fail(context, `must be between ${showMs(minMs)} and ${showMs(maxMs)}`);
    return ms;
  });
}

/** `256MiB` → bytes. */
export function size(minBytes: number, maxBytes: number): z.ZodType<number, string> {
  return z.string("must be a size with its unit, such as 256MiB").transform((text, context) => {
    const match = /^(\d{1,12})(B|KiB|MiB|GiB)$/.exec(text);
    const bytes = Number(match?.[1]) * (unitBytes[match?.[2] ?? ""] ?? Number.NaN);
    if (!Number.isFinite(bytes)) return fail(context, "must be a size with its unit (B, KiB, MiB, GiB), such as 256MiB");
    if (bytes < minBytes || bytes > maxBytes) return fail(context, `must be between ${minBytes} and ${maxBytes} bytes`);
    return bytes;
  });
}

function fail(context: z.core.$RefinementCtx, message: string): never {
  context.addIssue({ code: "custom", message });
  return z.NEVER;
}

function showMs(ms: number): string {
  const [unit] = Object.entries(unitMs).findLast(([, each]) => ms >= each && ms % each === 0) ?? ["ms"];
  return `${ms / (unitMs[unit] ?? 1)}${unit}`;
}
