import { createHash } from "node:crypto";
import type { SourceProblem, TranslationFile } from "../../domain/release/module-source.ts";
import type { TranslationEntry } from "../../domain/release/source-model.ts";
import { readPoFile } from "./po-file.ts";

/** Where Odoo looks for translations (`get_po_paths` in `odoo/tools/translate.py`). */
const translationPath = /^(i18n(?:_extra)?)\/([^/]+)\.pot?$/s;

interface ReadFile {
  readonly file: string;
  readonly folder: string;
  readonly language: string | null;
  readonly entries: readonly TranslationEntry[];
}

/** The translations of a module, from its files by path; null: not UTF-8. */
export function readTranslations(files: ReadonlyMap<string, string | null>): {
  readonly files: readonly TranslationFile[];
  readonly problems: readonly SourceProblem[];
} {
  const read: ReadFile[] = [];
  const problems: SourceProblem[] = [];
  for (const [file, text] of files) {
    const [, folder, stem] = translationPath.exec(file) ?? [];
    if (folder === undefined || stem === undefined) continue;
    const entries = text === null ? null : readPoFile(text);
    if (entries !== null) read.push({ file, folder, language: file.endsWith(".pot") ? null : stem, entries });
    else {
      const what = text === null ? "The file isn't UTF-8." : "Odoo can't read the file to its end.";
      problems.push({ kind: "po-syntax", file, line: 1, what });
    }
  }
  const loaded = loadedKeys(read);
  return {
    files: read.map(({ file, folder, language, entries }) => ({
      file,
      language,
      entries: entries.length,
      digest: digestOf(entries),
      ofRecords: digestOf(entries.filter(({ key }) => loaded.get(folder)?.has(key) === true)),
    })),
    problems,
  };
}

/** By folder, what any of its files says to be of a record: Odoo takes the references of a PO file from the template beside it too (`PoFileReader`). */
function loadedKeys(read: readonly ReadFile[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byFolder = Map.groupBy(read, ({ folder }) => folder);
  return new Map(
    [...byFolder].map(([folder, files]) => [
      folder,
      new Set(files.flatMap(({ entries }) => entries.flatMap(({ key, ofRecords }) => (ofRecords ? [key] : [])))),
    ]),
  );
}

function digestOf(entries: readonly TranslationEntry[]): string {
  const hash = createHash("sha256");
  for (const one of entries.map((entry) => entry.text).toSorted()) hash.update(one).update("\n");
  return `sha256:${hash.digest("hex")}`;
}
