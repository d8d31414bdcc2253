import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { OutboxRepeat } from "../../domain/recovery/loss-receipt.ts";
import { columnsOf } from "./loss-reads.ts";

/** Only what still waits is touched: what left meanwhile, or was cancelled by somebody, stays as it is. */
const cancelling: Readonly<Record<OutboxRepeat["kind"], { readonly table: string; readonly sql: string }>> = {
  mail: {
    table: "mail_mail",
    sql: "UPDATE mail_mail SET state = 'cancel', write_date = now() AT TIME ZONE 'UTC' WHERE id = ANY ($1::int[]) AND state = 'outgoing' RETURNING id",
  },
  sms: {
    table: "sms_sms",
    sql: "UPDATE sms_sms SET state = 'canceled', write_date = now() AT TIME ZONE 'UTC' WHERE id = ANY ($1::int[]) AND state = 'outgoing' RETURNING id",
  },
  job: {
    table: "queue_job",
    sql: "UPDATE queue_job SET state = 'cancelled' WHERE id = ANY ($1::int[]) AND state IN ('wait_dependencies', 'pending', 'enqueued') RETURNING id",
  },
  // A scheduled action isn't cancelled: the one run that was due is left out.
  cron: {
    table: "ir_cron",
    sql: `UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + (interval_number || ' ' || interval_type)::interval
      WHERE id = ANY ($1::int[]) AND nextcall <= now() AT TIME ZONE 'UTC' RETURNING id`,
  },
};

/** Marks exactly these rows as cancelled, in a session that may write. @returns how many still waited */
export async function cancelOutbox(sql: SqlReader, repeats: readonly OutboxRepeat[]): Promise<number> {
  let cancelled = 0;
  for (const [kind, { table, sql: statement }] of Object.entries(cancelling)) {
    const ids = repeats.filter((repeat) => repeat.kind === kind).map((repeat) => repeat.id);
    if (ids.length === 0 || (await columnsOf(sql, table)).size === 0) continue;
    cancelled += (await sql.query(statement, [ids])).length;
  }
  return cancelled;
}
