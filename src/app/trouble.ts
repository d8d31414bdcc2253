import type { Deployment } from "../domain/rollout/deployment.ts";
import { boundaryOf, hasReopenedIn, holdsIn } from "../domain/rollout/recovery.ts";
import type { StoreReads } from "./ports/store.ts";

/** Why a deployment stands still, and what its users have meanwhile. */
export interface Trouble {
  readonly reason: string;
  /** `unknown`: the record is older than the environment. */
  readonly users: "on-the-old-release" | "waiting" | "on-the-new-release" | "unknown";
}

const eventsMax = 10_000;

/** @returns null for one that needs no person */
export async function troubleOf(store: StoreReads, deployment: Deployment): Promise<Trouble | null> {
  if (deployment.state !== "needs-person") return null;
  return { reason: deployment.reason ?? "It gave no reason.", users: await usersOf(store, deployment) };
}

async function usersOf(store: StoreReads, { id, planDigest, holdStartedAt, holdEndedAt }: Deployment): Promise<Trouble["users"]> {
  const runs = await store.itemRuns(id);
  const plan = await store.plan(planDigest);
  const boundary = plan === null ? Infinity : boundaryOf(plan);
  if (hasReopenedIn(runs, "recovery", boundary)) return "on-the-old-release";
  const events = await store.events({ deployment: id, limit: eventsMax });
  if (events.some(({ type }) => type === "deployment.ledger-behind")) return "unknown";
  if (hasReopenedIn(runs, "plan", boundary) || events.some(({ type }) => type === "deployment.new-and-verified"))
    return holdsIn(runs, "recovery", boundary) ? "waiting" : "on-the-new-release";
  return holdStartedAt !== null && holdEndedAt === null ? "waiting" : "on-the-old-release";
}
