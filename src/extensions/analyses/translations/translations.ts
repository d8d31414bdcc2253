import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ModuleSource, TranslationFile } from "../../../domain/release/module-source.ts";

/** Which translations are different, and which can't be read. */
export const translations: AnalysisKind = {
  id: "translations",
  summary: "Translations that come, change, go or can't be read",
  rules: [
    {
      id: "translation-changed",
      severity: "note",
      title: "Terms of a language are different",
      why: "An update loads the terms of views and records into the database for every language that is active. Terms that a person translated there stay unless --i18n-overwrite is given; what has no translation yet gets one.",
      example: 'msgid "Late"\nmsgstr "Te laat"  # was "Laat"',
      remedy: "Let somebody who speaks the language look at it.",
    },
    {
      id: "translation-removed",
      severity: "warning",
      title: "A language is gone",
      why: "Terms of code are served from the file and fall back to the source language; those of records and views stay in the database until their source changes.",
      example: "# i18n/nl.po is gone",
      remedy: "Put the file back if the tenant works in that language.",
    },
    {
      id: "translation-unreadable",
      severity: "error",
      title: "A translation file can't be read",
      why: "Odoo logs an error and goes on: from the broken entry onwards nothing of the file is translated.",
      example: 'msgid "Late"\nmsgstr Te laat',
      remedy: "Correct the file, for example with msgfmt --check.",
    },
  ],
  *find(ground) {
    yield* findings(ground);
  },
};

function* findings({ before, after }: AnalysisGround): Iterable<Finding> {
  for (const module of [...after.own].sort()) {
    const source = after.universe.get(module);
    if (source === undefined) continue;
    for (const { kind, file, line, what } of source.problems)
      if (kind === "po-syntax")
        yield { rule: "translation-unreadable", severity: "error", module, file, line, what, meaning: null, evidence: [] };
    const old = before?.universe.get(module);
    if (old !== undefined) yield* changes(module, old, source);
  }
}

function* changes(module: string, old: ModuleSource, now: ModuleSource): Iterable<Finding> {
  const [had, has] = [byFile(old), byFile(now)];
  const broken = new Set(now.problems.map(({ file }) => file));
  const different = [...has.values()].flatMap((one) => {
    const was = had.get(one.file);
    return one.language === null || was === undefined || was.digest === one.digest ? [] : [{ ...one, was }];
  });
  const gone = [...had.values()].filter(({ file, language }) => language !== null && !has.has(file) && !broken.has(file));
  if (different.length > 0)
    yield finding(
      "translation-changed",
      "note",
      module,
      different,
      `Terms in ${languages(different)} are different.`,
      ({ file, was, entries }) => (was.entries === entries ? file : `${file}: ${was.entries} → ${entries} entries`),
    );
  if (gone.length > 0)
    yield finding(
      "translation-removed",
      "warning",
      module,
      gone,
      `Translations into ${languages(gone)} are gone.`,
      ({ file, entries }) => `${file}: ${entries} entries`,
    );
}

function finding<T extends TranslationFile>(
  rule: string,
  severity: Finding["severity"],
  module: string,
  files: readonly T[],
  what: string,
  evidence: (file: T) => string,
): Finding {
  const file = files.length === 1 && rule === "translation-changed" ? (files[0]?.file ?? null) : null;
  return { rule, severity, module, file, line: null, what, meaning: null, evidence: files.map(evidence) };
}

const languagesShownMax = 5;

function languages(files: readonly TranslationFile[]): string {
  const names = [...new Set(files.map(({ language }) => language ?? ""))].sort();
  const more = names.length - languagesShownMax;
  return more > 0 ? `${names.slice(0, languagesShownMax).join(", ")} and ${more} more` : names.join(", ");
}

function byFile({ translations: files }: ModuleSource): ReadonlyMap<string, TranslationFile> {
  return new Map(files.map((one) => [one.file, one]));
}
