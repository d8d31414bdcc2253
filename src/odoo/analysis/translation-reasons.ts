import type { TranslationFile } from "../../domain/release/module-source.ts";
import { isLoadedFor } from "./translation-languages.ts";

/**
 * Would an update load other terms of records into the database? Terms of code are read from the files while Odoo runs.
 *
 * @param languages active in the database; null: not known, so any may be
 */
export function translationsDiffer(
  before: readonly TranslationFile[],
  after: readonly TranslationFile[],
  languages: readonly string[] | null,
): boolean {
  const folders = new Set([...before, ...after].map(({ file }) => folderOf(file)));
  return [...folders].some((folder) => {
    const [old, now] = [loaded(before, folder, languages), loaded(after, folder, languages)];
    return old !== now;
  });
}

/** Without a PO file that is loaded, a template decides nothing. */
function loaded(files: readonly TranslationFile[], folder: string, languages: readonly string[] | null): string {
  const here = files.filter(({ file }) => folderOf(file) === folder);
  const translated = here.filter(({ language }) => language !== null && isLoadedFor(language, languages));
  if (translated.length === 0) return "";
  const templates = here.filter(({ language }) => language === null);
  return JSON.stringify([...translated, ...templates].map(({ file, digest, ofRecords }) => `${file} ${ofRecords ?? digest}`).toSorted());
}

function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf("/"));
}
