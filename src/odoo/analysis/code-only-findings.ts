import type { PythonClass, PythonFile, PythonFunction } from "../../domain/release/source-model.ts";
import { isFieldOf, methodsOf } from "./code-only-classes.ts";
import { changedFunctions } from "./code-only-python.ts";
import { loadedPython, splitPath, type CodeWorld } from "./code-only-world.ts";

/** What a code-only release leaves as it is in old rows: sentences for the plan. */
export function codeFindings(paths: readonly string[], before: CodeWorld, after: CodeWorld): string[] {
  const computes = storedComputes([before, after]);
  return paths.flatMap((path) => {
    const [old, now] = [classesOf(before.sources.python.get(path)), classesOf(after.sources.python.get(path))];
    const names = [...new Set([...now.keys(), ...old.keys()])];
    return names.flatMap((name) => {
      const changed = changedFunctions(methodsIn(old.get(name)), methodsIn(now.get(name)));
      return changed.flatMap(({ name: method, versions }) =>
        finding(`${name}.${method}`, method, versions, splitPath(path).module, computes),
      );
    });
  });
}

function methodsIn(one: PythonClass | undefined): PythonFunction[] {
  return one === undefined ? [] : methodsOf(one);
}

function classesOf(file: PythonFile | null | undefined): Map<string, PythonClass> {
  return new Map((file?.statements ?? []).flatMap((one) => (one.kind === "class" ? [[one.name, one] as const] : [])));
}

interface Computes {
  readonly stored: ReadonlySet<string>;
  readonly transient: ReadonlySet<string>;
}

function storedComputes(worlds: readonly CodeWorld[]): Computes {
  const [stored, transient] = [new Set<string>(), new Set<string>()];
  for (const world of worlds) {
    for (const [, file] of loadedPython(world)) {
      for (const statement of file.statements) {
        if (statement.kind !== "class") continue;
        for (const member of statement.members) {
          if (!isFieldOf(member)) continue;
          const keeps = member.keywords["store"] !== undefined && member.keywords["store"] !== "False";
          for (const key of ["compute", "inverse"]) {
            const name = member.keywords[key]?.replace(/^["']|["']$/g, "");
            if (name !== undefined) (keeps ? stored : transient).add(name);
          }
        }
      }
    }
  }
  return { stored, transient };
}

function finding(shown: string, method: string, versions: readonly PythonFunction[], module: string, computes: Computes): string[] {
  const decorators = versions.flatMap((one) => one.decorators.map((decorator) => decorator.name));
  const found: string[] = [];
  if (computes.stored.has(method))
    found.push(
      `Module ${module}: ${shown} computes a stored field and is different. Rows that are there keep their old values until something makes Odoo compute them again; an update wouldn't repair them either.`,
    );
  else if (!computes.transient.has(method) && (decorators.includes("api.depends") || /^_(?:compute|inverse)_/.test(method)))
    found.push(
      `Module ${module}: ${shown} may compute a stored field of another module and is different. Rows that are there would keep their old values.`,
    );
  if (decorators.includes("api.constrains"))
    found.push(`Module ${module}: the check ${shown} is different. Rows that are there aren't checked again.`);
  return found;
}
