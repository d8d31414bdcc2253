import type { Json } from "../../domain/shared/canonical-json.ts";
import { isDigest, type Digest } from "../../domain/shared/digest.ts";

/** Two machines' clocks differ; a row counted that was there before is better than one that is missed. */
const clockSkewMs = 5_000;

/** What a deployment's own record says about the moment from which writes are lost. */
export interface LossBasis {
  /** When users were let in, by Plimsoll's clock; null: the record doesn't show that they were. */
  readonly reopenedAt: string | null;
  /** From when on rows count as lost, by the database's own clock where that is known. */
  readonly since: string | null;
  /** Row writes by table at the swap; null: not recorded. */
  readonly counters: Readonly<Record<string, number>> | null;
  /** Evidence of what waited to be sent when the old database was closed; null: not recorded. */
  readonly outbox: Digest | null;
}

/** Reads the outputs of the steps `reopen`, `swap` and `checkpoint`. Those of earlier versions have less in them. */
export function lossBasis(outputOf: (step: "reopen" | "swap" | "checkpoint") => Json | undefined): LossBasis {
  const reopenedAt = text(member(outputOf("reopen"), "reopenedAt"));
  const swappedAt = text(member(outputOf("swap"), "swappedAt"));
  const outbox = member(outputOf("checkpoint"), "outbox");
  return {
    reopenedAt,
    since: swappedAt ?? (reopenedAt === null ? null : new Date(Date.parse(reopenedAt) - clockSkewMs).toISOString()),
    counters: numbers(member(outputOf("swap"), "counters")),
    outbox: typeof outbox === "string" && isDigest(outbox) ? outbox : null,
  };
}

function member(value: Json | undefined, name: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Json | undefined })[name]
    : undefined;
}

function text(value: Json | undefined): string | null {
  return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? value : null;
}

function numbers(value: Json | undefined): Readonly<Record<string, number>> | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"));
}
