import { z } from "zod";
import type { LossExport, LossReceipt, Outbox } from "../../../domain/recovery/loss-receipt.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import { isTechnical } from "../../../odoo/analysis/business-words.ts";
import { lossBasis } from "../../../odoo/analysis/loss-basis.ts";
import { exportedTables, grownBeyond, lossReceipt as receiptOf, receiptNotes } from "../../../odoo/analysis/loss-receipt.ts";
import { outboxRepeats } from "../../../odoo/analysis/outbox.ts";
import { readReceiptFacts } from "../../../odoo/inventory/receipt-reads.ts";

type Input = { readonly database: string };
type Output = { readonly receipt: Digest; readonly sentence: string; readonly repeats: number };
type Needs = "tenant-database" | "evidence-store";

/** Users wait meanwhile. */
const countingMsMax = 15_000;

/** What going back discards, counted while nobody writes and kept with the rows themselves, before anything is taken back. */
export const lossReceipt: StepKind<Input, Output, Needs> = {
  id: "loss-receipt",
  summary: "Count and export what would be lost",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["tenant-database", "evidence-store"],
  limits: { timeoutMs: 120_000, attempts: 2 },
  interruptedInHold: "finish",

  // Reading again is the way to know.
  async observe() {
    return { state: "not-started" };
  },

  async apply(cx, input) {
    const evidence = cx.use["evidence-store"];
    cx.progress(null, "counting what would be lost");
    const receipt = await measure(cx, input).catch((error: unknown) => {
      throw uncounted(error);
    });
    const digest = await evidence.put(receipt as unknown as Json);
    cx.evidence("receipt", digest);
    await refuseMoreThanAgreed(cx, receipt, digest);
    return { receipt: digest, sentence: receipt.sentence, repeats: receipt.repeats.length };
  },

  // It only read; the receipt stays as a record of what would have been lost.
  async undo() {},

  describe: (input) => `Count what was written to ${input.database} since users were let in, and export those rows.`,
};

async function measure(cx: ItemContext<Needs>, { database }: Input): Promise<LossReceipt> {
  const evidence = cx.use["evidence-store"];
  const basis = lossBasis((step) => cx.outputOf(step));
  const since = basis.since ?? cx.clock.now();
  const outbox = basis.outbox === null ? null : ((await evidence.get(basis.outbox)) as unknown as Outbox);
  const { loss, rows, states } = await cx.use["tenant-database"].read(database, (sql) =>
    readReceiptFacts(sql, { since, outbox, technical: isTechnical, exported: exportedTables, countingMsMax }),
  );
  const until = loss.until ?? cx.clock.now();
  const whole: LossExport = { formatVersion: 1, since, until, ...rows };
  return receiptOf(loss, {
    environment: cx.environment.name,
    deployment: cx.deployment.id,
    database,
    since: basis.reopenedAt ?? since,
    until,
    countersBefore: basis.counters,
    repeats: outbox === null ? [] : outboxRepeats(outbox, states),
    export: Object.keys(rows.models).length === 0 ? null : await evidence.put(whole as unknown as Json),
    notes: receiptNotes(rows.leftOut, outbox),
  });
}

/** Policy waives the agreement, never the receipt itself: unseen nothing is taken back, and a person decides. */
function uncounted(error: unknown): unknown {
  if (!(error instanceof PlimsollError)) return error;
  const why = `Without knowing that, nothing is taken back.${error.text.why === undefined ? "" : ` ${error.text.why}`}`;
  return new PlimsollError(error.code, `What would be lost can't be counted: ${error.message}`, { ...error.text, why }, error);
}

/** Nobody agreed to more than they read. Policy agreed to whatever the first minutes bring. */
async function refuseMoreThanAgreed(cx: ItemContext<Needs>, receipt: LossReceipt, digest: Digest): Promise<void> {
  const agreed = cx.recovery?.receipt ?? null;
  if (agreed === null) return;
  const read = (await cx.use["evidence-store"].get(agreed)) as unknown as LossReceipt;
  const grown = grownBeyond(read, receipt);
  if (grown === null) return;
  throw new PlimsollError("LOSS_GREW", "More would be lost now than was agreed to; nothing was taken back.", {
    why: grown,
    fix: `Read the new receipt, then agree to it: plimsoll change receipt ${cx.deployment.change}`,
    liftedBy: "a person who agrees to the new receipt",
    facts: { agreed, receipt: digest },
  });
}
