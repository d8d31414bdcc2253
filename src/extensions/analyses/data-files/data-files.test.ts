import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { dataFiles } from "./data-files.ts";

function withFile(name: string, text: string | null): ReturnType<typeof moduleOf> {
  return { ...moduleOf("acme", `"data": ["${name}"]`), ...(text === null ? {} : { [`acme/${name}`]: text }) };
}

it.each([
  ["a file that isn't there", "a.xml", null, /^data-file-missing acme: There is no file/],
  ["a file of another kind", "a.yml", "a: 1", /^data-file-type acme: /],
  ["XML that isn't", "a.xml", "<odoo><record></odoo>", /^xml-not-well-formed acme: /],
  ["an element that the schema doesn't have", "a.xml", '<odoo><recrd id="a" model="b"/></odoo>', /^xml-schema acme: /],
  ["a record without a model", "a.xml", '<odoo><record id="a"/></odoo>', /^xml-schema acme: /],
  ["a CSV file without ids", "res.partner.csv", "name\nA\n", /^csv-without-id acme: /],
  ["two records under one id", "a.xml", '<odoo><record id="a" model="x"/><record id="a" model="y"/></odoo>', /^xmlid-of-two-models acme: /],
  ["a record given twice", "a.xml", '<odoo><record id="a" model="x"/><record id="a" model="x"/></odoo>', /^duplicate-xmlid acme: /],
])("finds %s", (_what, name, text, says) => {
  expect(found(dataFiles, { old: null, new: withFile(name, text) })).toEqual([expect.stringMatching(says)]);
});

it("leaves alone what Odoo loads", () => {
  const files = withFile(
    "a.xml",
    '<odoo><data noupdate="1"><record id="a" model="res.partner"><field name="name">A</field></record></data></odoo>',
  );
  expect(found(dataFiles, { old: null, new: files })).toEqual([]);
});
