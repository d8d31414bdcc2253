import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { LossFacts } from "../../domain/fleet/loss-facts.ts";
import type { LossExport, Outbox } from "../../domain/recovery/loss-receipt.ts";
import { readLoss } from "./loss-reads.ts";
import { readLostRows } from "./lost-rows.ts";
import { readOutboxStates, type OutboxState } from "./outbox-reads.ts";

export interface ReceiptFacts {
  readonly loss: LossFacts;
  readonly rows: Pick<LossExport, "models" | "leftOut" | "bounds">;
  readonly states: readonly OutboxState[];
}

/** Everything that a loss receipt is made of, out of one transaction, so that its numbers and its rows fit together. */
export async function readReceiptFacts(
  sql: SqlReader,
  asked: {
    /** By the database's clock. */
    readonly since: string;
    /** What waited to be sent when the old database was closed; null: not recorded. */
    readonly outbox: Outbox | null;
    readonly technical: (model: string | null, table: string) => boolean;
    /** Which of the counted tables' rows are wanted. */
    readonly exported: (loss: LossFacts) => readonly { readonly model: string; readonly table: string; readonly rows: number }[];
    readonly countingMsMax: number;
  },
): Promise<ReceiptFacts> {
  const loss = await readLoss(sql, asked.since, asked.technical, asked.countingMsMax);
  const rows = await readLostRows(sql, asked.exported(loss), asked.since);
  return { loss, rows, states: asked.outbox === null ? [] : await readOutboxStates(sql, asked.outbox) };
}
