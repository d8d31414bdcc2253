import { expect, it } from "vitest";
import { ArchNode } from "./arch-node.ts";
import { readArch } from "./arch-text.ts";
import { firstElement, XPathError } from "./xpath.ts";
import { XPathSyntaxError } from "./xpath-grammar.ts";

const form = read(`<form string="Order">
  <header><button id="b1" name="confirm" class="btn  btn-primary"/><button id="b2" name="cancel"/></header>
  <sheet>
    <div id="title" class="oe_title o_wide"><h1 id="h1">Order <field id="f0" name="name"/> of</h1></div>
    <group id="g1"><field id="f1" name="partner_id"/><field id="f2" name="date"/><!-- no --></group>
    <notebook>
      <page id="p1" name="lines"><field id="f3" name="line_ids"><list id="l1"><field id="f4" name="name"/><field id="f5" name="date"/></list></field></page>
      <page id="p2" name="other"><group id="g2"><field id="f6" name="note"/></group></page>
    </notebook>
  </sheet>
</form>`);

function read(text: string): ArchNode {
  const root = readArch(text);
  if (!(root instanceof ArchNode)) throw new Error(root.why);
  return root;
}

it.each([
  ["//field[@name='date']", "f2"],
  ["/form/sheet/notebook/page[2]//field", "f6"],
  ["//page[@name='lines']//list/field[@name='date']", "f5"],
  ["//field[@name='line_ids']/list/field[2]", "f5"],
  ["(//field[@name='name'])[2]", "f4"],
  ["//field[@name='date'][last()]", "f2"],
  ["(//field)[last()]", "f6"],
  ["//div[hasclass('oe_title', 'o_wide')]", "title"],
  ["//button[contains(@class, 'btn-primary')]", "b1"],
  ["//button[not(@class)]", "b2"],
  ["//field[@name='date']/..", "g1"],
  ["//field[@name='note']/ancestor::page", "p2"],
  ["//group[descendant::field[@name='note']]", "g2"],
  ["//field[@name='partner_id']/following-sibling::field", "f2"],
  ["//field[@name='date']/preceding-sibling::*[1]", "f1"],
  ["//field[@name='note' or @name='date']", "f2"],
  ["//page[position() = 2]", "p2"],
  ["//h1[contains(text(), 'Order')]", "h1"],
  ["//*[@name='cancel']", "b2"],
  ["//page[count(.//field) > 1]", "p1"],
  ["////page", "p1"],
  ["//field[@name='note'] | //button", "b1"],
  ["//page[starts-with(@name, 'oth')]/group", "g2"],
  ["descendant::list", "l1"],
  ["//list/parent::field", "f3"],
  ["//div/h1/text()/../field", "f0"],
  ["//field[substring-after(@name, '_') = 'ids']", "f3"],
])("finds with %s", (expression, id) => {
  expect(firstElement(form, expression)?.get("id")).toBe(id);
});

it.each(["//field[@name='nope']", "/sheet", "form/sheet", "//page[3]", "//div[hasclass('oe')]"])("finds nothing with %s", (expression) => {
  expect(firstElement(form, expression)).toBeNull();
});

it("takes the root for a point", () => {
  expect(firstElement(form, ".")).toBe(form);
});

it.each(["//field[", "//field[@name='a'", "field)", "//[@a]", "//a b", "%(x)d"])("refuses %s, which is no XPath", (expression) => {
  expect(() => firstElement(form, expression)).toThrow(XPathSyntaxError);
});

it.each(["count(//field)", "//field/@name", "//field[matches(@name, 'a')]", "//h1/text()"])(
  "refuses %s, which gives no element",
  (expression) => {
    expect(() => firstElement(form, expression)).toThrow(XPathError);
  },
);

it("ends where an expression or a document was made to take forever", () => {
  expect(() => firstElement(form, `${"(".repeat(5000)}1${")".repeat(5000)}`)).toThrow(XPathSyntaxError);
  const wide = read(`<form>${"<field/>".repeat(3000)}</form>`);
  expect(() => firstElement(wide, "//field[count(//field[count(//field) > 0]) > 0]")).toThrow(/too many nodes/);
});
