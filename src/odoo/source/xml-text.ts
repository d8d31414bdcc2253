import { isElement, type XmlElement, type XmlNode } from "./xml-tree.ts";

/** Namespace declarations of elements around others, outermost first. */
export function namespacesAround(ancestors: readonly XmlElement[]): ReadonlyMap<string, string> {
  return new Map(ancestors.flatMap(({ attributes }) => Object.entries(attributes).filter(([name]) => isNamespace(name))));
}

/**
 * Nodes as `lxml.etree.tostring` writes them, which is how they stand in the database: namespace declarations first, other attributes in their
 * order, empty elements closed at once, CDATA as text.
 *
 * @param namespaces declared around the nodes; each node declares them again
 */
export function xmlText(nodes: readonly XmlNode[], namespaces: ReadonlyMap<string, string> = new Map()): string {
  let text = "";
  for (const node of nodes) {
    if (namespaces.size === 0 || !isElement(node)) text += write(node);
    else {
      const outer = [...namespaces].filter(([name]) => !(name in node.attributes));
      text += write({ ...node, attributes: { ...node.attributes, ...Object.fromEntries(outer) } });
    }
  }
  return text;
}

function write(node: XmlNode): string {
  if (typeof node === "string") return escapeText(node);
  if (!isElement(node)) return node.markup;
  let namespaces = "";
  let attributes = "";
  for (const name in node.attributes) {
    const written = ` ${name}="${escapeValue(node.attributes[name] ?? "")}"`;
    if (isNamespace(name)) namespaces += written;
    else attributes += written;
  }
  const tag = `<${node.name}${namespaces}${attributes}`;
  if (node.children.length === 0) return `${tag}/>`;
  let text = `${tag}>`;
  for (const child of node.children) text += write(child);
  return `${text}</${node.name}>`;
}

export function isNamespace(attribute: string): boolean {
  return attribute === "xmlns" || attribute.startsWith("xmlns:");
}

const references: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\r": "&#13;",
  "\n": "&#10;",
  "\t": "&#9;",
};

function escapeText(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (character) => references[character] ?? character) : text;
}

function escapeValue(text: string): string {
  return /[&<>"\r\n\t]/.test(text) ? text.replace(/[&<>"\r\n\t]/g, (character) => references[character] ?? character) : text;
}
