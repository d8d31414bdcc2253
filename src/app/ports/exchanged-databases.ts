import { z } from "zod";
import { candidateName } from "../../domain/rollout/names.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { ItemContext } from "./step.ts";
import type { DatabaseInfo, DatabaseMark } from "./tenant-database.ts";

const claimSchema = z.object({ live: z.object({ oid: z.number() }) });
const checkpointSchema = z.object({ candidate: z.object({ oid: z.number() }) });

/** OID of the database that was live when the deployment began, as the claim saw it. */
export function originalOid(cx: Pick<ItemContext, "outputOf">): number {
  return claimSchema.parse(cx.outputOf("claim")).live.oid;
}

/** OID of the clone that the checkpoint made of it. */
export function candidateOid(cx: Pick<ItemContext, "outputOf">): number {
  return checkpointSchema.parse(cx.outputOf("checkpoint")).candidate.oid;
}

/** What this deployment, in this epoch, writes on a database. */
export function markOf(cx: Pick<ItemContext, "environment" | "deployment">, role: DatabaseMark["role"]): DatabaseMark {
  return { environment: cx.environment.name, deployment: cx.deployment.id, epoch: cx.deployment.epoch, role };
}

/**
 * Which of the two answers to the live name now.
 *
 * @throws STATE_UNEXPECTED when it is neither
 */
export async function whichIsLive(
  cx: ItemContext<"tenant-database">,
  database: string,
): Promise<{ readonly which: "original" | "candidate"; readonly live: DatabaseInfo }> {
  const live = (await cx.use["tenant-database"].databases()).find((item) => item.name === database);
  const [original, candidate] = [originalOid(cx), candidateOid(cx)];
  if (live?.oid === original) return { which: "original", live };
  if (live?.oid === candidate) return { which: "candidate", live };
  throw new PlimsollError("STATE_UNEXPECTED", `${database} is neither the original nor the updated clone.`, {
    why: `Its OID is ${live?.oid ?? "unknown"}; the original has ${original}, the clone ${candidate}.`,
    fix: "Somebody else renamed databases. Nothing was touched; put the names right by hand, then resume.",
  });
}

/** Links into the live tree what only the clone's tree has, if there is one; adds only. @returns how many files */
export async function linkKeptFiles(cx: ItemContext<"filestore">, database: string): Promise<number> {
  const kept = candidateName(database, cx.deployment.id);
  if (!(await cx.use.filestore.exists(kept))) return 0;
  return (await cx.use.filestore.linkMissing(kept, database, { signal: cx.signal })).linked;
}
