import type { Digest } from "../shared/digest.ts";
import type { Json } from "../shared/canonical-json.ts";

/** What became of one business model's rows since reopening. */
export interface LossLine {
  /** `account.move` */
  readonly model: string;
  readonly table: string;
  /** In business words, for the number that was counted: `3 invoices`. */
  readonly words: string;
  readonly created: number;
  /** Rows that were there at reopening and have been written since, as their dates say. */
  readonly changed: number;
  /** Names of a few of them, for a person to recognise. */
  readonly examples: readonly string[];
}

/** Something that left, or was about to leave, the old database and was sent by the new one: going back would send it again. */
export interface OutboxRepeat {
  readonly kind: "mail" | "sms" | "cron" | "job";
  readonly id: number;
  /** `Invoice INV/2026/0012 to office@harbour.example` */
  readonly what: string;
}

/** What a recovery would discard: the business writes between reopening and now. Stated and agreed before it is taken. */
export interface LossReceipt {
  readonly formatVersion: 1;
  readonly environment: string;
  readonly deployment: string;
  readonly database: string;
  /** When users were let in. */
  readonly since: string;
  /** When it was counted. */
  readonly until: string;
  /** Only models with something to lose; the largest loss first. */
  readonly lines: readonly LossLine[];
  /**
   * Row writes that no date of a business record shows: deletions, many2many links, plain SQL, technical tables, a row written
   * twice. An estimate from PostgreSQL's own counters; null: they can't say.
   */
  readonly otherWrites: number | null;
  readonly attachments: { readonly files: number; readonly bytes: number };
  readonly mailsSent: number;
  /** What the old outbox held and the new release has sent already. */
  readonly repeats: readonly OutboxRepeat[];
  /** `3 invoices, 41 timesheet lines`, or `nothing`. */
  readonly sentence: string;
  /** The rows themselves, in the evidence store; null: none, or not exported yet. */
  readonly export: Digest | null;
  /** What this receipt doesn't know or its export leaves out: sentences; absent: nothing of the kind. */
  readonly notes?: readonly string[];
}

/** What is in the evidence store under the receipt's `export`. Values are as PostgreSQL writes them in JSON. */
export interface LossExport {
  readonly formatVersion: 1;
  readonly since: string;
  readonly until: string;
  /** Rows by model, with all their columns but for passwords, keys and tokens: those created since, and those changed, as they are now. */
  readonly models: Readonly<Record<string, readonly { readonly [column: string]: Json }[]>>;
  /** Rows by model that went over the bounds and aren't in here. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly bounds: { readonly rows: number; readonly bytes: number };
}

/** Something that waits to leave a database, or that is due there. */
export interface OutboxEntry {
  readonly kind: OutboxRepeat["kind"];
  readonly id: number;
  readonly what: string;
  /** Of a scheduled action: when it last ran, as its database says. */
  readonly lastRun: string | null;
}

/** What had not left the old database when it was closed. */
export interface Outbox {
  readonly formatVersion: 1;
  readonly entries: readonly OutboxEntry[];
  /** Entries over the bound that aren't listed. */
  readonly leftOut: number;
}
