import { ArchNode } from "../../source/arch-node.ts";
import { locateNode, SpecError } from "./locate-node.ts";
import { changedAttribute } from "./spec-attributes.ts";
import { addStrippedItemsBefore, removeElement } from "./spec-text.ts";

/** How many elements `$0` may still copy: a few specs that double what they replace would fill the memory. */
export interface CopyBudget {
  nodes: number;
}

export const copiesMax = 100_000;

/** The largest view of Odoo has some hundred. */
const specsMax = 5000;

/**
 * Applies the specs of one view to its parent's architecture, as `apply_inheritance_specs` of Odoo 19
 * (`odoo/tools/template_inheritance.py`) does, line by line. Both trees are changed; the source that comes back may be
 * another one.
 *
 * @throws SpecError with the spec that can't be applied
 */
export function applyInheritanceSpecs(arch: ArchNode, specsTree: ArchNode, budget: CopyBudget = { nodes: copiesMax }): ArchNode {
  let source = arch;
  let applied = 0;
  const queue = [specsTree];
  const extract = (spec: ArchNode): ArchNode => {
    if (spec.children.length > 0) throw new SpecError(spec, "invalid", "a moved node has content of its own");
    const found = locateNode(source, spec);
    if (found === null) throw new SpecError(spec, "not-located", "the node to be moved isn't in the parent view");
    if (found.parent === null) throw new SpecError(spec, "invalid", "the root can't be moved");
    removeElement(found);
    return found;
  };
  for (let spec = queue.shift(); spec !== undefined; spec = queue.shift()) {
    if (spec.kind !== "element") continue;
    if (++applied > specsMax) throw new SpecError(spec, "invalid", `the view has more than ${specsMax} specs`);
    if (spec.tag === "data") {
      queue.push(...spec.children);
      continue;
    }
    const node = locateNode(source, spec);
    if (node === null) throw new SpecError(spec, "not-located", "nothing in the parent view matches");
    source = apply(source, node, spec, extract, budget);
  }
  return source;
}

function apply(source: ArchNode, node: ArchNode, spec: ArchNode, extract: (spec: ArchNode) => ArchNode, budget: CopyBudget): ArchNode {
  const position = spec.get("position") ?? "inside";
  switch (position) {
    case "replace":
      return replace(source, node, spec, extract, budget);
    case "attributes":
      for (const child of spec.elements()) if (child.tag === "attribute") changedAttribute(node, child);
      return source;
    case "inside": {
      const sentinel = new ArchNode("element", "sentinel");
      node.append(sentinel);
      addStrippedItemsBefore(sentinel, spec, extract);
      removeElement(sentinel);
      return source;
    }
    case "after": {
      if (node.parent === null) throw new SpecError(spec, "invalid", "nothing can stand after the root");
      const sentinel = new ArchNode("element", "sentinel");
      node.addAfter(sentinel);
      sentinel.tail = node.tail;
      node.tail = "";
      addStrippedItemsBefore(sentinel, spec, extract);
      removeElement(sentinel);
      return source;
    }
    case "before":
      if (node.parent === null) throw new SpecError(spec, "invalid", "nothing can stand before the root");
      addStrippedItemsBefore(node, spec, extract);
      return source;
    default:
      throw new SpecError(spec, "invalid", `the position "${position}" is none`);
  }
}

function replace(source: ArchNode, node: ArchNode, spec: ArchNode, extract: (spec: ArchNode) => ArchNode, budget: CopyBudget): ArchNode {
  const mode = spec.get("mode") ?? "outer";
  if (mode === "inner") {
    const sentinel = new ArchNode("element", "sentinel");
    if (node.children[0] === undefined) node.append(sentinel);
    else node.children[0].addBefore(sentinel);
    node.text = "";
    addStrippedItemsBefore(sentinel, spec.copy(), extract);
    for (const child of node.children.slice(node.children.indexOf(sentinel))) child.detach();
    return source;
  }
  if (mode !== "outer") throw new SpecError(spec, "invalid", `the mode "${mode}" is none`);
  for (const place of spec.elements())
    if (place !== spec && hasText(place, "$0")) {
      place.text = "";
      for (const _ of node.elements()) budget.nodes -= 1;
      if (budget.nodes < 0) throw new SpecError(spec, "invalid", "it copies more than any view needs");
      place.append(node.copy());
    }
  if (node.parent === null) return replacedRoot(node, spec);
  for (const child of [...spec.children]) node.addBefore(child.get("position") === "move" ? extract(child) : child);
  // Without its tail, as lxml: `remove` takes the tail along.
  node.detach();
  return source;
}

/** XPath's `text()='$0'`: any of its texts. */
function hasText(node: ArchNode, wanted: string): boolean {
  return node.text === wanted || node.children.some((child) => child.tail === wanted);
}

function replacedRoot(node: ArchNode, spec: ArchNode): ArchNode {
  const content = spec.children.find((child) => child.kind !== "comment");
  if (content === undefined || content.kind !== "element") throw new SpecError(spec, "invalid", "the root is replaced by nothing");
  const source = content.copy();
  source.tail = "";
  const name = node.get("t-name");
  if (name !== undefined && name !== "") source.attributes.set("t-name", name);
  const comment = spec.children.slice(0, spec.children.indexOf(content)).at(-1);
  if (comment !== undefined) {
    const kept = comment.copy();
    kept.tail = source.text;
    source.text = "";
    if (source.children[0] === undefined) source.append(kept);
    else source.children[0].addBefore(kept);
  }
  return source;
}
