import type { CodeProofBreach } from "../../domain/impact/impact.ts";
import type { TranslationEntry } from "../../domain/release/source-model.ts";
import { isLoadedFor } from "./translation-languages.ts";
import { breach, type CodeWorld } from "./code-only-world.ts";

export function isTranslationFile(file: string): boolean {
  return /^i18n(?:_extra)?\/[^/]+\.pot?$/.test(file);
}

/**
 * Terms of records must be equal: `-u` writes them into the database, for the languages that are active there. Terms of code are served from
 * the files. Odoo takes references from the POT file beside a PO file (`PoFileReader`), so what any of them says of a term counts for all.
 *
 * @param languages null: not known, so any may be active
 */
export function translationBreaches(
  folder: string,
  before: CodeWorld,
  after: CodeWorld,
  languages: readonly string[] | null,
): CodeProofBreach[] {
  const all = [...new Set([...before.files.keys(), ...after.files.keys()])].filter((path) => path.startsWith(`${folder}/`)).sort();
  const loaded = all.filter((path) => path.endsWith(".po") && isLoadedFor(path.slice(folder.length + 1, -".po".length), languages));
  if (loaded.length === 0 && languages !== null) return [];
  const paths = all.filter((path) => path.endsWith(".pot") || loaded.includes(path));
  const read = (world: CodeWorld, path: string): readonly TranslationEntry[] | null =>
    world.files.has(path) ? (world.sources.translations.get(path) ?? null) : [];
  const sides = paths.map((path) => ({ path, old: read(before, path), now: read(after, path) }));
  const unreadable = sides.filter(({ old, now }) => old === null || now === null);
  if (unreadable.length > 0)
    return unreadable.map(({ path }) =>
      breach("translation-unreadable", path, null, "The translations can't be read, so it can't be told which of them are loaded."),
    );
  const entries = sides.flatMap(({ old, now }) => [...(old ?? []), ...(now ?? [])]);
  const keys = new Set(entries.filter((entry) => entry.ofRecords).map((entry) => entry.key));
  const template = paths.find((path) => path.endsWith(".pot") && before.files.has(path) !== after.files.has(path));
  if (template !== undefined && keys.size > 0)
    return [
      breach(
        "translation-template-changed",
        template,
        null,
        "The template of the translations came or went, and it decides which terms are loaded into the database.",
      ),
    ];
  return sides.flatMap(({ path, old, now }) => differences(path, ofKeys(old ?? [], keys), ofKeys(now ?? [], keys)));
}

function ofKeys(entries: readonly TranslationEntry[], keys: ReadonlySet<string>): TranslationEntry[] {
  return entries.filter((entry) => keys.has(entry.key));
}

function differences(path: string, old: readonly TranslationEntry[], now: readonly TranslationEntry[]): CodeProofBreach[] {
  const [had, has] = [new Set(old.map((entry) => entry.text)), new Set(now.map((entry) => entry.text))];
  const first = now.find((entry) => !had.has(entry.text)) ?? old.find((entry) => !has.has(entry.text));
  if (first === undefined) return [];
  return [
    breach(
      "record-translation-changed",
      path,
      first.line,
      "A term of a record or view is different; such terms are loaded into the database.",
    ),
  ];
}
