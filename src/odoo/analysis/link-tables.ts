import type { CatalogueSnapshot } from "../../domain/fleet/catalogue-snapshot.ts";

/** Tables without an `id`, which only link others (many2many), with the tables that their foreign keys refer to. */
export function linkTables(snapshot: CatalogueSnapshot): Map<string, readonly string[]> {
  const links = new Map<string, string[]>(
    snapshot.tables.filter((table) => !(`${table}.id` in snapshot.columns)).map((table) => [table, []]),
  );
  for (const [name, definition] of Object.entries(snapshot.constraints)) {
    const target = /^FOREIGN KEY \([^)]*\) REFERENCES (\S+?)\(/.exec(definition)?.[1];
    if (target !== undefined) links.get(name.slice(0, name.lastIndexOf(".")))?.push(target);
  }
  return links;
}

/** Links between records of configuration alone: an update sets them as the release's data says. Users' group memberships aren't among them. */
export function configurationLinks(snapshot: CatalogueSnapshot): Set<string> {
  const all = [...linkTables(snapshot)];
  return new Set(
    all
      .filter(([, targets]) => targets.length > 1 && targets.every((target) => target === "res_groups" || target.startsWith("ir_")))
      .map(([table]) => table),
  );
}
