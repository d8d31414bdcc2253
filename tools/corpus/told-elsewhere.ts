import type { CatalogueSnapshot } from "../../src/domain/fleet/catalogue-snapshot.ts";
import type { ChangedRecord } from "./record-content.ts";

export interface ToldGround {
  readonly before: CatalogueSnapshot;
  readonly after: CatalogueSnapshot;
  /** xmlids of which the prediction says that something happens. */
  readonly predicted: ReadonlySet<string>;
}

/**
 * Did nothing of a record change but what a prediction tells by something else? Links of a many2many are seen from both ends, and the files
 * speak of one; what stands in a column that came or went is the schema's.
 */
export function isToldElsewhere({ model, fields }: ChangedRecord, ground: ToldGround): boolean {
  const { before, after } = ground;
  return Object.entries(fields).every(([name, values]) => {
    const [old, now] = [before, after].map((side) => side.fields[`${model}.${name}`]?.kind);
    if ((old === undefined) !== (now === undefined)) return true;
    const [type, comodel] = now?.split(" ") ?? [];
    return type === "many2many" && comodel !== undefined && areLinksTold(comodel, values, ground);
  });
}

function areLinksTold(
  comodel: string,
  [old, now]: readonly [string | null, string | null],
  { before, after, predicted }: ToldGround,
): boolean {
  const [was, is] = [idsIn(old), idsIn(now)];
  const differing = [...was.filter((id) => !is.includes(id)), ...is.filter((id) => !was.includes(id))];
  return differing.every((id) => [after, before].some((side) => xmlidsOf(side, comodel, id).some((xmlid) => predicted.has(xmlid))));
}

const idsIn = (text: string | null): number[] => (text ?? "").split(" ").filter(Boolean).map(Number);

function xmlidsOf(side: CatalogueSnapshot, model: string, id: number): string[] {
  return Object.entries(side.records).flatMap(([xmlid, record]) => (record.model === model && record.id === id ? [xmlid] : []));
}
