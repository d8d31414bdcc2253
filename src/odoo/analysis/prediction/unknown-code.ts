import type { AnalysedSide } from "../../../app/ports/analysis-kind.ts";
import type { Registry } from "../../../domain/release/registry.ts";
import type { Risk } from "./code-that-runs.ts";

type RegistryUnknown = Registry["unknowns"][number];

/**
 * What can't be read in either release in the same way did its work when the database was last updated. Where its code differs, or isn't
 * known to be the same, anything may have changed.
 */
export function unknownCode(before: AnalysedSide, after: AnalysedSide, modules: ReadonlySet<string>): Risk[] {
  const same = sameCode(before, after);
  const [old, now] = [unknownsOf(before, modules), unknownsOf(after, modules)];
  const appeared = [...now].filter(([key]) => !old.has(key));
  const gone = [...old].filter(([key, { module }]) => !now.has(key) && after.registry.modules.includes(module));
  const unread = [...now].flatMap(([key, one]) => (old.has(key) && isWhole(one) && !same(one) ? [one] : []));
  return [
    ...appeared.map(([, one]) => risk(one, adds.has(one.kind) ? "K3" : "K5", "is new")),
    // What it had made of the database may be gone with it.
    ...gone.map(([, one]) => risk(one, onlyPatches(one) ? "K3" : "K5", "is no longer there, or differs")),
    ...unread.map((one) => risk(one, "K5", "couldn't be read before either, and may have changed")),
  ];
}

/** Kinds that say nothing about models or data. */
const irrelevant: ReadonlySet<string> = new Set(["dynamic-import"]);

/** Kinds of what comes on top of everything that is read; the others may take away what is read. */
const adds: ReadonlySet<string> = new Set([
  "added-field",
  "class-in-class",
  "class-in-function",
  "code-at-import",
  "computed-attribute",
  "computed-class",
  "computed-field",
  "computed-field-arguments",
  "computed-route",
  "computed-xmlid",
  "csv-sub-records",
  "database-id",
  "import-after-class",
  "import-in-function",
  "library-patch",
  "monkey-patch",
  "unknown-field-type",
]);

/** What never made anything of a database; a patch without a digest is one of methods. */
function onlyPatches({ kind, digest }: RegistryUnknown): boolean {
  return ["library-patch", "computed-route", "import-after-class"].includes(kind) || (kind === "monkey-patch" && digest === undefined);
}

/** Kinds of what wasn't read at all, so that nothing tells whether it changed. */
const whole: ReadonlySet<string> = new Set([
  "csv-not-read",
  // Without the model nothing of what it adds is composed, so that nothing of it can be compared.
  "extends-missing-model",
  "file-too-large",
  "folder-too-deep",
  "imported-elsewhere",
  "imports-too-deep",
  "link-outside",
  "module-too-large",
  "module-unreadable",
  "related-too-far",
  "sql-data-file",
  "too-many-classes",
  "too-much-inheritance",
  "unreadable-file",
  "unreadable-folder",
  "xml-namespaces",
  "xml-not-read",
]);

/** Of all modules together. */
const ofRegistry: ReadonlySet<string> = new Set(["related-too-far", "too-many-classes", "too-much-inheritance"]);

function isWhole({ kind, digest }: RegistryUnknown): boolean {
  return digest === undefined && whole.has(kind);
}

/** Is the code that it is about known to be the same on both sides? */
function sameCode(before: AnalysedSide, after: AnalysedSide): (unknown: RegistryUnknown) => boolean {
  const equal = (module: string): boolean => {
    const [old, now] = [before.digests?.get(module), after.digests?.get(module)];
    if (old !== undefined && now !== undefined) return old === now;
    const source = before.universe.get(module);
    return source !== undefined && source === after.universe.get(module);
  };
  let all: boolean | null = null;
  return ({ module, kind, file }) => {
    if (ofRegistry.has(kind)) return (all ??= before.order.join() === after.order.join() && after.order.every(equal));
    const [old, now] = [before.files?.get(module)?.get(file), after.files?.get(module)?.get(file)];
    if (typeof old === "string" && typeof now === "string") return old === now;
    return equal(module);
  };
}

function unknownsOf({ registry }: AnalysedSide, modules: ReadonlySet<string>): Map<string, RegistryUnknown> {
  const relevant = registry.unknowns.filter((one) => (modules.has(one.module) || ofRegistry.has(one.kind)) && !irrelevant.has(one.kind));
  return new Map(relevant.map((one) => [[one.module, one.kind, one.what, one.digest ?? ""].join("|"), one]));
}

function risk({ module, file, line, what }: RegistryUnknown, atLeast: "K3" | "K5", how: string): Risk {
  const why = `${module}/${file}:${line} ${how}: ${what}`;
  return { atLeast, why, uncertain: [{ touches: "*", why }] };
}
