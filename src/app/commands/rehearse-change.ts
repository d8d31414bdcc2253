import type { Change } from "../../domain/change/change.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { requireNotBegun } from "../change-state.ts";
import { findChange } from "../find.ts";
import { putNewChange } from "../new-change.ts";
import type { Actor, UseCase } from "../use-case.ts";
import type { World } from "../world.ts";
import { approveChange } from "./approve-change.ts";
import { planChange } from "./plan-change.ts";
import { runChange, type StartedChange } from "./run-change.ts";

export interface RehearseChangeInput {
  /** The change to rehearse. */
  readonly change: string;
  /** `dump` disturbs nobody; `template` makes users wait while the database is cloned. */
  readonly copy: "dump" | "template";
}

/**
 * Creates, plans, approves and starts a rehearsal of a change: a change of its own, which touches nothing live but what
 * `copy: template` says, so whoever asks for it approves it too.
 */
export const rehearseChange: UseCase<RehearseChangeInput, StartedChange> = {
  id: "rehearse-change",
  permission: "change:run",

  async handler(world, actor, input, progress) {
    const rehearsed = await findChange(world.store, input.change);
    requireRehearsable(rehearsed);
    const { environment, release, agreedRemovals } = rehearsed.spec;
    const rehearsal = await world.store.transaction((tx) =>
      putNewChange(world, actor, tx, {
        kind: "rehearsal",
        spec: { environment, release, agreedRemovals, rehearses: rehearsed.id, copy: input.copy },
        reason: `Rehearsal of ${rehearsed.id}`,
      }),
    );
    try {
      const { digest } = await planChange.handler(world, actor, { change: rehearsal.id }, progress);
      await approveChange.handler(world, actor, { change: rehearsal.id, digest }, progress);
      return await runChange.handler(world, actor, { change: rehearsal.id }, progress);
    } catch (error) {
      await cancel(world, actor, rehearsal.id);
      throw error;
    }
  },
};

function requireRehearsable(change: Change): void {
  if (change.kind !== "release") {
    throw new PlimsollError("INPUT_INVALID", `${change.id} is a ${change.kind}, which can't be rehearsed.`, {
      fix: "Rehearse a change of the kind release.",
    });
  }
  requireNotBegun(change);
}

/** One that couldn't begin is over: another attempt is another rehearsal. */
async function cancel(world: World, actor: Actor, id: string): Promise<void> {
  await world.store.transaction(async (tx) => {
    const change = await findChange(tx, id);
    if (change.deployment !== null || change.state === "cancelled") return;
    await tx.putChange({ ...change, state: "cancelled" });
    await tx.append({
      actor: actor.name,
      type: "change.cancelled",
      subjectKind: "change",
      subject: id,
      environment: change.spec.environment,
      deployment: null,
      data: { from: change.state, reason: "The rehearsal could not begin." },
    });
  });
}
