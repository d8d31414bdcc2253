import { isNamespace } from "./xml-text.ts";
import { elementsOf, leadingText, type XmlElement } from "./xml-tree.ts";

/** What Odoo's schema of data files (`odoo/import_xml.rng`) refuses; one breach makes it refuse the whole file. */
export interface SchemaBreach {
  readonly line: number;
  readonly what: string;
}

interface Shape {
  readonly required?: readonly string[];
  readonly optional?: readonly string[];
  /** Names of children. `any`: every one, and whatever is in them. */
  readonly children?: readonly string[] | "any";
  readonly minChildren?: number;
  readonly text?: boolean;
}

/** After so many the rest of a file says nothing new. */
const breachesMax = 20;

const roots = ["odoo", "openerp", "data"];
/** Elements that the schema knows and that `tools/convert.py` of Odoo 19 makes nothing of. */
export const ignoredElements: readonly string[] = ["report", "act_window"];
const entryNames = [...roots, "menuitem", "record", "template", "asset", "delete", "function", ...ignoredElements];
const environment = ["uid", "context"];
const menuAttributes = ["name", "sequence", "groups", "active"];
const floatPattern = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|-?INF|NaN)$/;

/** Breaches in the order of the file; none: Odoo accepts its form. */
export function checkDataSchema(root: XmlElement): readonly SchemaBreach[] {
  const breaches: SchemaBreach[] = [];
  const say = (element: XmlElement, what: string): void => {
    if (breaches.length < breachesMax) breaches.push({ line: element.line, what: `<${element.name}> ${what}` });
  };
  if (!roots.includes(root.name)) say(root, `can't be the root; Odoo expects <odoo>`);
  else check(root, say);
  return breaches;
}

type Say = (element: XmlElement, what: string) => void;

const checks: Readonly<Record<string, (element: XmlElement, say: Say, within: string) => Shape>> = {
  odoo: rootShape,
  openerp: rootShape,
  data: rootShape,
  record: ({ attributes }) => ({
    required: ["model"],
    optional: [...environment, "id", ...("id" in attributes ? ["forcecreate"] : [])],
    children: ["field"],
  }),
  field: fieldShape,
  value: valueShape,
  function: (element) => ({
    required: ["model", "name"],
    optional: [...environment, "eval"],
    children: "eval" in element.attributes ? [] : ["value", "function"],
  }),
  template: (element, say) => {
    if ("primary" in element.attributes && element.attributes["primary"] !== "True") say(element, `has a primary other than "True"`);
    return {
      optional: [
        ...[
          "id",
          "t-name",
          "name",
          "forcecreate",
          "context",
          "priority",
          "key",
          "website_id",
          "track",
          "groups",
          "active",
          "customize_show",
        ],
        "inherit_id",
        ...("inherit_id" in element.attributes ? ["primary"] : []),
      ],
      children: "any",
      text: true,
    };
  },
  asset: (element, say) => {
    for (const name of ["bundle", "path"]) if (elementsOf(element, name).length !== 1) say(element, `needs exactly one <${name}>`);
    return { required: ["id", "name"], optional: ["active"], children: ["bundle", "path", "field"] };
  },
  bundle: () => ({ optional: ["directive"], text: true }),
  path: () => ({ text: true }),
  delete: (element, say) => {
    if ("id" in element.attributes === "search" in element.attributes) say(element, "needs either id or search");
    return { required: ["model"], optional: ["id", "search"] };
  },
  menuitem: menuitemShape,
};

function check(element: XmlElement, say: Say, within = ""): void {
  const shape = checks[element.name]?.(element, say, within);
  if (shape === undefined) return;
  const { required = [], optional = [], children = [], text = false, minChildren = 0 } = shape;
  for (const name of required) if (!(name in element.attributes)) say(element, `needs the attribute ${name}`);
  for (const name in element.attributes)
    if (!required.includes(name) && !optional.includes(name) && !isNamespace(name)) say(element, `can't have the attribute ${name} here`);
  if (!text && element.children.some((child) => typeof child === "string" && child.trim() !== "")) say(element, "can't have text here");
  if (children === "any") return;
  const inside = elementsOf(element);
  if (inside.length < minChildren) say(element, "is empty");
  for (const child of inside) {
    if (children.includes(child.name)) check(child, say, element.name);
    else say(child, `has no place in <${element.name}>`);
  }
}

function rootShape(): Shape {
  return { optional: ["noupdate", "auto_sequence", ...environment], children: entryNames, text: true };
}

function menuitemShape(element: XmlElement, say: Say, within: string): Shape {
  const { sequence } = element.attributes;
  if (sequence !== undefined && !isInt(sequence.trim())) say(element, "has a sequence that is no whole number");
  const isTop = within !== "menuitem";
  const isRoot = isTop && !("parent" in element.attributes);
  // Below another menu something leads somewhere or has menus of its own.
  const leads = !isRoot && "action" in element.attributes;
  return {
    required: ["id", ...(isTop && !isRoot ? ["parent"] : [])],
    optional: [...menuAttributes, "action", ...(isRoot ? ["web_icon"] : [])],
    children: leads ? [] : ["menuitem"],
  };
}

function valueShape({ attributes }: XmlElement): Shape {
  const optional = ["name", "model", "use"];
  if ("search" in attributes) return { optional: [...optional, "search"] };
  if ("eval" in attributes) return { optional: [...optional, "eval"] };
  if ("file" in attributes) return { optional: [...optional, "type", "file"] };
  return { optional: [...optional, "type"], text: true };
}

function fieldShape(element: XmlElement, say: Say): Shape {
  const { type } = element.attributes;
  const required = ["name"];
  if (type !== undefined) return { ...typedShape(element, type, say), required: [...required, "type"] };
  if ("ref" in element.attributes) return { required: [...required, "ref"] };
  if ("eval" in element.attributes) return { required: [...required, "eval"], optional: ["model"] };
  if ("search" in element.attributes) return { required: [...required, "search"], optional: ["model", "use"] };
  return elementsOf(element).length > 0 ? { required, children: ["record"] } : { required, text: true };
}

function typedShape(element: XmlElement, type: string, say: Say): Shape {
  const text = leadingText(element).trim();
  switch (type.trim()) {
    case "base64":
    case "char":
    case "file":
      return "file" in element.attributes ? { optional: ["file"] } : { text: true };
    case "int":
      if (text !== "None" && !isInt(text)) say(element, "is no whole number");
      return { text: true };
    case "float":
      if (!floatPattern.test(text)) say(element, "is no number");
      return { text: true };
    case "list":
    case "tuple":
      return { children: ["value"], minChildren: 1 };
    case "html":
    case "xml":
      if (elementsOf(element).length === 0) say(element, "needs an element inside");
      return { children: "any" };
    default:
      say(element, `has the unknown type "${type}"`);
      return { text: true };
  }
}

/** `xs:int`, which has 32 bits. */
function isInt(text: string): boolean {
  return /^[+-]?\d+$/.test(text) && Number(text) >= -(2 ** 31) && Number(text) < 2 ** 31;
}
