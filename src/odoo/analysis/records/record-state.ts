import type { AnalysedTenant } from "../../../app/ports/analysis-kind.ts";

/** A row of `ir_model_data`. */
export interface NamedRecord {
  readonly model: string;
  readonly noupdate: boolean;
  /** The same for all xmlids of one record. */
  readonly identity: string;
  /** Its record isn't there any more. */
  readonly missing: boolean;
}

/** `ir_model_data` while modules are loaded: xmlid → what it names. */
export class RecordState {
  readonly #records: Map<string, NamedRecord>;
  readonly #names = new Map<string, number>();

  constructor(records: Iterable<readonly [string, NamedRecord]>) {
    this.#records = new Map(records);
    for (const { identity } of this.#records.values()) this.#count(identity, 1);
  }

  get(xmlid: string): NamedRecord | undefined {
    return this.#records.get(xmlid);
  }

  /** `env.ref` finds a record. */
  exists(xmlid: string): boolean {
    return this.#records.get(xmlid)?.missing === false;
  }

  set(xmlid: string, record: NamedRecord): void {
    this.delete(xmlid);
    this.#records.set(xmlid, record);
    this.#count(record.identity, 1);
  }

  delete(xmlid: string): void {
    const known = this.#records.get(xmlid);
    if (known === undefined) return;
    this.#records.delete(xmlid);
    this.#count(known.identity, -1);
  }

  /** How many xmlids the record has. */
  names(identity: string): number {
    return this.#names.get(identity) ?? 0;
  }

  entries(): IterableIterator<[string, NamedRecord]> {
    return this.#records.entries();
  }

  #count(identity: string, by: number): void {
    this.#names.set(identity, this.names(identity) + by);
  }
}

/** What a tenant's database names now. Mirrors of code are identified by what they mirror, so that new xmlids find them. */
export function tenantRecords({ catalogue, content }: AnalysedTenant): [string, NamedRecord][] {
  const missing = new Set(content.missingRecords);
  const mirrored: Readonly<Record<string, ReadonlyMap<number, string>>> = {
    "ir.model": inverted(Object.entries(catalogue.models)),
    "ir.model.fields": inverted(Object.entries(catalogue.fields).map(([name, { id }]) => [name, id])),
    "ir.model.fields.selection": inverted(Object.entries(catalogue.selections)),
  };
  return Object.entries(catalogue.records).flatMap(([xmlid, { model, id, noupdate }]): [string, NamedRecord][] =>
    // Without an id it names nothing, and Odoo leaves it alone.
    id === 0 ? [] : [[xmlid, { model, noupdate, identity: `${model} ${mirrored[model]?.get(id) ?? id}`, missing: missing.has(xmlid) }]],
  );
}

function inverted(entries: readonly (readonly [string, number])[]): ReadonlyMap<number, string> {
  return new Map(entries.map(([name, id]) => [id, name]));
}
