import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { Outbox, OutboxEntry } from "../../domain/recovery/loss-receipt.ts";
import { columnsOf } from "./loss-reads.ts";

/** More than so many of one kind aren't listed one by one. */
const entriesMax = 5_000;

/** What became of an entry in another copy of the database; `null`: it isn't there any more. */
export interface OutboxState {
  readonly kind: OutboxEntry["kind"];
  readonly id: number;
  readonly state: string | null;
}

interface Source {
  readonly kind: OutboxEntry["kind"];
  readonly table: string;
  /** Without any of them the table isn't Odoo's. */
  readonly columns: readonly string[];
  /** Gives rows {id, what, lastRun}. */
  readonly waiting: string;
  readonly state: string;
}

const utc = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const sources: readonly Source[] = [
  {
    kind: "mail",
    table: "mail_mail",
    columns: ["state", "email_to", "mail_message_id"],
    waiting: `SELECT t.id, concat_ws(' to ', coalesce(nullif(m.subject, ''), 'mail without subject'), nullif(t.email_to, '')) AS what, NULL AS "lastRun"
      FROM mail_mail t LEFT JOIN mail_message m ON m.id = t.mail_message_id WHERE t.state = 'outgoing'`,
    state: "state",
  },
  {
    kind: "sms",
    table: "sms_sms",
    columns: ["state", "number", "body"],
    waiting: `SELECT t.id, concat_ws(' to ', left(coalesce(nullif(t.body, ''), 'text message'), 40), t.number) AS what, NULL AS "lastRun" FROM sms_sms t WHERE t.state = 'outgoing'`,
    state: "state",
  },
  {
    kind: "job",
    table: "queue_job",
    columns: ["state", "name"],
    waiting: `SELECT t.id, coalesce(t.name, 'job ' || t.id) AS what, NULL AS "lastRun" FROM queue_job t WHERE t.state IN ('wait_dependencies', 'pending', 'enqueued')`,
    state: "state",
  },
  {
    kind: "cron",
    table: "ir_cron",
    columns: ["active", "nextcall", "lastcall", "cron_name"],
    waiting: `SELECT t.id, coalesce(t.cron_name, 'scheduled action ' || t.id) AS what, ${utc("t.lastcall")} AS "lastRun" FROM ir_cron t
      WHERE t.active AND t.nextcall <= now() AT TIME ZONE 'UTC'
        AND NOT EXISTS (SELECT 1 FROM ir_model_data d WHERE d.model = 'ir.cron' AND d.res_id = t.id AND d.module || '.' || d.name = ANY ($1))`,
    state: utc("lastcall"),
  },
];

/**
 * Scheduled actions whose effects are listed one by one (the senders of queued mails and messages), or which only clean up:
 * running them twice sends nothing twice.
 */
const harmlessCrons: readonly string[] = [
  "base.autovacuum_job",
  "base.ir_cron_res_users_deletion",
  "mail.ir_cron_mail_scheduler_action",
  "mail.ir_cron_delete_notification",
  "mail.ir_cron_discuss_channel_member_unmute",
  "sms.ir_cron_sms_scheduler_action",
  "website.website_disable_unused_snippets_assets",
];

/** What had not left the database yet, or was due in it. Tables of modules that aren't installed are simply not there. */
export async function readOutbox(sql: SqlReader): Promise<Outbox> {
  const entries: OutboxEntry[] = [];
  let leftOut = 0;
  for (const source of sources) {
    if (!(await isThere(sql, source))) continue;
    const parameters = source.kind === "cron" ? [harmlessCrons] : [];
    const rows = await sql.query<{ id: number; what: string; lastRun: string | null; total: number }>(
      `SELECT *, count(*) OVER ()::int AS total FROM (${source.waiting}) AS waiting ORDER BY id LIMIT ${entriesMax}`,
      parameters,
    );
    leftOut += Math.max(0, (rows[0]?.total ?? 0) - rows.length);
    entries.push(...rows.map(({ id, what, lastRun }) => ({ kind: source.kind, id, what: what.slice(0, 200), lastRun })));
  }
  return { formatVersion: 1, entries, leftOut };
}

/** What each of the entries is in this database: mails and jobs their state, scheduled actions when they last ran. */
export async function readOutboxStates(sql: SqlReader, outbox: Outbox): Promise<OutboxState[]> {
  const states: OutboxState[] = [];
  for (const source of sources) {
    const ids = outbox.entries.filter((entry) => entry.kind === source.kind).map((entry) => entry.id);
    if (ids.length === 0) continue;
    const rows = (await isThere(sql, source))
      ? await sql.query<{ id: number; state: string | null }>(
          `SELECT id, ${source.state} AS state FROM ${source.table} WHERE id = ANY ($1::int[]) ORDER BY id`,
          [ids],
        )
      : [];
    const byId = new Map(rows.map((row) => [row.id, row.state ?? ""]));
    states.push(...ids.map((id) => ({ kind: source.kind, id, state: byId.get(id) ?? null })));
  }
  return states;
}

async function isThere(sql: SqlReader, { table, columns }: Source): Promise<boolean> {
  const there = await columnsOf(sql, table);
  return columns.every((column) => there.has(column));
}
