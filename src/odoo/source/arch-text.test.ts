import { expect, it } from "vitest";
import { ArchNode } from "./arch-node.ts";
import { readArch } from "./arch-text.ts";

it.each([
  '<form string="a &amp; b">\n  <field name="x"/>\n</form>',
  '<t t-name="a.b"><!-- said --><t t-if="x &gt; 1">a</t> b <br/>c</t>',
  '<data><?odoo now?><xpath expr="//a"/></data>',
])("writes %s as it was read", (text) => {
  const root = readArch(text);
  expect(root instanceof ArchNode && root.serialise()).toBe(text);
});

it("puts several roots under one, and keeps text as lxml does", () => {
  const root = readArch('<?xml version="1.0"?>\n<a>1<b/>2</a>\n<c>&#x41;<![CDATA[<]]></c>') as ArchNode;
  expect(root.tag).toBe("data");
  expect(root.children.map(({ tag, text, tail }) => [tag, text, tail])).toEqual([
    ["a", "1", "\n"],
    ["c", "A<", ""],
  ]);
  expect(root.children[0]?.children[0]?.tail).toBe("2");
});

it.each([
  ["<a><b></a>", /closes/],
  ["<a", /well-formed/],
  ["<a x='1' x='2'/>", /twice/],
  ["<a>&evil;</a>", /entity &evil/],
  ["<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", /begins no element/],
  ["<a>1 & 2</a>", /begins no entity/],
  ["words", /no element/],
  ["<a>".repeat(300), /too deeply/],
  [" ".repeat(9_000_000), /too long/],
])("refuses %.40s", (text, why) => {
  expect(readArch(text)).toMatchObject({ why: expect.stringMatching(why) });
});
