import { checkDataSchema, ignoredElements } from "./data-schema.ts";
import type { DataReading } from "./data-reading.ts";
import { isTrue, readAsset, readMenuitem, readRecord, readTemplate, type DataSurroundings } from "./data-records.ts";
import { codeOfValue, readDataValue, xmlidsOfValue } from "./data-value.ts";
import { elementsOf, readXml, type XmlElement } from "./xml-tree.ts";

const roots = ["odoo", "openerp", "data"];

/** Reads an XML data file as Odoo 19's `tools/convert.py` does; what its schema refuses is a problem, and read as far as it goes. */
export function readXmlData(reading: DataReading, text: string): void {
  const document = readXml(text);
  if (document.root === null) {
    const { refused, line, what } = document;
    if (!refused) reading.unknown("xml-not-read", line, `The file isn't read: ${what}.`);
    reading.problem(refused ? "xml-not-well-formed" : "xml-not-read", line, `The file can't be read: ${what}.`);
    return;
  }
  for (const { line, what } of checkDataSchema(document.root)) reading.problem("xml-schema", line, `${what}.`);
  if (!roots.includes(document.root.name)) return;
  readRoot(reading, document.root, { noupdate: false, autoSequence: false, uid: undefined, context: undefined, ancestors: [] });
}

function readRoot(reading: DataReading, element: XmlElement, outer: DataSurroundings): void {
  const { attributes, line } = element;
  const around: DataSurroundings = {
    noupdate: isTrue(attributes["noupdate"], outer.noupdate),
    autoSequence: isTrue(attributes["auto_sequence"], false),
    uid: attributes["uid"] ? (reading.xmlid(attributes["uid"], line) ?? undefined) : outer.uid,
    context: attributes["context"] ? reading.expression(attributes["context"], line).code : outer.context,
    ancestors: [...outer.ancestors, element],
  };
  for (const child of elementsOf(element)) {
    if (roots.includes(child.name)) readRoot(reading, child, around);
    else if (ignoredElements.includes(child.name))
      reading.problem("element-ignored", child.line, `Odoo 19 makes nothing of <${child.name}>.`);
    else readEntry(reading, child, around);
  }
}

function readEntry(reading: DataReading, element: XmlElement, around: DataSurroundings): void {
  switch (element.name) {
    case "record":
      readRecord(reading, element, around);
      break;
    case "menuitem":
      readMenuitem(reading, element, around);
      break;
    case "template":
      readTemplate(reading, element, around);
      break;
    case "asset":
      readAsset(reading, element, around);
      break;
    case "delete":
      readDeletion(reading, element);
      break;
    case "function":
      readCall(reading, element, around);
  }
}

function readDeletion(reading: DataReading, { attributes, line }: XmlElement): void {
  const { model, id, search } = attributes;
  if (!model) return;
  reading.entries.push({
    entry: "delete",
    file: reading.file,
    line,
    model,
    xmlid: reading.xmlid(id, line),
    search: search ? reading.expression(search, line).code : null,
  });
}

function readCall(reading: DataReading, element: XmlElement, around: DataSurroundings): void {
  const { model, name: method } = element.attributes;
  if (!model || !method) return;
  const { code, xmlids } = callArguments(reading, element, around.ancestors);
  reading.entries.push({
    entry: "function",
    file: reading.file,
    line: element.line,
    model,
    method,
    noupdate: around.noupdate,
    code,
    ...(xmlids.length > 0 ? { xmlids } : {}),
  });
}

interface CallArguments {
  readonly code: string;
  readonly xmlids: readonly string[];
}

function callArguments(reading: DataReading, element: XmlElement, ancestors: readonly XmlElement[]): CallArguments {
  const { attributes, line } = element;
  if (attributes["eval"]) return reading.expression(attributes["eval"], line);
  const inside = [...ancestors, element];
  const xmlids = new Set<string>();
  const parts = elementsOf(element).map((child) => {
    if (child.name === "function") {
      const inner = callArguments(reading, child, inside);
      for (const xmlid of inner.xmlids) xmlids.add(xmlid);
      return `${child.attributes["model"] ?? ""}.${child.attributes["name"] ?? ""}(*${inner.code})`;
    }
    const value = readDataValue(reading, child, inside);
    if (value !== null) for (const xmlid of xmlidsOfValue(value)) xmlids.add(xmlid);
    const code = value === null ? "None" : codeOfValue(value);
    const { name } = child.attributes;
    return name ? `${name}=${code}` : code;
  });
  return { code: `[${parts.join(",")}]`, xmlids: [...xmlids] };
}
