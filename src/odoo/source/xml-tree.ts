import { SaxesParser } from "saxes";

export interface XmlElement {
  readonly name: string;
  /** Where its tag begins, from 1. */
  readonly line: number;
  /** Namespace declarations are among them. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
}

/** A comment or a processing instruction as it is written. */
export interface XmlMarkup {
  readonly markup: string;
}

export type XmlNode = XmlElement | XmlMarkup | string;

export type XmlReading =
  | { readonly root: XmlElement }
  /** `refused`: Odoo's parser refuses it too. Otherwise it is only Plimsoll that doesn't read it. */
  | { readonly root: null; readonly refused: boolean; readonly line: number; readonly what: string };

/** The bound of libxml2, which Odoo reads with. */
const depthMax = 256;
const charactersMax = 16 * 1024 * 1024;
const elementsMax = 250_000;
/** Of one element. */
const attributesMax = 500;

const declaredEncoding = /^\uFEFF?<\?xml\s[^>]*?encoding\s*=\s*["']([^"']*)/;

/** Encodings that agree with UTF-8 on ASCII. */
const extendsAscii = /^(?:us-)?ascii$|^iso-8859-\d+$|^windows-125\d$|^latin-?\d+$/i;

class NotRead extends Error {
  readonly refused: boolean;
  constructor(refused: boolean, what: string) {
    super(what);
    this.refused = refused;
  }
}

interface OpenElement {
  readonly name: string;
  readonly line: number;
  readonly attributes: Record<string, string>;
  readonly children: XmlNode[];
}

/** Reads a document with namespaces and without entities of its own. A document type declaration isn't read at all, so nothing can hide in one. */
export function readXml(text: string): XmlReading {
  if (text.length > charactersMax)
    return { root: null, refused: false, line: 1, what: `it has ${text.length} characters, more than ${charactersMax}` };
  const encoding = declaredEncoding.exec(text.slice(0, 200))?.[1];
  if (encoding !== undefined && !isReadAsWritten(encoding, text))
    return { root: null, refused: false, line: 1, what: `it says that it is written in ${encoding}` };
  const parser = new SaxesParser({ xmlns: true, position: false, defaultXMLVersion: "1.0", forceXMLVersion: true });
  let root: XmlElement | null = null;
  let elements = 0;
  const open: OpenElement[] = [];
  const add = (node: XmlNode): void => {
    const children = open.at(-1)?.children;
    const last = children?.length;
    if (children === undefined || last === undefined) return;
    const before = children[last - 1];
    // Text and CDATA are one text to a reader.
    if (typeof node === "string" && typeof before === "string") children[last - 1] = before + node;
    else children.push(node);
  };
  parser.on("opentagstart", ({ name }) => {
    elements += 1;
    if (open.length >= depthMax) throw new NotRead(true, `elements are nested deeper than ${depthMax}`);
    if (elements > elementsMax) throw new NotRead(false, `it has more than ${elementsMax} elements`);
    open.push({ name, line: parser.line, attributes: Object.create(null) as Record<string, string>, children: [] });
  });
  parser.on("opentag", ({ attributes }) => {
    const element = open.at(-1);
    if (element === undefined) return;
    let left = attributesMax;
    for (const name in attributes) {
      left -= 1;
      if (left < 0) throw new NotRead(false, `an element has more than ${attributesMax} attributes`);
      element.attributes[name] = attributes[name]?.value ?? "";
    }
  });
  parser.on("closetag", () => {
    const element = open.pop();
    if (element === undefined) return;
    if (open.length === 0) root = element;
    else add(element);
  });
  parser.on("text", add);
  parser.on("comment", (comment) => add({ markup: `<!--${comment}-->` }));
  parser.on("cdata", add);
  // With more than six handlers V8 takes the parser for a dictionary, and reading takes three times as long: rare ones only where they are needed.
  if (/<\?(?!xml\s)/.test(text))
    parser.on("processinginstruction", ({ target, body }) => add({ markup: body === "" ? `<?${target}?>` : `<?${target} ${body}?>` }));
  if (text.includes("<!DOCTYPE"))
    parser.on("doctype", () => {
      throw new NotRead(false, "it has a document type declaration, which could declare entities");
    });
  try {
    parser.write(text).close();
  } catch (error) {
    return { root: null, refused: error instanceof NotRead ? error.refused : true, line: parser.line, what: messageOf(error) };
  }
  return root === null ? { root, refused: true, line: 1, what: "it has no element" } : { root };
}

/** A text was decoded as UTF-8, whatever it says. */
function isReadAsWritten(encoding: string, text: string): boolean {
  return /^utf-?8$/i.test(encoding) || (extendsAscii.test(encoding) && !/[^\0-\x7f]/.test(text));
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

export function isElement(node: XmlNode): node is XmlElement {
  return typeof node !== "string" && "name" in node;
}

export function elementsOf(element: XmlElement, name?: string): XmlElement[] {
  return element.children.filter((node): node is XmlElement => isElement(node) && (name === undefined || node.name === name));
}

/** lxml's `text`: what stands before the first child, comments being children too. */
export function leadingText(element: XmlElement): string {
  const first = element.children[0];
  return typeof first === "string" ? first : "";
}
