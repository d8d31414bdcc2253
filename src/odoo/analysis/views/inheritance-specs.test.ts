import { expect, it } from "vitest";
import { ArchNode } from "../../source/arch-node.ts";
import { readArch } from "../../source/arch-text.ts";
import { applyInheritanceSpecs } from "./inheritance-specs.ts";

const parent = `<form>
    <field name="a"/>
    <group class="x y">
        <field name="b" invisible="p" groups="g1,g2"/>
    </group>
</form>`;

function read(text: string): ArchNode {
  const root = readArch(text);
  if (!(root instanceof ArchNode)) throw new Error(root.why);
  return root;
}

function applied(specs: string, to = parent): string {
  return applyInheritanceSpecs(read(to), read(specs)).serialise();
}

// What Odoo 19's `apply_inheritance_specs` gives for the same, white space included.
it.each([
  ["after", '<field name="a" position="after"><field name="c"/></field>', '<field name="a"/><field name="c"/>\n    <group'],
  ["before", '<field name="a" position="before">\n  <field name="c"/>\n</field>', '<form>\n  <field name="c"/>\n    <field name="a"/>'],
  ["inside", '<group position="inside">\n  <field name="c"/>\n</group>', 'groups="g1,g2"/>\n  <field name="c"/>\n    </group>'],
  ["inside as the default", '<xpath expr="//group"><field name="c"/></xpath>', '<field name="c"/>\n    </group>'],
  ["replace", '<field name="a" position="replace"><field name="c"/></field>', '<form>\n    <field name="c"/><group'],
  ["replace by nothing", '<field name="a" position="replace"/>', "<form>\n    <group"],
  ["replace around", '<field name="a" position="replace"><div>$0</div></field>', '<div><field name="a"/>\n    </div><group'],
  [
    "replace inside",
    '<xpath expr="//group" position="replace" mode="inner"><field name="c"/></xpath>',
    '<group class="x y"><field name="c"/></group>',
  ],
  ["move", '<field name="b" position="after"><field name="a" position="move"/></field>', 'groups="g1,g2"/><field name="a"/>\n    </group>'],
  ["attributes", '<field name="a" position="attributes"><attribute name="string">A</attribute></field>', '<field name="a" string="A"/>'],
  ["no attribute", '<field name="b" position="attributes"><attribute name="groups"/></field>', '<field name="b" invisible="p"/>'],
  ["and", '<field name="b" position="attributes"><attribute name="invisible" add="q" separator="and"/></field>', 'invisible="(p) and (q)"'],
  ["list", '<field name="b" position="attributes"><attribute name="groups" add="g3" remove="g1"/></field>', 'groups="g2,g3"'],
  ["classes", '<group position="attributes"><attribute name="class" add="z" remove="y" separator=" "/></group>', 'class="x z"'],
  [
    "several",
    '<data><field name="a" position="replace"/><field name="b" position="replace"/></data>',
    '<form>\n    <group class="x y">\n        </group>',
  ],
])("applies %s", (_what, specs, part) => {
  expect(applied(specs)).toContain(part);
});

it("replaces the root and keeps a template's name", () => {
  expect(applied('<xpath expr="." position="replace"><t><p/></t></xpath>', '<t t-name="a.b"/>')).toBe('<t t-name="a.b"><p/></t>');
});

it.each([
  ['<field name="z" position="after"/>', "not-located"],
  ['<xpath expr="//page"/>', "not-located"],
  ['<field name="a" position="below"/>', "invalid"],
  ['<xpath position="after"/>', "invalid"],
  ['<xpath expr="//field["/>', "invalid"],
  ['<field name="a" position="replace" mode="around"/>', "invalid"],
  ['<field name="a" position="attributes"><attribute name="x" value="1"/></field>', "invalid"],
  ['<field name="b" position="attributes"><attribute name="invisible" add="q"/></field>', "invalid"],
  ['<field name="b" position="after"><field name="z" position="move"/></field>', "not-located"],
  ['<form position="after"><field name="c"/></form>', "invalid"],
])("refuses %s", (specs, kind) => {
  expect(() => applied(specs)).toThrow(expect.objectContaining({ kind }));
});
