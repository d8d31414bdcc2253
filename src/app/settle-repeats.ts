import type { EnvironmentHold } from "../domain/fleet/environment.ts";
import type { OutboxRepeat } from "../domain/recovery/loss-receipt.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import { cancelOutbox } from "../odoo/inventory/outbox-cancel.ts";
import type { EnvironmentRecord } from "./ports/store.ts";
import { receiptOfHold } from "./queries/measure-loss.ts";
import type { World } from "./world.ts";

/** `cancel`: what the new release has sent already isn't sent again. `send`: it is. */
export type OutboxChoice = "cancel" | "send";

export interface LiftingHold {
  readonly record: EnvironmentRecord;
  readonly hold: EnvironmentHold;
  /** What a person decided about what would leave twice; absent: nothing. */
  readonly outbox?: OutboxChoice | undefined;
}

/**
 * What the old outbox holds and the new release has sent already would leave a second time as soon as background work starts.
 * Called before it does, when a recovery left it stopped; what has to be settled first is settled or refused here. Done again
 * it changes nothing more.
 *
 * @returns sentences on what was settled, for whoever lifts the hold
 * @throws OUTBOX_UNSETTLED when something would leave twice and nobody said what is to be done about it
 */
export async function settleRepeats(world: World, { record, hold, outbox }: LiftingHold): Promise<readonly string[]> {
  const receipt = await receiptOfHold(world, world.store, hold.deployment);
  if (receipt === null) {
    if (outbox === "send") return ["What would leave a second time isn't known; it may, as was decided."];
    throw unknownRepeats(record, hold);
  }
  const { repeats } = receipt;
  if (repeats.length === 0) return [];
  if (outbox === undefined) throw unsettled(record, repeats);
  if (outbox === "send") return [`${things(repeats.length)} may leave a second time, as was decided.`];
  const cancelled = await world.writeDatabase(record.spec, (sql) => cancelOutbox(sql, repeats));
  const others = repeats.length - cancelled;
  return [
    `${things(cancelled)} won't leave a second time: cancelled in ${record.spec.database.name}.${others > 0 ? ` ${things(others)} no longer waited.` : ""}`,
  ];
}

const shownMax = 20;
const words: Readonly<Record<OutboxRepeat["kind"], string>> = {
  mail: "mail",
  sms: "text message",
  cron: "scheduled action",
  job: "job",
};

function unsettled({ spec }: EnvironmentRecord, repeats: readonly OutboxRepeat[]): PlimsollError {
  const shown = repeats.slice(0, shownMax).map(({ kind, what }) => `${words[kind]}: ${what}`);
  // One thing alone is named by the message itself.
  const what =
    shown.length === 1
      ? `One thing would leave ${spec.name} a second time: ${shown[0]}.`
      : `${repeats.length} things would leave ${spec.name} a second time.`;
  return new PlimsollError("OUTBOX_UNSETTLED", what, {
    why: "They waited in the old database and the new release has sent them since; background work is stopped until somebody decides.",
    because: repeats.length > shownMax ? [...shown, `and ${repeats.length - shownMax} more`] : shown,
    fix: `Leave them out with --outbox cancel, or let them leave again with --outbox send: plimsoll environment lift-hold ${spec.name} --outbox cancel --reason "…"`,
    liftedBy: "a person who says which",
    facts: { environment: spec.name, repeats: repeats.length },
  });
}

/** A recovery that was found by looking, after Plimsoll's own database was restored, has no receipt. */
function unknownRepeats({ spec }: EnvironmentRecord, hold: EnvironmentHold): PlimsollError {
  return new PlimsollError("OUTBOX_UNSETTLED", `Nobody knows what would leave ${spec.name} a second time.`, {
    why: `The recovery of ${hold.deployment} has no loss receipt on record, so what the new release had sent already isn't listed.`,
    fix: `Look at what waits in Odoo (mails, text messages, due scheduled actions) and cancel there what mustn't leave again; then: plimsoll environment lift-hold ${spec.name} --outbox send --reason "…"`,
    liftedBy: "a person who has looked",
    facts: { environment: spec.name, deployment: hold.deployment },
  });
}

function things(count: number): string {
  return count === 1 ? "1 thing" : `${count} things`;
}
