import type { Registry } from "../../../domain/release/registry.ts";
import { xmlidsIn } from "./data-value.ts";
import type { DeclaredValues } from "./declared-values.ts";

/**
 * Records on the other side of a many2many that changes: a new group that names the administrator among its users changes the
 * administrator too, noupdate or not.
 *
 * @param old what the files said of a record that is created, changed or deleted; undefined: nothing
 * @param now the same of the new files
 * @param written fields that the update writes; null: all
 * @returns xmlid → its fields that show the link
 */
export function linkedRecords(
  old: DeclaredValues | undefined,
  now: DeclaredValues | undefined,
  written: readonly string[] | null,
  registry: Registry,
): Map<string, Set<string>> {
  const linked = new Map<string, Set<string>>();
  const fields = registry.models.get((now ?? old)?.model ?? "")?.fields;
  for (const name of written ?? new Set([...(old?.values.keys() ?? []), ...(now?.values.keys() ?? [])])) {
    const field = fields?.get(name);
    if (field?.relation === null || field?.relation === undefined) continue;
    const { table, column1, column2 } = field.relation;
    const inverses = [...(registry.models.get(field.comodel ?? "")?.fields.values() ?? [])].filter(
      ({ relation }) => relation?.table === table && relation.column1 === column2 && relation.column2 === column1,
    );
    if (inverses.length === 0) continue;
    const [before, after] = [new Set(xmlidsIn(old?.values.get(name))), new Set(xmlidsIn(now?.values.get(name)))];
    for (const xmlid of new Set([...before, ...after])) {
      if (before.has(xmlid) && after.has(xmlid)) continue;
      const known = linked.get(xmlid) ?? new Set<string>();
      for (const inverse of inverses) known.add(inverse.name);
      linked.set(xmlid, known);
    }
  }
  return linked;
}
