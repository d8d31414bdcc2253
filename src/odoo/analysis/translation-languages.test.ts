import { describe, expect, it } from "vitest";
import { edited, po, proveFiles, without, plainFiles } from "./test-kit.ts";
import { isLoadedFor } from "./translation-languages.ts";
import { translationsDiffer } from "./translation-reasons.ts";
import { readTranslations } from "../source/po-translations.ts";

it("knows which files Odoo loads for a language: those of the language that it is based on first", () => {
  expect(["nl", "nl_BE", "nl_NL", "en"].filter((name) => isLoadedFor(name, ["nl_BE"]))).toEqual(["nl", "nl_BE"]);
  expect(["es", "es_419", "es_MX"].filter((name) => isLoadedFor(name, ["es_MX"]))).toEqual(["es", "es_419", "es_MX"]);
  expect(isLoadedFor("es_419", ["es_ES"])).toBe(false);
  expect(["zh", "zh_TW", "zh_HK"].filter((name) => isLoadedFor(name, ["zh_HK"]))).toEqual(["zh", "zh_TW", "zh_HK"]);
  expect(["sr", "sr@latin", "sr_RS"].filter((name) => isLoadedFor(name, ["sr@latin"]))).toEqual(["sr@latin"]);
  expect(isLoadedFor("nl", null)).toBe(true);
});

describe("the proof of code only", () => {
  const changed = edited("acme/i18n/de.po", "Formular", "Maske");
  const breaches = (languages: readonly string[] | undefined, files = changed): string[] =>
    proveFiles(plainFiles, files, languages === undefined ? {} : { languages }).breaches.map(({ clause }) => clause);

  it("asks for an update where a changed term of a record is of an active language, and where nobody knows which are", () => {
    expect(breaches(["en_US", "de_AT"])).toEqual(["record-translation-changed"]);
    expect(breaches(undefined)).toEqual(["record-translation-changed"]);
  });

  it("asks for none where the language isn't active", () => {
    expect(breaches(["en_US", "nl_BE"])).toEqual([]);
    expect(breaches([], without("acme/i18n/acme.pot"))).toEqual([]);
    expect(breaches(["de_DE"], without("acme/i18n/acme.pot"))).not.toEqual([]);
  });
});

describe("an update loads other translations", () => {
  const record = "model:ir.ui.menu,name:acme.m";
  const code = "code:addons/acme/models.py:0";
  const base = {
    "i18n/acme.pot": po([record, "Form", ""], [code, "Go", ""]),
    "i18n/de.po": po([record, "Form", "Formular"], [code, "Go", "Los"]),
  };
  const differ = (files: Readonly<Record<string, string>>, languages: readonly string[] | null): boolean =>
    translationsDiffer(
      readTranslations(new Map(Object.entries(base))).files,
      readTranslations(new Map(Object.entries({ ...base, ...files }))).files,
      languages,
    );

  it("for terms of records in an active language", () => {
    const term = { "i18n/de.po": po([record, "Form", "Maske"], [code, "Go", "Los"]) };
    expect([["de_DE"], null, ["en_US"]].map((languages) => differ(term, languages))).toEqual([true, true, false]);
  });

  it("not for terms of code, nor for a language that nobody uses", () => {
    expect(differ({ "i18n/de.po": po([record, "Form", "Formular"], [code, "Go", "Gehen"]) }, null)).toBe(false);
    expect(differ({ "i18n/fr.po": po([record, "Form", "Formulaire"]) }, ["de_DE"])).toBe(false);
  });

  it("where the template says of another term that it is a record's", () => {
    const template = { "i18n/acme.pot": po([record, "Form", ""], [record, "Go", ""]) };
    expect([["de_DE"], ["en_US"]].map((languages) => differ(template, languages))).toEqual([true, false]);
  });
});
