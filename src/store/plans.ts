import { createHash } from "node:crypto";
import type { Clock } from "../app/ports/clock.ts";
import type { Plan } from "../domain/plan/plan.ts";
import { canonicalJson, type Json } from "../domain/shared/canonical-json.ts";
import type { Digest } from "../domain/shared/digest.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Queryable } from "./connection.ts";
import { toJsonb } from "./jsonb.ts";

/** @throws PLAN_DIGEST_MISMATCH when the stored text isn't what the digest names */
export async function readPlan(db: Queryable, digest: Digest): Promise<Plan | null> {
  const { rows } = await db.query<{ canonical: string }>("select canonical from plan where digest = $1", [digest]);
  if (rows[0] === undefined) return null;
  if (sha256(rows[0].canonical) !== digest) {
    throw new PlimsollError("PLAN_DIGEST_MISMATCH", "The stored plan isn't the one that its digest names.", {
      why: "Its text in Plimsoll's database was altered after it was planned.",
      fix: "plan the change again and have it approved",
      facts: { digest },
    });
  }
  return JSON.parse(rows[0].canonical) as Plan;
}

/** @throws PLAN_DIGEST_MISMATCH when the digest names another plan */
export async function putPlan(db: Queryable, clock: Clock, digest: Digest, plan: Plan): Promise<void> {
  const canonical = canonicalJson(plan as unknown as Json);
  if (sha256(canonical) !== digest) {
    throw new PlimsollError("PLAN_DIGEST_MISMATCH", "The plan to store isn't the one that its digest names.", { facts: { digest } });
  }
  await db.query("insert into plan (digest, canonical, content, created_at) values ($1, $2, $3, $4) on conflict (digest) do nothing", [
    digest,
    canonical,
    toJsonb(plan),
    clock.now(),
  ]);
}

function sha256(text: string): Digest {
  return `sha256:${createHash("sha256").update(text, "utf8").digest("hex")}`;
}
