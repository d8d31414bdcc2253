import type { DataRecord, DataValue } from "../../domain/release/module-source.ts";
import { completeXmlid } from "./data-eval.ts";
import type { DataReading } from "./data-reading.ts";
import { linesOf, readDataValue, xmlContent } from "./data-value.ts";
import { elementsOf, leadingText, type XmlElement } from "./xml-tree.ts";

/** What the elements around an entry say about it. */
export interface DataSurroundings {
  readonly noupdate: boolean;
  readonly autoSequence: boolean;
  readonly uid: string | undefined;
  readonly context: string | undefined;
  /** Outermost first. */
  readonly ancestors: readonly XmlElement[];
}

type Values = Map<string, DataValue>;

export function readRecord(reading: DataReading, element: XmlElement, around: DataSurroundings, isSub = false): string | null {
  const { id, model } = element.attributes;
  const xmlid = reading.xmlid(id, element.line);
  if (!model) return xmlid;
  const values: Values = new Map();
  const inside = [...around.ancestors, element];
  const subs: XmlElement[] = [];
  const translated: [string, string][] = [];
  for (const field of elementsOf(element, "field")) {
    const { name } = field.attributes;
    if (name === undefined) continue;
    // Not a value of the record: loaded with the translations, after all records (`XMLDataFileReader`).
    if (name.includes("@")) {
      translated.push([name, field.children.filter((child) => typeof child === "string").join("")]);
      continue;
    }
    const records = isPlain(field) ? elementsOf(field, "record") : [];
    subs.push(...records);
    const value: DataValue | null =
      records.length > 0
        ? { kind: "records", xmlids: records.flatMap(({ attributes: { id: sub } }) => (sub ? [completeXmlid(sub, reading.module)] : [])) }
        : readDataValue(reading, field, inside);
    if (value !== null) values.set(name, value);
  }
  push(reading, { element, around, xmlid, model, tag: "record", values, isSub, translated });
  for (const sub of subs) readRecord(reading, sub, { ...around, ancestors: inside }, true);
  return xmlid;
}

function isPlain({ attributes }: XmlElement): boolean {
  return !["type", "ref", "eval", "search", "file"].some((name) => attributes[name]);
}

/** `_tag_menuitem` of `odoo/tools/convert.py`. */
export function readMenuitem(reading: DataReading, element: XmlElement, around: DataSurroundings, parent: string | null = null): void {
  const { attributes, line } = element;
  const xmlid = reading.xmlid(attributes["id"], line);
  if (xmlid === null) return;
  const values: Values = new Map();
  const above = parent ?? reading.xmlid(attributes["parent"], line);
  values.set("parent_id", above === null ? constant(false) : { kind: "ref", xmlids: [above] });
  values.set("active", constant(isTrue(attributes["active"], true)));
  if (attributes["sequence"]) values.set("sequence", evaluated(reading, attributes["sequence"], line));
  if (above === null && attributes["web_icon"]) values.set("web_icon", { kind: "text", text: attributes["web_icon"] });
  const action = reading.xmlid(attributes["action"], line);
  if (action !== null) values.set("action", { kind: "ref", xmlids: [action] });
  // Without a name a menu is called like its action, which another module may have renamed.
  if (attributes["name"]) values.set("name", { kind: "text", text: attributes["name"] });
  else if (action !== null) values.set("name", evaluated(reading, `ref('${action}').name`, line));
  else values.set("name", { kind: "text", text: attributes["id"] ?? "?" });
  const groups = (attributes["groups"] ?? "").split(",").filter((group) => group !== "");
  if (groups.length > 0) {
    const commands = groups.map((group) =>
      group.startsWith("-") ? `Command.unlink(ref('${group.slice(1)}'))` : `Command.link(ref('${group}'))`,
    );
    values.set("group_ids", evaluated(reading, `[${commands.join(",")}]`, line));
  }
  push(reading, { element, around, xmlid, model: "ir.ui.menu", tag: "menuitem", values });
  for (const child of elementsOf(element, "menuitem")) readMenuitem(reading, child, around, xmlid);
}

/** `_tag_template` of `odoo/tools/convert.py`. */
export function readTemplate(reading: DataReading, element: XmlElement, around: DataSurroundings): void {
  const { attributes, line } = element;
  const id = attributes["id"] ?? attributes["t-name"];
  const xmlid = reading.xmlid(id, line);
  if (id === undefined || xmlid === null) {
    reading.problem("template-without-id", line, "A <template> needs an id.");
    return;
  }
  const values: Values = new Map();
  const text = (field: string, value: string | undefined): void => {
    if (value !== undefined) values.set(field, { kind: "text", text: value });
  };
  const reference = (field: string): void => {
    const target = reading.xmlid(attributes[field], line);
    if (target !== null) values.set(field, { kind: "ref", xmlids: [target] });
  };
  text("name", attributes["name"] ?? id);
  text("key", attributes["key"] ?? xmlid);
  text("type", "qweb");
  text("track", attributes["track"]);
  text("priority", attributes["priority"]);
  reference("inherit_id");
  reference("website_id");
  if (isPythonBool(attributes["active"])) values.set("active", constant(attributes["active"] === "True"));
  if (isPythonBool(attributes["customize_show"])) values.set("customize_show", constant(attributes["customize_show"] === "True"));
  if (attributes["groups"]) {
    const groups = attributes["groups"].split(",").map((group) => `ref('${group}')`);
    values.set("group_ids", evaluated(reading, `[Command.set([${groups.join(", ")}])]`, line));
  }
  const isPrimary = attributes["primary"] === "True";
  if (isPrimary) text("mode", "primary");
  values.set("arch", { kind: "xml", text: archOf(reading, element, xmlid, isPrimary, around.ancestors), lines: linesOf([element]) });
  const model = reading.module.startsWith("theme_") ? "theme.ir.ui.view" : "ir.ui.view";
  push(reading, { element, around, xmlid, model, tag: "template", values, onlyNew: values.has("active") ? ["active"] : [] });
}

