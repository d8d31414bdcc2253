import { expect, it } from "vitest";
import { found, groundOf } from "../../../odoo/analysis/records/ground/test-kit.ts";
import { translations } from "./translations.ts";

const side = (files: Readonly<Record<string, string>>, broken?: string) => ({
  a: {
    rest: {
      translations: Object.entries(files).map(([language, digest]) => ({
        file: language === "" ? "i18n/a.pot" : `i18n/${language}.po`,
        language: language === "" ? null : language,
        entries: 3,
        digest,
      })),
      problems:
        broken === undefined
          ? []
          : [{ kind: "po-syntax", file: `i18n/${broken}.po`, line: 1, what: "Odoo can't read the file to its end." }],
    },
  },
});

it("tells languages that change or go, and leaves the template and new languages alone", () => {
  const findings = found(translations, groundOf(side({ "": "1", nl: "1", de: "1" }), side({ "": "2", nl: "2", fr: "1" })));
  expect(findings.map(({ rule, file }) => [rule, file])).toEqual([
    ["translation-changed", "i18n/nl.po"],
    ["translation-removed", null],
  ]);
});

it("tells all languages of a module in one line", () => {
  const all = ["ar", "bg", "ca", "da", "el", "fi", "gl"];
  const versions = (digest: string) => side(Object.fromEntries(all.map((language) => [language, digest])));
  expect(found(translations, groundOf(versions("1"), versions("2")))).toMatchObject([
    { file: null, what: "Terms in ar, bg, ca, da, el and 2 more are different.", evidence: all.map((language) => `i18n/${language}.po`) },
  ]);
});

it("says once of a broken file that it is broken", () => {
  expect(found(translations, groundOf(side({ nl: "1" }), side({}, "nl"))).map(({ rule }) => rule)).toEqual(["translation-unreadable"]);
  expect(found(translations, groundOf(null, side({}, "nl")))).toHaveLength(1);
});
