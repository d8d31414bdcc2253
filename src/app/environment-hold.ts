import type { Change } from "../domain/change/change.ts";
import type { EnvironmentHold } from "../domain/fleet/environment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { StoreReads } from "./ports/store.ts";

/** Nothing takes a recovered environment forward unseen; a rehearsal never touches its users. @throws ENVIRONMENT_HELD */
export async function requireNotHeld(store: StoreReads, change: Change): Promise<void> {
  const held = (await store.environment(change.spec.environment))?.held ?? null;
  if (held === null || change.kind === "rehearsal") return;
  throw heldError(change.spec.environment, held);
}

export function liftCommand(environment: string): string {
  return `plimsoll environment lift-hold ${environment} --reason "…"`;
}

/** Says who lifts it and how. */
export function heldError(environment: string, held: EnvironmentHold): PlimsollError {
  const background = held.backgroundStopped ? " Its background work is stopped until what would be sent twice is settled." : "";
  return new PlimsollError("ENVIRONMENT_HELD", `${environment} is held since ${held.since}: ${held.deployment} was recovered.`, {
    why: `After a recovery nothing changes an environment by itself.${background} It was recovered because: ${held.reason}`,
    fix: `Look at what failed, then lift the hold: ${liftCommand(environment)}`,
    liftedBy: "a person who has looked at what failed",
    facts: { environment, deployment: held.deployment, since: held.since, backgroundStopped: held.backgroundStopped },
  });
}
