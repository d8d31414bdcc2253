import type { CodeProofBreach } from "../../domain/impact/impact.ts";
import { breach, type CodeWorld } from "./code-only-world.ts";

/**
 * Keys that may differ. The version is recorded as a lag. Texts of the list of apps (`get_values_from_terp`) lag as well: nothing works with
 * them, and they are written again whenever anything else updates the module. `assets` are read from the manifest itself. The rest Odoo
 * doesn't read at all. Not among them: category, licence, sequence and application, which aren't texts but records and switches.
 */
const freeKeys: ReadonlySet<string> = new Set([
  "version",
  "name",
  "summary",
  "description",
  "author",
  "maintainer",
  "maintainers",
  "contributors",
  "website",
  "url",
  "live_test_url",
  "support",
  "development_status",
  "assets",
]);

const clauses: Readonly<Record<string, string>> = {
  depends: "depends-changed",
  data: "data-list-changed",
  demo: "data-list-changed",
  init_xml: "data-list-changed",
  update_xml: "data-list-changed",
  demo_xml: "data-list-changed",
  external_dependencies: "external-dependencies-changed",
  pre_init_hook: "hook-changed",
  post_init_hook: "hook-changed",
  uninstall_hook: "hook-changed",
  post_load: "hook-changed",
  auto_install: "auto-install-changed",
};

const hookKeys = ["pre_init_hook", "post_init_hook", "uninstall_hook", "post_load"];

export function manifestBreaches(module: string, before: CodeWorld, after: CodeWorld): CodeProofBreach[] {
  const path = `${module}/__manifest__.py`;
  const [old, now] = [before.sources.manifests.get(module), after.sources.manifests.get(module)];
  if (old === undefined || old === null || now === undefined || now === null)
    return [breach("manifest-unreadable", path, null, "The manifest can't be read.")];
  const keys = [...new Set([...old.keys(), ...now.keys()])].filter((key) => !freeKeys.has(key) && old.get(key) !== now.get(key)).sort();
  return keys.map((key) => breach(clauses[key] ?? "manifest-changed", path, null, `The manifest's "${key}" is different.`));
}

/** Names of functions that the hooks of a module may mean: as the manifest says, and what these names stand for in the module's own file. */
export function hookFunctions(module: string, world: CodeWorld): string[] {
  const manifest = world.sources.manifests.get(module);
  const named = hookKeys.flatMap((key) => manifest?.get(key)?.replaceAll('"', "") ?? []);
  const statements = world.sources.python.get(`${module}/__init__.py`)?.statements ?? [];
  const meant = statements.flatMap((statement) => {
    if (statement.kind === "import") return statement.imported.flatMap(({ name, as }) => (named.includes(as) ? [name] : []));
    if (statement.kind === "assignment" && statement.targets?.some((name) => named.includes(name)) === true)
      return [...statement.names, ...statement.attributes];
    return [];
  });
  return [...named, ...meant];
}
