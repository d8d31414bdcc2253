/** What one table lost of one kind of record. */
export interface LossCount {
  readonly table: string;
  /** null: no model of Odoo's has this table. */
  readonly model: string | null;
  /** The model's own label in English; null: it has none. */
  readonly label: string | null;
  /** What tells records of one table apart: `out_invoice`; null: nothing does. */
  readonly kind: string | null;
  readonly created: number;
  readonly changed: number;
  readonly examples: readonly string[];
}

/** Everything that the database itself says about what was written since a moment. */
export interface LossFacts {
  /** By the database's clock. */
  readonly until: string | null;
  readonly counts: readonly LossCount[];
  /** Tables that could not be counted in time. */
  readonly uncounted: readonly string[];
  /** Row writes by table since its statistics began: the difference to earlier ones is what was written. */
  readonly counters: Readonly<Record<string, number>>;
  readonly attachments: { readonly files: number; readonly bytes: number };
  /** Messages that left as mails, by the id of the message. */
  readonly mailsSent: number;
}
