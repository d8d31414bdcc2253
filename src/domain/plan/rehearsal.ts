import type { Digest } from "../shared/digest.ts";
import type { Json } from "../shared/canonical-json.ts";
import type { Plan } from "./plan.ts";

/** A rehearsal that is older counts no more: data grow, and so does what an update does to them. */
export const rehearsalAgeMsMax: number = 7 * 24 * 3_600_000;

/** What a rehearsal was made of, and on. On any other ground it says nothing. */
export interface RehearsedGround {
  readonly release: Digest;
  readonly base: Digest;
  /** By name, as plans have them among their exact facts. */
  readonly facts: Readonly<Record<string, Json>>;
}

/** Exact facts of a plan of which each can change what an update does. The OID isn't among them: a swap changes it, and nothing else. */
export const groundFacts = ["serving release", "installed modules", "schema fingerprint", "customisation fingerprint"] as const;

export function groundOf(plan: Pick<Plan, "to" | "baseDigest" | "facts">): RehearsedGround {
  const facts = Object.fromEntries(groundFacts.map((name) => [name, plan.facts.exact[name] ?? null]));
  return { release: plan.to.digest, base: plan.baseDigest, facts };
}

/**
 * Why a rehearsal no longer counts, one phrase each; empty: it does.
 *
 * @param ageMs how long ago it was made
 */
export function expiredBecause(
  rehearsed: RehearsedGround,
  ground: RehearsedGround,
  ageMs: number,
  same: (a: Json, b: Json) => boolean,
): string[] {
  return [
    ...(rehearsed.release === ground.release ? [] : ["it was of another release"]),
    ...(rehearsed.base === ground.base ? [] : ["the base (Odoo, Python, configuration) is another one now"]),
    ...groundFacts
      .filter((name) => !same(rehearsed.facts[name] ?? null, ground.facts[name] ?? null))
      .map((name) => `${name} changed since`),
    ...(ageMs <= rehearsalAgeMsMax ? [] : ["it is older than 7 days"]),
  ];
}
