import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { groundOf } from "../../../../test/conformance/sample-grounds.ts";
import { xmlidReferences } from "./xmlid-references.ts";

type Files = ReturnType<typeof moduleOf>;

function data(name: string, xml: string, depends = "base"): Files {
  return { ...moduleOf(name, `"depends": ["${depends}"], "data": ["data.xml"]`), [`${name}/data.xml`]: `<odoo>${xml}</odoo>` };
}

const partner = (id: string, more = ""): string => `<record id="${id}" model="res.partner">${more}</record>`;
const parent = (ref: string): string => `<field name="parent_id" ref="${ref}"/>`;
const alone = (files: Files): string[] => found(xmlidReferences, { old: null, new: files });

it.each([
  [
    "a record that isn't there",
    partner("a", parent("acme.nobody")),
    /^xmlid-missing acme: acme.a refers in parent_id to acme.nobody, which doesn't exist/,
  ],
  ["a record of a module that isn't there", partner("a", parent("crm.lead")), /^xmlid-missing acme: .*the module crm isn't installed/],
  ["a record that comes later", partner("a", parent("b")) + partner("b"), /^xmlid-later acme: acme.a refers in parent_id to acme.b/],
  ["a record in an expression", partner("a", '<field name="name" eval="ref(\'nobody\')"/>'), /^xmlid-missing acme: .*acme.nobody/],
  [
    "a record in an architecture",
    '<record id="v" model="ir.ui.view"><field name="arch" type="xml"><form><button name="%(act)d"/></form></field></record>',
    /acme.act/,
  ],
  [
    "another module's record that isn't there",
    '<record id="base.nobody" model="res.partner"/>',
    /^xmlid-missing acme: base.nobody is to change base.nobody/,
  ],
  ["a parent menu", '<menuitem id="m" parent="nobody"/>', /^xmlid-missing acme: acme.m refers in parent_id/],
])("finds %s", (_what, xml, says) => {
  expect(alone(data("acme", xml))).toEqual([expect.stringMatching(says)]);
});

it("leaves alone what is there, what Odoo makes itself, and what may be missing", () => {
  const xml =
    partner("a", parent("base.main_partner")) +
    partner("b", parent("a")) +
    '<record id="base.main_partner" model="res.partner"/>' +
    '<record id="c" model="res.partner" forcecreate="0"><field name="parent_id" ref="nobody"/></record>' +
    '<record id="d" model="res.partner"><field name="name" eval="ref(\'nobody\', False)"/><field name="x" ref="base.model_res_partner"/>' +
    '<field name="y" ref="base.field_res_partner__name"/><field name="z" ref="base.module_sale"/></record>';
  expect(alone(data("acme", xml))).toEqual([]);
});

it("finds a reference to a module that is loaded earlier only by its name", () => {
  const files = { ...data("acme", partner("a")), ...data("bcme", partner("b", parent("acme.a"))) };
  expect(alone(files)).toEqual([expect.stringMatching(/^xmlid-undeclared bcme: .* of acme, which the module doesn't depend on/)]);
});

it("finds that the release removes a record which another module refers to", () => {
  const other = data("other", partner("b", parent("acme.a")), "acme");
  const [finding, ...more] = [
    ...xmlidReferences.find(groundOf({ old: { ...data("acme", partner("a")), ...other }, new: { ...data("acme", ""), ...other } })),
  ];
  expect(more).toEqual([]);
  expect(finding).toMatchObject({ rule: "xmlid-removed", module: "other", file: "data.xml", line: 1 });
});

it("says nothing of what was so before, and of what noupdate keeps from being loaded", () => {
  const wrong = data("acme", partner("a", parent("nobody")));
  expect(
    found(xmlidReferences, { old: wrong, new: { ...wrong, "acme/data.xml": `<odoo>${partner("a", parent("nobody"))}<!-- --></odoo>` } }),
  ).toEqual([]);
  const kept = (ref: string): Files => data("acme", `<data noupdate="1">${partner("a", parent(ref))}</data>`);
  expect(found(xmlidReferences, { old: kept("base.main_partner"), new: kept("nobody") })).toEqual([]);
});