const notInArch = new Set(["id", "forcecreate", "context", "groups"]);

function archOf(reading: DataReading, element: XmlElement, xmlid: string, isPrimary: boolean, ancestors: readonly XmlElement[]): string {
  const attributes = Object.fromEntries(Object.entries(element.attributes).filter(([name]) => !notInArch.has(name)));
  const inherits = Boolean(attributes["inherit_id"]);
  if (!inherits) attributes["t-name"] = xmlid;
  const rename: XmlElement = { name: "attribute", line: element.line, attributes: { name: "t-name" }, children: [xmlid] };
  const clone: XmlElement = { name: "xpath", line: element.line, attributes: { expr: ".", position: "attributes" }, children: [rename] };
  const children = isPrimary ? [...element.children, clone] : element.children;
  return xmlContent(reading, [{ name: inherits ? "data" : "t", line: element.line, attributes, children }], ancestors);
}

/** `_tag_asset` of `odoo/tools/convert.py`. */
export function readAsset(reading: DataReading, element: XmlElement, around: DataSurroundings): void {
  const { attributes, line } = element;
  const xmlid = reading.xmlid(attributes["id"], line);
  const [bundle] = elementsOf(element, "bundle");
  const [path] = elementsOf(element, "path");
  if (xmlid === null || bundle === undefined || path === undefined) return;
  const values: Values = new Map([
    ["name", { kind: "text", text: attributes["name"] ?? attributes["id"] ?? "" }],
    ["bundle", { kind: "text", text: leadingText(bundle) }],
  ]);
  if (bundle.attributes["directive"] !== undefined) values.set("directive", { kind: "text", text: bundle.attributes["directive"] });
  values.set("path", { kind: "text", text: leadingText(path) });
  const isNewActive = isPythonBool(attributes["active"]);
  if (isNewActive) values.set("active", constant(attributes["active"] === "True"));
  for (const field of elementsOf(element, "field")) {
    const value = readDataValue(reading, field, [...around.ancestors, element]);
    if (value !== null && field.attributes["name"] !== undefined) values.set(field.attributes["name"], value);
  }
  const model = reading.module.startsWith("theme_") ? "theme.ir.asset" : "ir.asset";
  push(reading, { element, around, xmlid, model, tag: "asset", values, onlyNew: isNewActive ? ["active"] : [] });
}

interface Draft {
  readonly element: XmlElement;
  readonly around: DataSurroundings;
  readonly xmlid: string | null;
  readonly model: string;
  readonly tag: DataRecord["tag"];
  readonly values: Values;
  readonly onlyNew?: readonly string[];
  readonly isSub?: boolean;
  readonly translated?: readonly (readonly [string, string])[];
}

function push(reading: DataReading, draft: Draft): void {
  const { element, around, xmlid, model, tag, values, onlyNew = [], isSub = false, translated = [] } = draft;
  const { attributes, line } = element;
  const isForced = isTrue(attributes["forcecreate"], false);
  const uid = attributes["uid"] ? reading.xmlid(attributes["uid"], line) : around.uid;
  const context = attributes["context"] ? reading.expression(attributes["context"], line).code : around.context;
  const record: Draftable = {
    entry: "record",
    file: reading.file,
    line,
    xmlid,
    model,
    noupdate: around.noupdate,
    forcecreate: isTrue(attributes["forcecreate"], true),
    tag,
    values: Object.fromEntries(values),
  };
  if (translated.length > 0) record.translated = Object.fromEntries(translated);
  if (onlyNew.length > 0) record.onlyNew = onlyNew;
  if (isForced) record.createsForeign = true;
  if (around.autoSequence && tag !== "menuitem") record.autoSequence = isSub ? "next" : "first";
  if (uid) record.uid = uid;
  if (context) record.context = context;
  reading.entries.push(record);
}

type Draftable = { -readonly [Key in keyof DataRecord]: DataRecord[Key] };

function evaluated(reading: DataReading, code: string, line: number): DataValue {
  const { code: text, value, xmlids } = reading.expression(code, line);
  return { kind: "eval", code: text, value, xmlids };
}

function constant(value: boolean): DataValue {
  return { kind: "eval", code: value ? "True" : "False", value: { known: true, value }, xmlids: [] };
}

/** `nodeattr2bool` of `odoo/tools/convert.py`. */
export function isTrue(attribute: string | undefined, otherwise: boolean): boolean {
  const text = attribute?.trim();
  return text === undefined || text === "" ? otherwise : !["0", "false", "off"].includes(text.toLowerCase());
}

function isPythonBool(text: string | undefined): boolean {
  return text === "True" || text === "False";
}
