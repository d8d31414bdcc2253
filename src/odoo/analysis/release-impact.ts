import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { CodeProof, Impact } from "../../domain/impact/impact.ts";
import type { NothingPredicted, PredictedUpdate } from "../../domain/impact/prediction.ts";
import type { Base, Release } from "../../domain/release/release.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { computeImpact } from "./impact.ts";

/** What of the facts of planning an impact follows from. */
export interface ReleaseGround {
  readonly tenant: TenantFacts;
  readonly base: Base;
  /** The base on record is that of the last update; null: none is on record. */
  readonly environment: { readonly baseDigest: Digest | null; readonly lag: readonly ModuleLag[] };
  readonly from: Release | null;
  readonly to: Release;
  readonly codeProof: CodeProof | null;
  /** absent: nobody has read the releases yet. */
  readonly prediction?: PredictedUpdate | NothingPredicted;
}

/** The same for a change and its rehearsal. */
export function impactOf(ground: ReleaseGround): Impact {
  const { tenant, base, from, to, codeProof, prediction } = ground;
  return computeImpact({
    facts: tenant,
    base,
    baseChanged: isBaseChanged(ground),
    from: from?.content ?? null,
    to: to.content,
    codeProof,
    ...(prediction === undefined ? {} : { prediction }),
    lag: ground.environment.lag,
  });
}

/** Is the base another one than that of the last update? */
export function isBaseChanged({ base, environment: { baseDigest } }: Pick<ReleaseGround, "base" | "environment">): boolean {
  return baseDigest !== null && baseDigest !== base.digest;
}
