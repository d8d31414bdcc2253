import type { Change } from "../domain/change/change.ts";
import type { Plan } from "../domain/plan/plan.ts";
import type { Release } from "../domain/release/release.ts";
import type { Deployment } from "../domain/rollout/deployment.ts";
import type { Digest } from "../domain/shared/digest.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { EnvironmentRecord, StoreReads } from "./ports/store.ts";

const namesShownMax = 10;

/** @throws NOT_FOUND naming those that exist */
export async function findEnvironment(store: StoreReads, name: string): Promise<EnvironmentRecord> {
  const found = await store.environment(name);
  if (found !== null) return found;
  const names = (await store.environments()).map((environment) => environment.spec.name);
  throw new PlimsollError("NOT_FOUND", `There is no environment "${name}".`, {
    why: existing("environment", names),
    fix: "Declare it: plimsoll apply -f environment.yaml",
  });
}

/** @throws NOT_FOUND naming those that exist */
export async function findRelease(store: StoreReads, nameOrDigest: string): Promise<Release> {
  const found = await store.release(nameOrDigest);
  if (found !== null) return found;
  const names = (await store.releases()).map((release) => release.name);
  throw new PlimsollError("NOT_FOUND", `There is no release "${nameOrDigest}".`, {
    why: existing("release", names),
    fix: "Create it: plimsoll release create NAME --addons DIR",
  });
}

/** @throws NOT_FOUND */
export async function findChange(store: StoreReads, id: string): Promise<Change> {
  const found = await store.change(id);
  if (found !== null) return found;
  throw new PlimsollError("NOT_FOUND", `There is no change ${id}.`, { fix: "List them: plimsoll change list" });
}

/** @throws NOT_FOUND */
export async function findPlan(store: StoreReads, digest: Digest): Promise<Plan> {
  const found = await store.plan(digest);
  if (found !== null) return found;
  throw new PlimsollError("NOT_FOUND", `There is no plan ${digest}.`, { fix: "Plan the change: plimsoll change plan CHANGE" });
}

/** @throws NOT_FOUND */
export async function findDeployment(store: StoreReads, id: string): Promise<Deployment> {
  const found = await store.deployment(id);
  if (found !== null) return found;
  throw new PlimsollError("NOT_FOUND", `There is no deployment ${id}.`, {
    fix: "The change names its deployment: plimsoll change show CHANGE",
  });
}

function existing(noun: string, names: readonly string[]): string {
  if (names.length === 0) return `No ${noun} exists yet.`;
  const more = names.length > namesShownMax ? `, and ${names.length - namesShownMax} more` : "";
  return `The ${noun}s are ${names.slice(0, namesShownMax).join(", ")}${more}.`;
}
