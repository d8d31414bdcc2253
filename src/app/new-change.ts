import type { Change } from "../domain/change/change.ts";
import type { StoreTransaction } from "./ports/store.ts";
import type { Actor } from "./use-case.ts";
import type { World } from "./world.ts";

/** A draft with an id of its own, on record with all that it asks for. */
export async function putNewChange(
  world: World,
  actor: Actor,
  tx: StoreTransaction,
  asked: Pick<Change, "kind" | "spec" | "reason">,
): Promise<Change> {
  const change: Change = {
    id: await tx.nextChangeId(),
    kind: asked.kind,
    state: "draft",
    spec: asked.spec,
    reason: asked.reason,
    requestedBy: actor.name,
    createdAt: world.clock.now(),
    planDigest: null,
    approvedDigest: null,
    approvedBy: null,
    deployment: null,
  };
  const { environment, agreedRemovals, ...further } = change.spec;
  await tx.putChange(change);
  await tx.append({
    actor: actor.name,
    type: "change.created",
    subjectKind: "change",
    subject: change.id,
    environment,
    deployment: null,
    data: { kind: change.kind, reason: change.reason, agreedRemovals: { ...agreedRemovals }, ...further },
  });
  return change;
}
