import type { AnalysedSide } from "../../app/ports/analysis-kind.ts";
import type { PythonTexts } from "../../app/ports/source-trees.ts";
import type { ModuleSource } from "../../domain/release/module-source.ts";
import type { PythonFile } from "../../domain/release/source-model.ts";
import { readPythonFile } from "../source/python-file.ts";
import { changedDefinitions, definitionsOf, type Definition } from "./code-only-definitions.ts";
import { pythonBreaches } from "./code-only-python.ts";
import { Reach } from "./code-only-reach.ts";
import { isLoadedPython, type PythonWorld } from "./code-only-world.ts";
import { updateRoots, type UpdateRoots } from "./update-roots.ts";
import { writtenModels } from "./written-models.ts";

export interface PythonQuestion {
  readonly module: string;
  readonly before: AnalysedSide;
  readonly after: AnalysedSide;
  /** Paths of files of the module that differ. */
  readonly changed: ReadonlySet<string>;
  /** Modules that an update of it loads. */
  readonly loaded: readonly string[];
}

/**
 * Of how a file may differ, what isn't told by models and fields and can matter while Odoo loads it. Declarations of fields, of models and
 * of constraints are compared by what the database knows of them; a new class of another kind matters where something refers to it.
 */
const clauses: ReadonlySet<string> = new Set([
  "module-statement-changed",
  "dynamic-code-changed",
  "unknown-decorator",
  "model-name-unknown",
  "declaration-shadowed",
  "class-attribute-changed",
  "class-statement-changed",
  "class-docstring-changed",
]);

/**
 * Why Python that differs may make an update load something new, although models and fields are as they were. By names: whatever an update
 * runs or reads may refer to any definition of a name that it has in it.
 *
 * @returns null: the Python isn't known as it is written
 */
export function pythonReasons({ module, before, after, changed, loaded }: PythonQuestion): readonly string[] | null {
  const [old, now] = [worldOf(before), worldOf(after)];
  if (old === null || now === null || !old.modules.has(module) || !now.modules.has(module)) return null;
  const paths = [...changed].map((path) => `${module}/${path}`).filter((path) => isLoadedPython(path));
  if (paths.length === 0) return [];
  for (const path of paths)
    if ([old, now].some(({ sources }) => sources.python.get(path) === null)) return [`${short(path)} differs and can't be read`];
  const breaches = paths
    .flatMap((path) => pythonBreaches(path, old.sources.python.get(path) ?? undefined, now.sources.python.get(path) ?? undefined, none))
    .filter(({ clause }) => clauses.has(clause));
  if (breaches.length > 0) return breaches.slice(0, shownMax).map(({ file, line, what }) => `${file}:${line}: ${what}`);
  const roots = rootsOf(old, now, { before, after, loaded });
  const reaches = [new Reach(now, roots.roots), new Reach(old, roots.roots)];
  const differing = changedDefinitions(definitionsOf(old), definitionsOf(now)).filter(
    (one) => paths.includes(one.path) && one.kind !== "declaration",
  );
  const found = differing.flatMap((one) => whyRun(one, roots, reaches) ?? []);
  return [...new Set(found)].slice(0, shownMax);
}

const shownMax = 3;
const none: ReadonlySet<string> = new Set();

function short(path: string): string {
  return path.slice(path.indexOf("/") + 1);
}

function whyRun(one: Definition, { methods }: UpdateRoots, reaches: readonly Reach[]): string | null {
  const where = `${short(one.path)}:${one.body.line}: ${one.name}`;
  if (one.kind === "method" && methods.has(`${one.path}::${one.name}`)) return `${where} differs, and an update runs it`;
  const why = reaches.map((reach) => reach.why(one)).find((found) => found !== null) ?? null;
  return why === null ? null : `${where} differs, and ${why} may refer to it`;
}

function rootsOf(
  old: PythonWorld,
  now: PythonWorld,
  { before, after, loaded }: Pick<PythonQuestion, "before" | "after" | "loaded">,
): UpdateRoots {
  const sources = (side: AnalysedSide, names: Iterable<string>): ModuleSource[] =>
    [...names].flatMap((name) => side.universe.get(name) ?? []);
  const written = writtenModels({
    modules: sources(after, loaded),
    before: sources(before, loaded),
    registry: after.registry,
    own: after.own,
  });
  const one = updateRoots({ world: now, own: sources(after, now.modules), registry: after.registry, written });
  // A method that is gone no longer runs, and that can matter as much.
  const other = updateRoots({ world: old, own: sources(before, old.modules), registry: before.registry, written });
  return { roots: [...one.roots, ...other.roots], methods: new Set([...one.methods, ...other.methods]) };
}

type Texts = NonNullable<AnalysedSide["python"]>;

/** Several sides are made of the same texts. */
const files = new WeakMap<PythonTexts, ReadonlyMap<string, PythonFile | null>>();

/** The release's modules in question; null: one of them isn't known. */
function worldOf({ python, own, order }: AnalysedSide): PythonWorld | null {
  const names = order.filter((name) => own.has(name));
  const texts: Texts = python ?? new Map();
  if (!names.every((name) => texts.has(name))) return null;
  const parsed = names.flatMap((name) =>
    [...parsedOf(texts.get(name) ?? new Map())].map(([path, file]) => [`${name}/${path}`, file] as const),
  );
  return { modules: new Set(names), sources: { python: new Map(parsed) } };
}

function parsedOf(texts: PythonTexts): ReadonlyMap<string, PythonFile | null> {
  const known = files.get(texts);
  if (known !== undefined) return known;
  const parsed = new Map([...texts].map(([path, text]) => [path, text === null ? null : readPythonFile(text)] as const));
  files.set(texts, parsed);
  return parsed;
}
