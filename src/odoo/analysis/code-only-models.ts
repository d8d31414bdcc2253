import type { Base } from "../../domain/release/release.ts";
import type { PythonClass } from "../../domain/release/source-model.ts";
import { modelsOf } from "./code-only-classes.ts";
import { isLoadingModel } from "./code-only-names.ts";
import { loadedPython, type CodeWorld } from "./code-only-world.ts";

/** Models of which any change counts: they make tables or views themselves, or take part in loading modules; and all that inherit from them or that they inherit from. */
export function loadTimeModels(base: Base, worlds: readonly CodeWorld[]): ReadonlySet<string> {
  const classes = worlds.flatMap((world) =>
    loadedPython(world).flatMap(([, file]) => file.statements.filter((one) => one.kind === "class")),
  );
  const models = classes.map((one) => ({ ...modelsOf(one), own: makesItsTable(one) }));
  const found = new Set([...(base.loadTimeModels ?? []), ...models.flatMap((one) => (one.own ? one.names : []))]);
  for (const one of models) for (const name of [...one.names, ...one.inherits]) if (isLoadingModel(name)) found.add(name);
  // `base` is a part of every model, so inheriting from it would make every model count.
  grow(found, models, (one) => (one.inherits.some((name) => name !== "base" && found.has(name)) ? one.names : []));
  // The methods of what they inherit from are theirs too; other models that inherit from the same aren't concerned.
  const all = new Set([...found, ...(base.loadTimeMixins ?? [])]);
  grow(all, models, (one) => (one.names.some((name) => all.has(name)) ? one.inherits : []));
  return all;
}

function grow<T>(names: Set<string>, models: readonly T[], more: (one: T) => readonly string[]): void {
  for (let before = -1; before !== names.size;) {
    before = names.size;
    for (const one of models) for (const name of more(one)) names.add(name);
  }
}

/** `init`, `_auto_init`, `_auto = False` or a query in place of a table. */
function makesItsTable(one: PythonClass): boolean {
  return one.members.some((member) => {
    if (member.kind === "function") return /^(?:init|_auto_init|_table_query|_init_column|_register_hook)$/.test(member.name);
    if (member.kind !== "assignment") return false;
    const names = member.targets ?? [];
    return (
      names.includes("_table_query") ||
      names.includes("init") ||
      names.includes("_auto_init") ||
      (names.includes("_auto") && !/\u0001True\u0001/.test(member.text))
    );
  });
}
