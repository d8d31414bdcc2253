import type { AnalysedSide } from "../../app/ports/analysis-kind.ts";
import type { DataEntry, ModelClass, ModuleSource } from "../../domain/release/module-source.ts";
import type { Registry } from "../../domain/release/registry.ts";
import { pythonReasons } from "./python-reasons.ts";
import { reflectedAttributes } from "./reflected-attributes.ts";
import { translationsDiffer } from "./translation-reasons.ts";

export interface LoadQuestion {
  /** Of the module, on both sides. */
  readonly old: ModuleSource;
  readonly now: ModuleSource;
  readonly before: AnalysedSide;
  readonly after: AnalysedSide;
  /** Paths of files that differ; null: not known, so any may. */
  readonly changed: ReadonlySet<string> | null;
  /** Modules that an update of it loads: itself and what depends on it. */
  readonly loaded: readonly string[];
  /** Active in the database; null: not known, so any may be. */
  readonly languages: readonly string[] | null;
}

/** Why an update of a module would load something new, one phrase each; empty: as far as its sources tell, it would load what is there. */
export function loadReasons(question: LoadQuestion): readonly string[] {
  const { old, now, before, after, changed, languages } = question;
  const models = modelsOf(old, before.registry) === modelsOf(now, after.registry);
  const python =
    changed === null ||
    [...changed].some((path) => path.endsWith(".py") && path !== "__manifest__.py" && !/^(?:tests|static)\//.test(path));
  return [
    ...(dataOf(old, now) === dataOf(now, old) ? [] : ["its data files changed"]),
    ...(filesOfData(now).some((path) => changed === null || changed.has(path)) ? ["files that its data files read changed"] : []),
    ...(translationsDiffer(old.translations, now.translations, languages) || unreadableTranslations(question)
      ? ["its translations changed"]
      : []),
    ...(models ? [] : ["models, fields, constraints or indexes changed"]),
    ...(models && python ? runningReasons(question) : []),
    ...(plain(old.manifest?.depends) === plain(now.manifest?.depends) ? [] : ["its dependencies changed"]),
    ...(listed(old) === listed(now) ? [] : ["its entry in the list of apps changed"]),
    ...(old.manifest === null || now.manifest === null ? ["its manifest can't be read"] : []),
  ];
}

function runningReasons({ now, before, after, changed, loaded }: LoadQuestion): readonly string[] {
  const told = changed === null ? null : pythonReasons({ module: now.name, before, after, changed, loaded });
  return told ?? ["its Python differs, and there is too much of it to tell what an update runs"];
}

/** Equal for values that differ only in where they stand. */
function plain(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => (key === "line" ? undefined : inner)) ?? "";
}

/** A file that Odoo can't read to its end is loaded up to there. */
function unreadableTranslations({ old, now, changed }: LoadQuestion): boolean {
  const broken = [old, now].flatMap(({ problems }) => problems.flatMap(({ kind, file }) => (kind === "po-syntax" ? [file] : [])));
  return broken.some((file) => changed === null || changed.has(file));
}

/**
 * What is loaded, and in which order, must be the same; files may be split and joined. Of a record that is there and that noupdate keeps,
 * nothing is loaded again.
 */
function dataOf({ data }: ModuleSource, other: ModuleSource): string {
  const there = new Set(entriesOf(other.data).flatMap((entry) => (isKept(entry) ? [entry.xmlid] : [])));
  const entries = entriesOf(data).map((entry) =>
    isKept(entry) && there.has(entry.xmlid) ? { kept: entry.xmlid, of: entry.model, translated: entry.translated } : entry,
  );
  return JSON.stringify(entries, (key, inner: unknown) => (key === "line" || key === "lines" || key === "file" ? undefined : inner));
}

function isKept(entry: DataEntry): entry is Extract<DataEntry, { entry: "record" }> {
  return entry.entry === "record" && entry.noupdate && entry.xmlid !== null;
}

/** Files of the module that its data files have Odoo read: `file=` of a field, the picture of a menu. */
function filesOfData({ data, name }: ModuleSource): string[] {
  const values = entriesOf(data).flatMap((entry) => (entry.entry === "record" ? Object.values(entry.values) : []));
  return values.flatMap((value) => {
    const path = value.kind === "file" ? value.path : value.kind === "text" ? value.text.replace(/^(\w+),/, "$1/") : "";
    return path.startsWith(`${name}/`) ? [path.slice(name.length + 1)] : [];
  });
}

function entriesOf(data: ModuleSource["data"]): readonly DataEntry[] {
  return data.flatMap((file) => file.entries);
}

/** What makes tables, columns and the rows of `ir.model` and `ir.model.fields`. */
function modelsOf(source: ModuleSource, registry: Registry): string {
  return plain(
    source.python
      .flatMap((file) => file.classes)
      .map(({ name, bases, inherit, inherits, type, attributes, fields, objects }) => ({
        name,
        bases,
        inherit,
        inherits,
        type,
        attributes,
        fields: fields.map((field) => [field.name, field.type, reflectedAttributes(field, isOnlyOne(name, field.name, registry))]),
        objects,
      })),
  );
}

/** Nothing else declares the field, of the model or of what it inherits from. */
function isOnlyOne(model: ModelClass["name"], field: string, { models }: Registry): boolean {
  const found = model === null ? undefined : models.get(model);
  if (found?.fields.get(field)?.declared.length !== 1) return false;
  return found.ancestors.every((ancestor) => ancestor === model || models.get(ancestor)?.fields.has(field) !== true);
}

/** Keys that Odoo keeps as records and switches of `ir.module.module`; its texts lag until anything else updates the module. */
const listKeys = ["category", "license", "application", "sequence", "auto_install", "countries", "icon"];

function listed({ manifest, files }: ModuleSource): string {
  return plain([
    listKeys.map((key) => manifest?.entries[key] ?? null),
    files.filter((path) => /^static\/description\/icon\.\w+$/.test(path)),
  ]);
}
