import { expect, test } from "vitest";
import type { DataEntry, DataRecord } from "../../domain/release/module-source.ts";
import { emptyManifest } from "./manifest-source.ts";
import { readModuleData, type ModuleData } from "./module-data.ts";

const manifest = { ...emptyManifest, depends: ["base"], installable: true };

function read(files: Readonly<Record<string, string | null>>, data: readonly string[] = Object.keys(files)): ModuleData {
  const paths = new Set(Object.keys(files));
  return readModuleData({ module: "rental", manifest: { ...manifest, data }, files: new Map(Object.entries(files)), paths });
}

const entriesOf = (xml: string): readonly DataEntry[] => read({ "a.xml": xml }).data.flatMap(({ entries }) => entries);
const recordsOf = (xml: string): readonly DataRecord[] => entriesOf(xml).filter((entry) => entry.entry === "record");
const problemsOf = (xml: string): string[] => read({ "a.xml": xml }).problems.map(({ kind, line, what }) => `${kind} ${line}: ${what}`);

test("a record with every kind of field", () => {
  const [parent, sub] = recordsOf(`<odoo>
    <record id="order"
            model="rental.order" forcecreate="0">
      <field name="name"> A &amp; <![CDATA[<B>]]></field>
      <field name="partner_id" ref="base.main_partner"/>
      <field name="state" eval="'done'"/>
      <field name="group_ids" eval="[Command.link(ref('user')),  (4, ref(&quot;base.group_user&quot;))]"/>
      <field name="count" type="int"> 3 </field>
      <field name="tags" type="list"><value>a</value><value eval="2"/></field>
      <field name="company_id" search="[('id', '=', ref('c'))]" model="res.company"/>
      <field name="icon" type="base64" file="rental/static/icon.png"/>
      <field name="arch" type="xml">
        <form b="&quot;"><!-- why --><button name="%(action)d" string="100%%"/></form>
      </field>
      <field name="line_ids"><record id="line" model="rental.line"><field name="q">1</field></record></field>
      <field name="name@nl">Een</field>
    </record></odoo>`);
  expect(parent).toEqual({
    entry: "record",
    translated: { "name@nl": "Een" },
    file: "a.xml",
    line: 2,
    xmlid: "rental.order",
    model: "rental.order",
    noupdate: false,
    forcecreate: false,
    tag: "record",
    values: {
      name: { kind: "text", text: " A & <B>" },
      partner_id: { kind: "ref", xmlids: ["base.main_partner"] },
      state: { kind: "eval", code: "'done'", value: { known: true, value: "done" }, xmlids: [] },
      group_ids: {
        kind: "eval",
        code: `[Command.link(ref('user')),(4,ref("base.group_user"))]`,
        value: { known: false, text: `[Command.link(ref('user')),(4,ref("base.group_user"))]` },
        xmlids: ["rental.user", "base.group_user"],
      },
      count: { kind: "eval", code: "3", value: { known: true, value: 3 }, xmlids: [] },
      tags: { kind: "eval", code: `["a",2]`, value: { known: true, value: ["a", 2] }, xmlids: [] },
      company_id: { kind: "search", model: "res.company", code: "[('id','=',ref('c'))]", xmlids: ["rental.c"] },
      icon: { kind: "file", path: "rental/static/icon.png", base64: true },
      arch: { kind: "xml", text: `<form b="&quot;"><!-- why --><button name="%(rental.action)d" string="100%%"/></form>`, lines: [13, 13] },
      line_ids: { kind: "records", xmlids: ["rental.line"] },
    },
  });
  expect(sub).toMatchObject({ xmlid: "rental.line", model: "rental.line", values: { q: { text: "1" } } });
});

test("noupdate comes from the nearest element that says it", () => {
  const record = (id: string): string => `<record id="${id}" model="m"/>`;
  const xml = `<odoo noupdate="1">${record("a")}<data noupdate="False">${record("b")}</data><data noupdate="">${record("c")}</data></odoo>`;
  expect(recordsOf(xml).map(({ xmlid, noupdate }) => [xmlid, noupdate])).toEqual([
    ["rental.a", true],
    ["rental.b", false],
    ["rental.c", true],
  ]);
});

