import { ArchNode } from "./arch-node.ts";
import { XPathAttribute, textOf, type XPathNode } from "./xpath-axes.ts";
import { isNodes, toBoolean, toNumber, toText, type XPathValue } from "./xpath-values.ts";

interface At {
  readonly node: XPathNode;
  readonly position: number;
  readonly size: number;
}

type Call = (args: readonly XPathValue[], at: At) => XPathValue;

const text = (args: readonly XPathValue[], index: number): string => toText(args[index] ?? "");
const own = (args: readonly XPathValue[], at: At): string => (args.length === 0 ? textOf(at.node) : text(args, 0));

function nameOf(args: readonly XPathValue[], at: At): string {
  const [given] = args;
  const node = given === undefined ? at.node : isNodes(given) ? given[0] : undefined;
  if (node instanceof XPathAttribute) return node.name;
  return node instanceof ArchNode && node.kind !== "comment" ? node.tag : "";
}

/** The core functions of XPath 1.0, and `hasclass` of Odoo (`addons/base/models/ir_ui_view.py`). */
const functions: Readonly<Record<string, Call>> = {
  position: (_, at) => at.position,
  last: (_, at) => at.size,
  count: ([nodes]) => (nodes !== undefined && isNodes(nodes) ? nodes.length : Number.NaN),
  name: nameOf,
  "local-name": (args, at) => nameOf(args, at).replace(/^.*:/, ""),
  string: own,
  concat: (args) => args.map(toText).join(""),
  "starts-with": (args) => text(args, 0).startsWith(text(args, 1)),
  contains: (args) => text(args, 0).includes(text(args, 1)),
  "substring-before": (args) => (text(args, 0).includes(text(args, 1)) ? (text(args, 0).split(text(args, 1), 1)[0] ?? "") : ""),
  "substring-after": (args) => {
    const at = text(args, 0).indexOf(text(args, 1));
    return at === -1 ? "" : text(args, 0).slice(at + text(args, 1).length);
  },
  substring: (args) => {
    const from = Math.round(toNumber(args[1] ?? 1));
    const to = args[2] === undefined ? Infinity : from + Math.round(toNumber(args[2]));
    return [...text(args, 0)].filter((_, index) => index + 1 >= from && index + 1 < to).join("");
  },
  "string-length": (args, at) => [...own(args, at)].length,
  "normalize-space": (args, at) =>
    own(args, at)
      .trim()
      .replace(/[ \t\r\n]+/g, " "),
  translate: (args) => {
    const [from, to] = [[...text(args, 1)], [...text(args, 2)]];
    return [...text(args, 0)].map((character) => (from.includes(character) ? (to[from.indexOf(character)] ?? "") : character)).join("");
  },
  boolean: ([value]) => toBoolean(value ?? false),
  not: ([value]) => !toBoolean(value ?? false),
  true: () => true,
  false: () => false,
  number: (args, at) => toNumber(args[0] ?? textOf(at.node)),
  sum: ([nodes]) =>
    nodes !== undefined && isNodes(nodes) ? nodes.reduce((sum: number, node: XPathNode) => sum + toNumber([node]), 0) : Number.NaN,
  floor: ([value]) => Math.floor(toNumber(value ?? Number.NaN)),
  ceiling: ([value]) => Math.ceil(toNumber(value ?? Number.NaN)),
  round: ([value]) => Math.round(toNumber(value ?? Number.NaN)),
  hasclass: (args, at) => {
    const classes = at.node instanceof ArchNode ? (at.node.get("class") ?? "").split(/\s+/) : [];
    return args.every((wanted) => classes.includes(toText(wanted)));
  },
};

/** undefined: there is no such function. */
export function callFunction(name: string, args: readonly XPathValue[], at: At): XPathValue | undefined {
  return Object.hasOwn(functions, name) ? functions[name]?.(args, at) : undefined;
}
