import type { LossCount, LossFacts } from "../../domain/fleet/loss-facts.ts";
import type { LossLine, LossReceipt, Outbox, OutboxRepeat } from "../../domain/recovery/loss-receipt.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import { businessWords } from "./business-words.ts";

export interface LossSetting {
  readonly environment: string;
  readonly deployment: string;
  readonly database: string;
  readonly since: string;
  readonly until: string;
  /** Row writes by table at the swap; null: they weren't recorded. */
  readonly countersBefore: Readonly<Record<string, number>> | null;
  readonly repeats: readonly OutboxRepeat[];
  readonly export: Digest | null;
  /** What whoever read it has to add. */
  readonly notes: readonly string[];
}

/** A loss receipt out of what was counted. Pure: the same facts give the same receipt. */
export function lossReceipt(loss: LossFacts, setting: LossSetting): LossReceipt {
  const lines = loss.counts
    .filter((count) => count.created + count.changed > 0)
    .map((count) => ({ ...lineOf(count), minor: businessWords(count, count.created + count.changed).minor }))
    .sort((a, b) => rowsOf(b) - rowsOf(a) || (a.model < b.model ? -1 : a.model > b.model ? 1 : a.words < b.words ? -1 : 1));
  const other = otherWrites(loss, setting.countersBefore);
  const notes = [
    ...setting.notes,
    ...(loss.uncounted.length > 0
      ? [
          `${loss.uncounted.length} tables could not be counted in time (${listed(loss.uncounted)}); their writes are among the other writes.`,
        ]
      : []),
    ...other.notes,
  ];
  return {
    formatVersion: 1,
    environment: setting.environment,
    deployment: setting.deployment,
    database: setting.database,
    since: setting.since,
    until: setting.until,
    lines: lines.map(({ minor: _minor, ...line }) => line),
    otherWrites: other.count,
    attachments: loss.attachments,
    mailsSent: loss.mailsSent,
    repeats: setting.repeats,
    sentence: sentenceOf(lines, other.count, loss.attachments.files, loss.uncounted.length > 0),
    export: setting.export,
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** Tables whose rows belong into the export, those of people's own work first; attachments are named there, their files are kept. */
export function exportedTables(loss: LossFacts): { readonly model: string; readonly table: string; readonly rows: number }[] {
  const tables = new Map<string, { readonly model: string; readonly table: string; readonly rows: number; readonly minor: boolean }>();
  for (const count of loss.counts) {
    const before = tables.get(count.table);
    const minor = (before?.minor ?? true) && businessWords(count, 1).minor;
    tables.set(count.table, { model: count.model ?? count.table, table: count.table, rows: (before?.rows ?? 0) + rowsOf(count), minor });
  }
  const attachments = { model: "ir.attachment", table: "ir_attachment", rows: loss.attachments.files };
  return [
    ...[...tables.values()]
      .filter((table) => table.rows > 0)
      .sort((a, b) => Number(a.minor) - Number(b.minor) || (a.table < b.table ? -1 : 1))
      .map(({ model, table, rows }) => ({ model, table, rows })),
    ...(attachments.rows > 0 ? [attachments] : []),
  ];
}

/** What a receipt has to say about what it doesn't know: an export that isn't whole, an outbox that nobody listed. */
export function receiptNotes(leftOut: Readonly<Record<string, number>>, outbox: Outbox | null): string[] {
  return [...exportNotes(leftOut), ...outboxNotes(outbox)];
}

function exportNotes(leftOut: Readonly<Record<string, number>>): string[] {
  const models = Object.entries(leftOut);
  const rows = models.reduce((sum, [, count]) => sum + count, 0);
  if (rows === 0) return [];
  return [`The export leaves out ${rows} rows, of ${listed(models.map(([model, count]) => `${model} (${count})`))}: it has a bound.`];
}

function outboxNotes(outbox: Outbox | null): string[] {
  if (outbox === null)
    return ["What waited to be sent when the old database was closed wasn't recorded, so what would be sent twice can't be told."];
  return outbox.leftOut === 0 ? [] : [`${outbox.leftOut} more mails, messages or jobs waited to be sent and weren't listed.`];
}

/** Rows that a receipt counts by their dates. */
export function rowsLost(receipt: LossReceipt): number {
  return receipt.lines.reduce((sum, line) => sum + rowsOf(line), 0);
}

/** Loss goes on while somebody reads; so much more than was agreed to is another decision. */
const growthBound = { share: 0.2, rows: 10 } as const;

/** @returns why the loss isn't any more the one that was agreed to; null: it is */
export function grownBeyond(agreed: LossReceipt, now: LossReceipt): string | null {
  const before = rowsLost(agreed);
  const after = rowsLost(now);
  const repeated = now.repeats.length - agreed.repeats.length;
  if (after - before <= growthBound.rows || after <= before * (1 + growthBound.share)) return null;
  return `${before} records would have been lost when it was agreed to, now ${after}: ${now.sentence}${repeated > 0 ? `; ${repeated} more would be sent twice` : ""}.`;
}

function lineOf(count: LossCount): LossLine {
  return {
    model: count.model ?? count.table,
    table: count.table,
    words: businessWords(count, count.created + count.changed).words,
    created: count.created,
    changed: count.changed,
    examples: count.examples,
  };
}

function rowsOf(line: Pick<LossLine, "created" | "changed">): number {
  return line.created + line.changed;
}

/** Writes that PostgreSQL counted, less one for each row that a date shows. Technical tables are in here on purpose. */
function otherWrites(
  loss: LossFacts,
  before: LossSetting["countersBefore"],
): { readonly count: number | null; readonly notes: readonly string[] } {
  if (before === null) {
    return { count: null, notes: ["PostgreSQL's counters weren't recorded at the swap, so deletions and plain SQL can't be told."] };
  }
  const reset = Object.entries(before).some(([table, writes]) => (loss.counters[table] ?? 0) < writes);
  if (reset) {
    return {
      count: null,
      notes: [
        "PostgreSQL's counters began anew since the swap (a crash, or somebody reset them), so deletions and plain SQL can't be told.",
      ],
    };
  }
  const dated = new Map<string, number>();
  for (const count of loss.counts) dated.set(count.table, (dated.get(count.table) ?? 0) + count.created + count.changed);
  const count = Object.entries(loss.counters).reduce(
    (sum, [table, writes]) => sum + Math.max(0, writes - (before[table] ?? 0) - (dated.get(table) ?? 0)),
    0,
  );
  return { count, notes: [] };
}

const namedMax = 4;

function sentenceOf(
  lines: readonly (LossLine & { readonly minor: boolean })[],
  other: number | null,
  files: number,
  incomplete: boolean,
): string {
  const named = lines.filter((line) => !line.minor).slice(0, namedMax);
  const rest = lines.filter((line) => !named.includes(line)).reduce((sum, line) => sum + rowsOf(line), 0);
  const records = [
    ...named.map((line) => line.words),
    ...(rest === 0 ? [] : [named.length === 0 ? plural(rest, "record") : plural(rest, "other record")]),
    ...(files === 0 ? [] : [plural(files, "attachment")]),
  ];
  const unseen = other === null ? "other writes unknown" : other === 0 ? null : plural(other, "other write");
  const uncounted = incomplete ? "not everything could be counted" : null;
  if (records.length === 0 && unseen === null && uncounted === null) return "nothing";
  return [joined(records), unseen, uncounted].filter((part) => part !== null && part !== "").join("; ");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function listed(names: readonly string[]): string {
  return names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
}