test("menus come after the menu that they are in", () => {
  const [root, child] = recordsOf(`<odoo><menuitem id="root" name="Rental" web_icon="rental,i.png" sequence="5">
    <menuitem id="orders" action="action_orders" groups="base.group_user,-x"/></menuitem></odoo>`);
  expect(root).toMatchObject({
    model: "ir.ui.menu",
    tag: "menuitem",
    values: { parent_id: { value: { value: false } }, web_icon: { text: "rental,i.png" }, sequence: { value: { value: 5 } } },
  });
  expect(child?.values).toMatchObject({
    parent_id: { kind: "ref", xmlids: ["rental.root"] },
    action: { kind: "ref", xmlids: ["rental.action_orders"] },
    name: { kind: "eval", value: { known: false }, xmlids: ["rental.action_orders"] },
    group_ids: { code: "[Command.link(ref('base.group_user')),Command.unlink(ref('x'))]", xmlids: ["base.group_user", "rental.x"] },
  });
});

test("a template becomes a view", () => {
  const [page, more] = recordsOf(`<odoo><template id="page" name="Page" groups="base.group_user"><p/>x</template>
    <template id="more" inherit_id="web.layout" primary="True" active="False" priority="20"><xpath expr="." position="inside"/></template></odoo>`);
  expect(page).toMatchObject({ model: "ir.ui.view", tag: "template" });
  expect(page?.values).toMatchObject({
    name: { text: "Page" },
    key: { text: "rental.page" },
    type: { text: "qweb" },
    group_ids: { xmlids: ["base.group_user"] },
    arch: { text: `<t name="Page" t-name="rental.page"><p/>x</t>` },
  });
  expect(more?.onlyNew).toEqual(["active"]);
  expect(more?.values).toMatchObject({
    mode: { text: "primary" },
    inherit_id: { xmlids: ["web.layout"] },
    active: { value: { value: false } },
  });
  expect(more?.values["arch"]).toMatchObject({
    text:
      `<data inherit_id="web.layout" primary="True" active="False" priority="20"><xpath expr="." position="inside"/>` +
      `<xpath expr="." position="attributes"><attribute name="t-name">rental.more</attribute></xpath></data>`,
  });
});

test("assets, deletions and calls", () => {
  expect(
    entriesOf(`<odoo><asset id="s" name="S"><bundle directive="prepend">web.assets_frontend</bundle><path>rental/a.js</path></asset>
    <delete model="ir.rule" id="old"/><function model="ir.cron" name="run"><value eval="[ref('cron')]"/><value name="force">1</value></function></odoo>`),
  ).toMatchObject([
    {
      model: "ir.asset",
      values: { bundle: { text: "web.assets_frontend" }, directive: { text: "prepend" }, path: { text: "rental/a.js" } },
    },
    { entry: "delete", model: "ir.rule", xmlid: "rental.old", search: null },
    { entry: "function", method: "run", code: `[[ref('cron')],force="1"]`, xmlids: ["rental.cron"] },
  ]);
});

test("access rights in CSV", () => {
  const csv = `id,name,model_id:id,perm_read,name@nl\naccess_a,"a, ""b""\nc",model_rental_order,1,x\n,,,,\nbase.access_b,b,base.model_x,,y\n`;
  const { data, problems } = read({ "security/ir.model.access-more.csv": csv });
  expect(problems).toEqual([]);
  expect(data[0]?.entries).toMatchObject([
    {
      xmlid: "rental.access_a",
      model: "ir.model.access",
      line: 2,
      noupdate: false,
      values: { name: { text: `a, "b"\nc` }, model_id: { kind: "ref", xmlids: ["rental.model_rental_order"] }, perm_read: { text: "1" } },
    },
    { xmlid: "base.access_b", line: 5, values: { model_id: { xmlids: ["base.model_x"] } } },
  ]);
  const [entry] = data[0]?.entries ?? [];
  expect(entry?.entry === "record" && Object.keys(entry.values)).toEqual(["name", "model_id", "perm_read"]);
});

