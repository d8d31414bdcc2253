import type { Plan } from "../../domain/plan/plan.ts";
import type { LossExport, LossReceipt, Outbox } from "../../domain/recovery/loss-receipt.ts";
import type { Deployment, ItemRun } from "../../domain/rollout/deployment.ts";
import { noWayBack, partOf, runsOf, wayBack } from "../../domain/rollout/recovery.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { isTechnical } from "../../odoo/analysis/business-words.ts";
import { lossBasis, type LossBasis } from "../../odoo/analysis/loss-basis.ts";
import { exportedTables, lossReceipt, receiptNotes } from "../../odoo/analysis/loss-receipt.ts";
import { outboxRepeats } from "../../odoo/analysis/outbox.ts";
import { readReceiptFacts } from "../../odoo/inventory/receipt-reads.ts";
import { findChange, findDeployment, findEnvironment, findPlan } from "../find.ts";
import type { StoreReads } from "../ports/store.ts";
import { recoverableRecord } from "../recoverable.ts";
import type { Progress, UseCase } from "../use-case.ts";
import type { World } from "../world.ts";

export interface MeasuredLoss {
  readonly change: string;
  readonly deployment: string;
  readonly environment: string;
  /** `now`: what a recovery would discard. `recorded`: what one did discard, as its own step counted it. `none`: a way back loses nothing. */
  readonly when: "now" | "recorded" | "none";
  readonly receipt: LossReceipt | null;
  /** What a person agrees to; null when nothing is lost. */
  readonly digest: Digest | null;
  readonly sentence: string;
  /** The rows, when they were asked for and there are any. */
  readonly rows: LossExport | null;
}

export interface MeasureLossInput {
  readonly change: string;
  /** Also the rows themselves. */
  readonly rows: boolean;
}

/** Nobody waits for it, so it may take longer than inside a hold. */
const countingMsMax = 60_000;

/** What going back from a change would discard now; after a recovery, what it did discard. */
export const measureLoss: UseCase<MeasureLossInput, MeasuredLoss> = {
  id: "measure-loss",
  permission: "change:read",

  async handler(world, _actor, input, progress) {
    const change = await findChange(world.store, input.change);
    if (change.deployment === null) {
      throw new PlimsollError("CONFLICT", `${change.id} has not run, so there is nothing to lose.`, {
        fix: `See what it would do: plimsoll change show ${change.id}`,
      });
    }
    const deployment = await findDeployment(world.store, change.deployment);
    const plan = await findPlan(world.store, deployment.planDigest);
    const runs = await world.store.itemRuns(deployment.id);
    const about = { change: change.id, deployment: deployment.id, environment: deployment.environment };
    const recorded = recordedReceipt(runs, plan, deployment);
    if (recorded !== null) {
      const receipt = await receiptOf(world, recorded);
      return {
        ...about,
        when: "recorded",
        receipt,
        digest: recorded,
        sentence: receipt.sentence,
        rows: await rowsOf(world, receipt, input),
      };
    }
    const basis = basisOf(runs, plan);
    const nothing = await nothingLost(world, deployment, plan);
    if (nothing !== null) return { ...about, when: "none", receipt: null, digest: null, sentence: nothing, rows: null };
    const receipt = await measure(world, deployment, basis, progress);
    const digest = await world.evidence.put(receipt as unknown as Json);
    return { ...about, when: "now", receipt, digest, sentence: receipt.sentence, rows: await rowsOf(world, receipt, input) };
  },
};

/** The receipt that a recovery's own step counted; null: there is none, or the recovery was itself taken back and loss goes on. */
function recordedReceipt(runs: readonly ItemRun[], plan: Plan, deployment: Pick<Deployment, "state" | "position">): Digest | null {
  if (partOf(deployment, plan.items.length) !== "recovery") return null;
  const run = runsOf(runs, "recovery", plan.items.length).findLast(({ item, state }) => item === "loss-receipt" && state === "done");
  const output = run?.output ?? null;
  if (typeof output !== "object" || output === null || !("receipt" in output)) return null;
  return output["receipt"] as Digest;
}

/** @throws STATE_UNEXPECTED when the evidence is gone or altered */
export async function receiptOf(world: World, digest: Digest): Promise<LossReceipt> {
  return (await world.evidence.get(digest)) as unknown as LossReceipt;
}

async function rowsOf(world: World, receipt: LossReceipt, input: MeasureLossInput): Promise<LossExport | null> {
  return input.rows && receipt.export !== null ? ((await world.evidence.get(receipt.export)) as unknown as LossExport) : null;
}

function basisOf(runs: readonly ItemRun[], plan: Plan): LossBasis {
  const own = runsOf(runs, "plan", plan.items.length);
  return lossBasis((step) => own.findLast(({ item, state }) => item === step && state === "done")?.output ?? undefined);
}

/**
 * @returns why a way back loses nothing; null: it does lose something
 * @throws CONFLICT when no way leads back any more, naming the boundary
 */
async function nothingLost(world: World, deployment: Deployment, plan: Plan): Promise<string | null> {
  const choice = wayBack(await recoverableRecord(world.store, deployment, plan, world.clock.now()));
  if (choice.action === "restore" || choice.action === "refuse") throw noWayBack(deployment, choice);
  return choice.action === "swap-back" ? null : choice.sentence;
}

async function measure(world: World, deployment: Deployment, basis: LossBasis, progress: Progress): Promise<LossReceipt> {
  const { spec } = await findEnvironment(world.store, deployment.environment);
  const since = basis.since ?? world.clock.now();
  const outbox = basis.outbox === null ? null : ((await world.evidence.get(basis.outbox)) as unknown as Outbox);
  progress(`counting what was written to ${spec.database.name}`);
  const { loss, rows, states } = await world.readDatabase(spec, (sql) =>
    readReceiptFacts(sql, { since, outbox, technical: isTechnical, exported: exportedTables, countingMsMax }),
  );
  const until = loss.until ?? world.clock.now();
  const whole: LossExport = { formatVersion: 1, since, until, ...rows };
  return lossReceipt(loss, {
    environment: spec.name,
    deployment: deployment.id,
    database: spec.database.name,
    since: basis.reopenedAt ?? since,
    until,
    countersBefore: basis.counters,
    repeats: outbox === null ? [] : outboxRepeats(outbox, states),
    export: Object.keys(rows.models).length === 0 ? null : await world.evidence.put(whole as unknown as Json),
    notes: receiptNotes(rows.leftOut, outbox),
  });
}

/** The loss receipt of the recovery that holds an environment; null: it had none, as when only code was changed. */
export async function receiptOfHold(world: World, store: StoreReads, id: string): Promise<LossReceipt | null> {
  const deployment = await findDeployment(store, id);
  const plan = await findPlan(store, deployment.planDigest);
  const digest = recordedReceipt(await store.itemRuns(id), plan, deployment);
  return digest === null ? null : receiptOf(world, digest);
}
