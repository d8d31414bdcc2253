import type { FunctionDeclaration, ScriptSource } from "../../domain/release/module-source.ts";
import { functionDeclaration } from "./declarations-file.ts";
import { isVersionDirectory } from "./migration-scripts.ts";
import { sqlIn } from "./python-body.ts";
import type { PackageNames } from "./python-names.ts";
import type { FileScope } from "./python-scope.ts";
import type { FunctionStatement } from "./python-syntax.ts";

/** `migrations/<version>/<file>.py` and `upgrades/…`: Odoo looks no deeper (`modules/migration.py`). */
const script = /^(?:migrations|upgrades)\/([^/]+)\/([^./][^/]*\.py)$/;

export function isScriptPath(path: string): boolean {
  return /^(?:migrations|upgrades)\//.test(path);
}

/** @param scopeOf null: the file can't be read */
export function migrationSources(
  paths: readonly string[],
  scopeOf: (path: string) => FileScope | null,
  names: PackageNames,
): ScriptSource[] {
  return paths
    .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .flatMap((file) => {
      const [, version, name] = script.exec(file) ?? [];
      if (version === undefined || name === undefined || version === "tests") return [];
      const [, stage] = /^(pre|post|end)-/.exec(name) ?? [];
      const scope = scopeOf(file);
      return [
        {
          file,
          version,
          stage: (stage as ScriptSource["stage"] | undefined) ?? null,
          versionReadable: isVersionDirectory(version),
          migrate: scope === null ? null : migrateOf(scope, names),
        },
      ];
    });
}

/** With what the functions of the same file do that it calls, and with the texts that stand outside of functions. */
function migrateOf(scope: FileScope, names: PackageNames): FunctionDeclaration | null {
  const migrate = scope.functions.get("migrate");
  if (migrate === undefined) return null;
  const reading = { scope, names, line: scope.line };
  const done = new Set<FunctionStatement>();
  const all: FunctionDeclaration[] = [];
  const waiting = [migrate];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (done.has(next)) continue;
    done.add(next);
    const read = functionDeclaration(next, reading);
    all.push(read);
    for (const call of read.calls)
      waiting.push(...(scope.functions.get(call) === undefined ? [] : [scope.functions.get(call) as FunctionStatement]));
  }
  const outside = scope.parsed.statements.flatMap((one) => (one.kind === "assign" ? sqlIn(scope.parsed.tokens, one) : []));
  const unclear = [...all.flatMap((one) => [...(one.unclear ?? []), ...wrappersOf(one, scope)]), ...reboundIn(all, scope)];
  const imported = all.flatMap((one) => one.imported ?? []);
  const own = new Set(all.map(({ name }) => name));
  return {
    ...(all[0] as FunctionDeclaration),
    calls: [...new Set(all.flatMap(({ calls }) => calls))].filter((call) => !own.has(call) || call === "migrate"),
    sql: [...new Set([...all.flatMap(({ sql }) => sql), ...outside])],
    ...(imported.length > 0 ? { imported } : {}),
    ...(unclear.length > 0 ? { unclear: [...new Set(unclear)] } : {}),
  };
}

const harmlessWrappers =
  /^(?:openupgrade\.(?:migrate|logging)|(?:contextlib\.)?contextmanager|staticmethod|(?:functools\.)?(?:lru_)?cache)$/;

/** A decorator may run anything before and after. */
function wrappersOf({ decorators = [] }: FunctionDeclaration, scope: FileScope): string[] {
  const known = ({ name }: { readonly name: string }): boolean =>
    harmlessWrappers.test(name) && (!name.startsWith("openupgrade.") || scope.imports.get("openupgrade") === "openupgradelib.openupgrade");
  return decorators.filter((one) => !known(one)).map(({ name }) => `@${name}`);
}

/** Which of several definitions runs can't be told. */
function reboundIn(all: readonly FunctionDeclaration[], scope: FileScope): string[] {
  return all
    .filter(({ name }) => scope.rebound.has(name) || scope.constants.has(name) || scope.imports.has(name))
    .map(({ name }) => `def ${name}`);
}
