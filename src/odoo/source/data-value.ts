import type { DataValue } from "../../domain/release/module-source.ts";
import { staticOf } from "./data-eval.ts";
import { short, type DataReading } from "./data-reading.ts";
import { namespacesAround, xmlText } from "./xml-text.ts";
import { elementsOf, isElement, leadingText, type XmlElement, type XmlNode } from "./xml-tree.ts";

/**
 * The value of a `<field>` or `<value>` (`_eval_xml` and `_tag_record` of `odoo/tools/convert.py`).
 *
 * @param ancestors elements around it, outermost first
 * @returns null: Odoo can't make one
 */
export function readDataValue(reading: DataReading, element: XmlElement, ancestors: readonly XmlElement[]): DataValue | null {
  const { attributes, line } = element;
  const { search, ref, file, model } = attributes;
  const type = attributes["type"]?.trim() ?? "char";
  if (search) {
    const { code, xmlids } = reading.expression(search, line);
    return { kind: "search", model: model || null, code, ...(xmlids.length > 0 ? { xmlids } : {}) };
  }
  if (ref && element.name === "field") return { kind: "ref", xmlids: present(reading.xmlid(ref, line)) };
  if (attributes["eval"]) {
    const { code, value, xmlids } = reading.expression(attributes["eval"], line);
    return { kind: "eval", code, value, xmlids };
  }
  if (type === "xml") {
    const nodes = oneRoot(element);
    return { kind: "xml", text: xmlContent(reading, nodes, [...ancestors, element]), lines: linesOf(nodes) };
  }
  if (type === "html") return { kind: "xml", text: xmlContent(reading, withoutLeadingText(element), [...ancestors, element]) };
  if (file && type !== "file") return { kind: "file", path: file, base64: type === "base64" };
  return typedValue(reading, element, type, ancestors);
}

function typedValue(reading: DataReading, element: XmlElement, type: string, ancestors: readonly XmlElement[]): DataValue | null {
  const text = leadingText(element);
  const literal = text.trim();
  switch (type) {
    case "char":
      return { kind: "text", text };
    case "file":
      return { kind: "text", text: `${reading.module},${literal}` };
    case "int":
    case "float":
      return { kind: "eval", code: literal, value: staticOf(literal), xmlids: [] };
    case "list":
    case "tuple":
      return listValue(elementsOf(element, "value").map((child) => readDataValue(reading, child, [...ancestors, element])));
    case "base64":
      reading.problem("field-type", element.line, "A field of type base64 needs a file.");
      return null;
    default:
      reading.problem("field-type", element.line, `The type ${short(type)} of a field is unknown.`);
      return null;
  }
}

function listValue(items: readonly (DataValue | null)[]): DataValue {
  const code = `[${items.map((item) => (item === null ? "None" : codeOfValue(item))).join(",")}]`;
  return { kind: "eval", code, value: staticOf(code), xmlids: items.flatMap((item) => (item === null ? [] : xmlidsOfValue(item))) };
}

export function xmlidsOfValue(value: DataValue): readonly string[] {
  return "xmlids" in value && value.xmlids !== undefined ? value.xmlids : [];
}

/** A value as an expression. */
export function codeOfValue(value: DataValue): string {
  switch (value.kind) {
    case "text":
    case "xml":
      return JSON.stringify(value.text);
    case "ref":
    case "records":
      return `[${value.xmlids.map((xmlid) => `ref('${xmlid}')`).join(",")}]`;
    case "eval":
      return value.code;
    case "search":
      return `search('${value.model ?? ""}',${value.code})`;
    default:
      return `file('${value.path}')`;
  }
}

/** They are written again with the content of every field. */
const namespacesMax = 32;

/** `_process` of `tools/convert.py`: records by their xmlid in arches. */
const recordInText = /([^%]%\()(.{0,300}?)(\)[ds])/g;

/** Content of an element as it comes into the database, but for the ids of records. */
export function xmlContent(reading: DataReading, nodes: readonly XmlNode[], ancestors: readonly XmlElement[]): string {
  const namespaces = namespacesAround(ancestors);
  if (namespaces.size > namespacesMax)
    reading.unknown("xml-namespaces", ancestors.at(-1)?.line ?? 1, `More than ${namespacesMax} namespaces are declared around it.`);
  const text = xmlText(nodes, namespaces.size > namespacesMax ? undefined : namespaces).trim();
  if (!text.includes("%(")) return text;
  return text.replace(recordInText, (found, before: string, name: string, after: string) =>
    name === "" || name.includes(".") ? found : `${before}${reading.module}.${name}${after}`,
  );
}

/** Where the elements begin, in document order. */
export function linesOf(nodes: readonly XmlNode[], lines: number[] = []): number[] {
  for (const node of nodes) {
    if (!isElement(node)) continue;
    lines.push(node.line);
    linesOf(node.children, lines);
  }
  return lines;
}

/** `_fix_multiple_roots`: several elements come into a `<data>`. */
function oneRoot(element: XmlElement): readonly XmlNode[] {
  const children = withoutLeadingText(element);
  if (children.filter(isElement).length < 2) return children;
  return [{ name: "data", line: element.line, attributes: {}, children }];
}

/** Odoo goes over the children of an element, and to lxml the text before them isn't one. */
function withoutLeadingText({ children }: XmlElement): readonly XmlNode[] {
  return typeof children[0] === "string" ? children.slice(1) : children;
}

function present(xmlid: string | null): readonly string[] {
  return xmlid === null ? [] : [xmlid];
}
