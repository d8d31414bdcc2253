import { expect, it } from "vitest";
import { readDataFile } from "./data-file.ts";
import { readManifestEntries } from "./manifest-entries.ts";
import { readPoFile } from "./po-file.ts";
import { SourceReader } from "./source-model.ts";

it("reads what data calls and which files it reads", () => {
  const xml = `<odoo><!-- <function name="hidden"/> -->
    <menuitem id="a" web_icon="m,static/a.png"/><field name="b" type="base64" file='m/b&#46;png'/>
    <function model="x" name="go" eval="[ref('y')]"/><field name="z" eval="obj(1).call(3, 'm/c.png')"/>
    <field name="web_icon">m,static/d.png</field></odoo>`;
  expect(readDataFile("data/a.xml", xml)).toEqual({
    calls: ["go", "ref", "obj", "call"],
    files: ["m,static/a.png", "m/b.png", "m/c.png", "m,static/d.png"],
  });
  expect(readDataFile("a.csv", 'id,web_icon\na,"m,static/a.png"\n')?.files).toContain("m,static/a.png");
  expect(readDataFile("a.xml", '<!DOCTYPE x [<!ENTITY a "b">]><odoo/>')).toBeNull();
});

it("follows the code of server actions when data runs them", () => {
  const action = '<record><field name="code">model.tidy()</field></record>';
  expect(readDataFile("a.xml", action)?.calls).toEqual([]);
  expect(readDataFile("a.xml", `${action}<function model="ir.actions.server" name="run"/>`)?.calls).toEqual(["run", "tidy"]);
});

const entry = (reference: string, more = ""): string => `#. module: m\n${more}#: ${reference}\nmsgid "A"\n"B"\nmsgstr "C"\n`;

it("reads PO files: joined lines, references to records, flags and what is left over", () => {
  const [one] = readPoFile(`msgid ""\nmsgstr "x"\n\n${entry("model:a,b:m.c code:addons/m/a.py:0")}`) ?? [];
  expect(one).toMatchObject({ key: '[null,"AB"]', translated: true, ofRecords: true });
  expect(readPoFile(entry("code:addons/m/a.py:0"))?.[0]).toMatchObject({ ofRecords: false });
  expect(readPoFile(entry("model_terms:a,b:m.c"))?.[0]?.text).not.toBe(readPoFile(entry("model_terms:a,b:m.c", "#, fuzzy\n"))?.[0]?.text);
  expect(readPoFile(entry("model:a,b:m.c").replace(/^(?=msg|")/gm, "#~ "))?.[0]).toMatchObject({ ofRecords: false, translated: false });
  expect(readPoFile(`${entry("code:a.py:1")}\n${entry("model:a,b:m.c")}`)).toHaveLength(2);
});

it.each([
  ["an entry without its module", entry("model:a,b:m.c").replace("#. module: m\n", "")],
  ["code without a line", entry("code:addons/m/a.py")],
  ["something else", "hello"],
])("doesn't read PO files with %s, at which Odoo stops as well", (_what, text) => {
  expect(readPoFile(text)).toBeNull();
});

it("gives manifest values that are equal for equal values only", () => {
  const a = readManifestEntries("{'a': [1, 'x'], 'b': {'c': True}, 'd': ('e',)}");
  const b = readManifestEntries('{"b": {"c": True},\n "a": [1, "x"], "d": ["e"]}');
  expect(b?.get("a")).toBe(a?.get("a"));
  expect(b?.get("b")).toBe(a?.get("b"));
  expect(b?.get("d")).not.toBe(a?.get("d"));
  expect(readManifestEntries("[1]")).toBeNull();
  expect(readManifestEntries("{")).toBeNull();
});

it("keeps the words of Python that can't be read", () => {
  const model = new SourceReader().read(
    [
      { path: "m/a.py", digest: "x", text: "def (init" },
      { path: "m/b.py", digest: "y", text: null },
    ],
    new Set(),
  );
  expect(model.python.get("m/a.py")).toBeNull();
  expect(model.words.get("m/a.py")).toEqual(["def", "init"]);
  expect(model.python.get("m/b.py")).toBeNull();
});
