import { activeStates } from "../../domain/rollout/deployment.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { findEnvironment } from "../find.ts";
import type { EnvironmentRecord } from "../ports/store.ts";
import { settleRepeats, type OutboxChoice } from "../settle-repeats.ts";
import type { UseCase } from "../use-case.ts";
import type { World } from "../world.ts";

export interface LiftHoldInput {
  readonly environment: string;
  readonly reason: string;
  /** What is done about what would leave twice; needed when there is something. */
  readonly outbox?: OutboxChoice | undefined;
}

export interface LiftedHold {
  readonly record: EnvironmentRecord;
  /** Sentences on what was settled and started. */
  readonly notes: readonly string[];
}

/**
 * A person has looked at what a recovery left behind: changes may run again. Background work that stayed stopped starts first,
 * so that a hold is never lifted over an environment without it.
 */
export const liftHold: UseCase<LiftHoldInput, LiftedHold> = {
  id: "lift-hold",
  permission: "environment:lift-hold",

  async handler(world, actor, input, progress) {
    const record = await findEnvironment(world.store, input.environment);
    const { held } = record;
    if (held === null) throw notHeld(record);
    const notes: string[] = [];
    if (held.backgroundStopped) {
      await requireNoActive(world, record);
      notes.push(...(await settleRepeats(world, { record, hold: held, outbox: input.outbox })));
      progress(`${record.spec.name}: starting scheduled actions`);
      await startBackground(world, record);
      notes.push("Background work runs again: scheduled actions and queues.");
    }
    return world.store.transaction(async (tx) => {
      const now = await findEnvironment(tx, input.environment);
      // Another recovery may have held it since: that one wasn't looked at.
      if (now.held?.deployment !== held.deployment || now.held.since !== held.since) throw notHeld(now);
      await tx.holdEnvironment(now.spec.name, null);
      await tx.append({
        actor: actor.name,
        type: "environment.hold-lifted",
        subjectKind: "environment",
        subject: now.spec.name,
        environment: now.spec.name,
        deployment: held.deployment,
        data: { reason: input.reason, held: held as unknown as Json, notes },
      });
      return { record: { ...now, held: null }, notes };
    });
  },
};

async function startBackground(world: World, { spec, generation, release, epoch }: EnvironmentRecord): Promise<void> {
  const runtime = await world.openRuntime(spec);
  // After a K0 change the release on record isn't the one that the processes were started with.
  const known = (await runtime.generations()).find((status) => status.generation.id === generation);
  await runtime.startBackground(known?.generation ?? (await runtime.prepare(generation, release, spec.database.name)), epoch);
}

/** A deployment at work decides for itself what runs. */
async function requireNoActive(world: World, { spec }: EnvironmentRecord): Promise<void> {
  const [active] = await world.store.deployments({ environment: spec.name, states: activeStates, limit: 1 });
  if (active === undefined) return;
  throw new PlimsollError("DEPLOYMENT_RUNNING", `${active.id} of ${active.change} is at work on ${spec.name}.`, {
    why: "Lifting the hold starts background work, and that must not happen in the middle of a deployment.",
    fix: `Watch it: plimsoll change watch ${active.change}`,
    liftedBy: `the end of ${active.id}`,
    facts: { deployment: active.id, state: active.state, environment: spec.name },
  });
}

function notHeld({ spec, held }: EnvironmentRecord): PlimsollError {
  return new PlimsollError("CONFLICT", held === null ? `${spec.name} isn't held.` : `${spec.name} was held anew.`, {
    why: held === null ? "Changes may run there." : `${held.deployment} was recovered since: ${held.reason}`,
    fix: `See it: plimsoll environment show ${spec.name}`,
    facts: { environment: spec.name },
  });
}
