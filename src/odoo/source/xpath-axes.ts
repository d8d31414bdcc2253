import { ArchNode } from "./arch-node.ts";
import type { XPathStep } from "./xpath-grammar.ts";

/** What has no node of its own in lxml's model. */
export class XPathDocument {
  readonly root: ArchNode;
  constructor(root: ArchNode) {
    this.root = root;
  }
}

export class XPathText {
  readonly owner: ArchNode;
  readonly place: "text" | "tail";
  constructor(owner: ArchNode, place: "text" | "tail") {
    this.owner = owner;
    this.place = place;
  }
}

export class XPathAttribute {
  readonly owner: ArchNode;
  readonly name: string;
  constructor(owner: ArchNode, name: string) {
    this.owner = owner;
    this.name = name;
  }
}

export type XPathNode = ArchNode | XPathDocument | XPathText | XPathAttribute;

/** The nodes of a step's axis that pass its test, in the axis' own order. */
export function* alongAxis(node: XPathNode, step: XPathStep): Generator<XPathNode> {
  const attribute = step.axis === "attribute";
  for (const found of axis(node, step.axis)) if (passes(found, step.test, attribute)) yield found;
}

export const backwards: ReadonlySet<string> = new Set(["ancestor", "ancestor-or-self", "preceding", "preceding-sibling"]);

function passes(node: XPathNode, test: string, attribute: boolean): boolean {
  if (test === "node()") return true;
  if (node instanceof XPathAttribute) return attribute && (test === "*" || node.name === test);
  if (node instanceof XPathText) return test === "text()";
  if (node instanceof XPathDocument) return false;
  if (node.kind === "comment") return test === "comment()";
  if (node.kind === "instruction") return test === "processing-instruction()";
  return test === "*" || node.tag === test;
}

function* axis(node: XPathNode, name: string): Generator<XPathNode> {
  switch (name) {
    case "self":
      yield node;
      return;
    case "child":
      yield* childrenOf(node);
      return;
    case "descendant":
      yield* below(node);
      return;
    case "descendant-or-self":
      yield node;
      yield* below(node);
      return;
    case "attribute":
      if (node instanceof ArchNode) for (const key of node.attributes.keys()) yield new XPathAttribute(node, key);
      return;
    case "parent": {
      const parent = parentOf(node);
      if (parent !== null) yield parent;
      return;
    }
    case "ancestor-or-self":
      yield node;
      yield* ancestors(node);
      return;
    case "ancestor":
      yield* ancestors(node);
      return;
    default:
      yield* beside(node, name);
  }
}

function* beside(node: XPathNode, name: string): Generator<XPathNode> {
  if (name === "following-sibling" || name === "preceding-sibling") {
    if (node instanceof XPathAttribute) return;
    const parent = parentOf(node);
    if (parent === null) return;
    const siblings = [...childrenOf(parent)];
    const at = siblings.findIndex((sibling) => sameNode(sibling, node));
    yield* name === "following-sibling" ? siblings.slice(at + 1) : siblings.slice(0, at).toReversed();
    return;
  }
  for (let from: XPathNode | null = node; from !== null; from = parentOf(from))
    for (const sibling of beside(from, `${name}-sibling`)) {
      if (name === "following") yield sibling;
      const inside = below(sibling);
      yield* name === "following" ? inside : inside.toReversed();
      if (name === "preceding") yield sibling;
    }
}

function* childrenOf(node: XPathNode): Generator<XPathNode> {
  if (node instanceof XPathDocument) yield node.root;
  else if (node instanceof ArchNode && node.kind === "element") {
    if (node.text !== "") yield new XPathText(node, "text");
    for (const child of node.children) {
      yield child;
      if (child.tail !== "") yield new XPathText(child, "tail");
    }
  }
}

function below(node: XPathNode): XPathNode[] {
  const found: XPathNode[] = [];
  if (node instanceof XPathDocument) found.push(node.root);
  const start = node instanceof XPathDocument ? node.root : node;
  if (start instanceof ArchNode) collectBelow(start, found);
  return found;
}

function collectBelow(node: ArchNode, found: XPathNode[]): void {
  if (node.kind !== "element") return;
  if (node.text !== "") found.push(new XPathText(node, "text"));
  for (const child of node.children) {
    found.push(child);
    collectBelow(child, found);
    if (child.tail !== "") found.push(new XPathText(child, "tail"));
  }
}

function* ancestors(node: XPathNode): Generator<XPathNode> {
  for (let parent = parentOf(node); parent !== null; parent = parentOf(parent)) yield parent;
}

function parentOf(node: XPathNode): ArchNode | XPathDocument | null {
  if (node instanceof XPathDocument) return null;
  if (node instanceof XPathAttribute) return node.owner;
  if (node instanceof XPathText) return node.place === "text" ? node.owner : node.owner.parent;
  return node.parent ?? new XPathDocument(node);
}

function sameNode(a: XPathNode, b: XPathNode): boolean {
  return identity(a) === identity(b) && place(a) === place(b);
}

export const identity = (node: XPathNode): ArchNode =>
  node instanceof ArchNode ? node : node instanceof XPathDocument ? node.root : node.owner;

/** Tells nodes of the same element apart, and orders them. */
export const place = (node: XPathNode): string => {
  if (node instanceof XPathDocument) return "0";
  if (node instanceof ArchNode) return "1";
  return node instanceof XPathAttribute ? `2${node.name}` : node.place === "text" ? "3" : "9";
};

export function textOf(node: XPathNode): string {
  if (node instanceof XPathAttribute) return node.owner.get(node.name) ?? "";
  if (node instanceof XPathText) return node.place === "text" ? node.owner.text : node.owner.tail;
  if (node instanceof XPathDocument) return textOf(node.root);
  if (node.kind !== "element") return node.text;
  return node.text + node.children.map((child) => (child.kind === "element" ? textOf(child) : "") + child.tail).join("");
}