test.each([
  ["<odoo><a></odoo>", "xml-not-well-formed"],
  ["<tree/>", "xml-schema 1: <tree> can't be the root"],
  [`<odoo>\n<record id="a" model="m" foo="1"/></odoo>`, "xml-schema 2: <record> can't have the attribute foo here"],
  [`<odoo><record model="m"><field name="a" type="money">1</field></record></odoo>`, "xml-schema 1: <field> has the unknown type"],
  [`<odoo><record model="m"><field name="a" ref="x">1</field></record></odoo>`, "xml-schema 1: <field> can't have text here"],
  [`<odoo><button/></odoo>`, "xml-schema 1: <button> has no place in <odoo>"],
  [`<odoo><report string="a" model="b" name="c"/></odoo>`, "element-ignored"],
  [`<odoo><record id="a.b.c" model="m"/></odoo>`, "xmlid-two-dots"],
  [`<odoo><record id="a" model="m"/><record id="rental.a" model="m"/></odoo>`, "duplicate-xmlid 1: rental.a is declared in a.xml:1 too."],
  [`<odoo><record id="a" model="m"/><record id="a" model="n"/></odoo>`, "xmlid-of-two-models"],
  [`<!DOCTYPE odoo [<!ENTITY a "b">]><odoo>&a;</odoo>`, "xml-not-read"],
  [`<odoo>&nbsp;</odoo>`, "xml-not-well-formed"],
  [`${"<odoo>".repeat(300)}${"</odoo>".repeat(300)}`, "xml-not-well-formed 1: The file can't be read: elements are nested deeper"],
  ["<odoo>\0</odoo>", "xml-not-well-formed"],
])("%j is a problem", (xml, expected) => {
  expect(problemsOf(xml)).toContainEqual(expect.stringContaining(expected));
});

test("files that aren't there, can't be read or are of no use", () => {
  const files = { "__manifest__.py": "{\n'data': ['gone.xml']}", "a.txt": "", "b.sql": "SELECT 1", "c.xml": null, "d.csv": "name\nx\n" };
  const { data, problems, unknowns } = read(files, ["gone.xml", "a.txt", "b.sql", "c.xml", "d.csv", "./d.csv", "../x.xml"]);
  expect(problems.map(({ kind, file, line }) => [kind, file, line])).toEqual([
    ["data-file-missing", "__manifest__.py", 2],
    ["data-file-type", "__manifest__.py", 1],
    ["data-file-twice", "__manifest__.py", 1],
    ["csv-without-id", "d.csv", 1],
  ]);
  expect(unknowns.map(({ kind }) => kind)).toEqual(["data-file-outside", "sql-data-file", "unreadable-file"]);
  expect(data.map(({ file }) => file)).toEqual(["b.sql", "c.xml", "d.csv"]);
});

test("what can't be told is said", () => {
  const xml = `<odoo><record id="a" model="m"><field name="b" eval="ref('x_%s' % y)"/></record></odoo>`;
  expect(read({ "a.xml": xml }).unknowns).toMatchObject([{ kind: "computed-xmlid", line: 1 }]);
  const latin = `<?xml version="1.0" encoding="iso-8859-1"?>\n<odoo>é</odoo>`;
  expect(read({ "a.xml": latin }).unknowns).toMatchObject([{ kind: "xml-not-read" }]);
  expect(read({ "a.xml": latin.replace("é", "e") })).toMatchObject({ unknowns: [], problems: [] });
});

test("translated columns of CSV files", () => {
  const files = { "rental.kind.csv": "id,name,name@nl\na,One,Een\n" };
  expect(read(files).data[0]?.entries).toMatchObject([
    { values: { name: { kind: "text", text: "One" } }, translated: { "name@nl": "Een" } },
  ]);
});

test("translations and what makes a copy harmless", () => {
  const po = `#. module: rental\n#: model:ir.ui.menu,name:rental.m\nmsgid "A"\nmsgstr "B"\n`;
  const files = { "i18n/nl_BE.po": po, "i18n/rental.pot": po, "i18n/de.po": "msgid", "x/fr.po": po, "data/neutralize.sql": "UPDATE a;" };
  const { translations, neutralize, problems } = read(files, []);
  expect(translations).toMatchObject([
    { file: "i18n/nl_BE.po", language: "nl_BE", entries: 1 },
    { file: "i18n/rental.pot", language: null, entries: 1 },
  ]);
  expect(neutralize).toBe("UPDATE a;");
  expect(problems).toMatchObject([{ kind: "po-syntax", file: "i18n/de.po" }]);
});
