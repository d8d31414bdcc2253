import type { AnalysedSide } from "../../../app/ports/analysis-kind.ts";
import type { DataRecord, DataValue, ModuleSource } from "../../../domain/release/module-source.ts";
import type { Registry } from "../../../domain/release/registry.ts";
import { canonicalValue } from "./data-value.ts";

/** What all data files together say of one record. */
export class DeclaredValues {
  /** In load order. */
  readonly #declarations: DataRecord[];
  #values: ReadonlyMap<string, DataValue> | null = null;
  #module: string;

  constructor(module: string, first: DataRecord) {
    this.#declarations = [first];
    this.#module = module;
  }

  get model(): string {
    return this.last.model;
  }

  /** The last value of each field counts. */
  get values(): ReadonlyMap<string, DataValue> {
    this.#values ??= new Map(this.#declarations.flatMap(({ values }) => Object.entries(values)));
    return this.#values;
  }

  get last(): DataRecord {
    return this.#declarations.at(-1) as DataRecord;
  }

  /** Of the last declaration. */
  get module(): string {
    return this.#module;
  }

  /** As the first declaration says: Odoo never changes it afterwards. */
  get noupdate(): boolean {
    return this.#declarations[0]?.noupdate === true;
  }

  add(module: string, declaration: DataRecord): void {
    this.#declarations.push(declaration);
    this.#module = module;
    this.#values = null;
  }
}

const bySide = new WeakMap<AnalysedSide, ReadonlyMap<string, DeclaredValues>>();

/** What the side's modules declare. */
export function declaredBy(side: AnalysedSide): ReadonlyMap<string, DeclaredValues> {
  const known = bySide.get(side);
  if (known !== undefined) return known;
  const declared = declaredValues(side.order.flatMap((name) => side.universe.get(name) ?? []));
  bySide.set(side, declared);
  return declared;
}

/** @param sources in load order */
export function declaredValues(sources: Iterable<ModuleSource>): Map<string, DeclaredValues> {
  const declared = new Map<string, DeclaredValues>();
  for (const { name, data } of sources)
    for (const { entries } of data)
      for (const entry of entries) {
        if (entry.entry !== "record" || entry.xmlid === null) continue;
        const known = declared.get(entry.xmlid);
        if (known === undefined) declared.set(entry.xmlid, new DeclaredValues(name, entry));
        else known.add(name, entry);
      }
  return declared;
}

/** Fields that `after` gives another value than `before`, sorted. What isn't given any more stays as it is, so it is no difference. */
export function changedFields(before: DeclaredValues | undefined, after: DeclaredValues, registry: Registry): string[] {
  const fields = registry.models.get(after.model)?.fields;
  return [...after.values]
    .filter(([name, value]) => {
      const old = before?.values.get(name);
      const type = fields?.get(name)?.type ?? null;
      return old === undefined || canonicalValue(old, type) !== canonicalValue(value, type);
    })
    .map(([name]) => name)
    .sort();
}
