/** A view as the database has it (`ir_ui_view`). */
export interface TenantView {
  readonly id: number;
  /** `module.name`; null: no module owns it, a person or Studio made it. */
  readonly xmlid: string | null;
  readonly key: string | null;
  readonly name: string;
  readonly model: string | null;
  readonly type: string;
  readonly mode: "primary" | "extension";
  readonly inheritId: number | null;
  readonly priority: number;
  readonly active: boolean;
  /** `arch_db` in the source language. */
  readonly arch: string;
  /** Edited in place since its module gave it (`arch_updated`). */
  readonly edited: boolean;
}

/** What people made of a tenant's records, so far as an update can collide with it. */
export interface TenantContent {
  readonly views: readonly TenantView[];
  /** `module.name` of records with an xmlid that somebody other than the superuser wrote last; views have a mark of their own. */
  readonly editedRecords: readonly string[];
  /** xmlids whose record isn't there any more. */
  readonly missingRecords: readonly string[];
  /** Models that couldn't be read within the bounds, sorted: of them it isn't known. Absent: none. */
  readonly unread?: readonly string[];
}
