import type { Change } from "../../domain/change/change.ts";
import { predictHold, type HoldPrediction } from "../../domain/plan/hold-prediction.ts";
import { groundOf, type RehearsedGround } from "../../domain/plan/rehearsal.ts";
import { findChange, findEnvironment } from "../find.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import type { RehearsalFacts } from "../ports/change-kind.ts";
import type { UseCase } from "../use-case.ts";
import type { World } from "../world.ts";
import { factsOf, rehearsalsOf, whyExpired, type Rehearsal } from "./rehearsals.ts";
import { earlierChanges } from "./rehearsed-hold.ts";

/** A rehearsal as people ask for it. */
export interface RehearsalInContext {
  readonly rehearsal: Rehearsal;
  /** null: nothing was reported. */
  readonly facts: RehearsalFacts | null;
  readonly predictedHold: HoldPrediction | null;
  /** Why it no longer counts; as far as that is known without measuring the environment again. */
  readonly expired: readonly string[];
}

/** The latest rehearsal of a change, or a rehearsal itself; null: the change was never rehearsed. */
export const showRehearsal: UseCase<{ readonly change: string }, RehearsalInContext | null> = {
  id: "show-rehearsal",
  permission: "change:read",
  async handler(world, _actor, input) {
    const change = await findChange(world.store, input.change);
    const rehearses = change.kind === "rehearsal" ? undefined : change.id;
    const all = await rehearsalsOf(world.store, change.spec.environment, rehearses);
    const rehearsal = change.kind === "rehearsal" ? all.find((each) => each.change.id === change.id) : all[0];
    return rehearsal === undefined ? null : inContext(world, change, rehearsal);
  },
};

async function inContext(world: World, change: Change, rehearsal: Rehearsal): Promise<RehearsalInContext> {
  const { report } = rehearsal;
  if (report === null) return { rehearsal, facts: null, predictedHold: null, expired: [] };
  const facts = factsOf(rehearsal, report, await earlierChanges(world.store, change.spec.environment));
  const predictedHold = predictHold({ modules: 0, databaseSizeBytes: 0, history: null, rehearsal: facts });
  const { release } = await findEnvironment(world.store, change.spec.environment);
  return { rehearsal, facts, predictedHold, expired: whyExpired(rehearsal, groundOnRecord(rehearsal, release), world.clock.now()) };
}

/** The ground of the rehearsal, with what the record says differently now; the rest is measured when the change is planned. */
function groundOnRecord(rehearsal: Rehearsal, serving: Digest | null): RehearsedGround {
  const then = groundOf(rehearsal.plan);
  return { ...then, facts: { ...then.facts, "serving release": serving } };
}
