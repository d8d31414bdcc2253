import type { DataReferences, PythonFile, SourceModel, TranslationEntry } from "../../domain/release/source-model.ts";
import { readDataFile } from "./data-file.ts";
import { readManifestEntries } from "./manifest-entries.ts";
import { readPoFile } from "./po-file.ts";
import { readPythonFile } from "./python-file.ts";

/** A text of a release: `<module>/<path>`, the name of its bytes, and what is in them; null: not UTF-8. */
export interface SourceText {
  readonly path: string;
  readonly digest: string;
  readonly text: string | null;
}

/** Reads files once each, by the name of their bytes: two releases have most of them in common. */
export class SourceReader {
  readonly #python: Map<string, PythonFile | null> = new Map();

  /** @param dataFiles those of the texts that Odoo loads as data */
  read(texts: readonly SourceText[], dataFiles: ReadonlySet<string>): SourceModel {
    const model = {
      python: new Map<string, PythonFile | null>(),
      words: new Map<string, readonly string[]>(),
      translations: new Map<string, readonly TranslationEntry[] | null>(),
      data: new Map<string, DataReferences | null>(),
      manifests: new Map<string, ReadonlyMap<string, string> | null>(),
    };
    for (const { path, digest, text } of texts) {
      if (/^[^/]+\/__manifest__\.py$/.test(path)) {
        model.manifests.set(path.slice(0, path.indexOf("/")), text === null ? null : readManifestEntries(text));
      } else if (path.endsWith(".py")) {
        const file = this.#pythonFile(digest, text);
        model.python.set(path, file);
        if (file === null) model.words.set(path, [...new Set(text?.match(/[A-Za-z_]\w*/g) ?? [])]);
      } else if (/\.pot?$/.test(path)) {
        model.translations.set(path, text === null ? null : readPoFile(text));
      }
      if (dataFiles.has(path)) model.data.set(path, text === null ? null : readDataFile(path, text));
    }
    return model;
  }

  #pythonFile(digest: string, text: string | null): PythonFile | null {
    const known = this.#python.get(digest);
    if (known !== undefined) return known;
    const file = text === null ? null : readPythonFile(text);
    this.#python.set(digest, file);
    return file;
  }
}
