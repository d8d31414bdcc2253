import { firstElement, XPathError } from "../../source/xpath.ts";
import { XPathSyntaxError } from "../../source/xpath-grammar.ts";
import type { ArchNode } from "../../source/arch-node.ts";

/** A spec that Odoo refuses. `not-located`: the parent has no such node. */
export class SpecError extends Error {
  readonly spec: ArchNode;
  readonly kind: "not-located" | "invalid";
  constructor(spec: ArchNode, kind: SpecError["kind"], why: string) {
    super(why);
    this.spec = spec;
    this.kind = kind;
  }
}

/**
 * The node that a spec means, as `locate_node` of Odoo 19 finds it.
 *
 * @throws SpecError
 */
export function locateNode(arch: ArchNode, spec: ArchNode): ArchNode | null {
  if (spec.tag === "xpath") {
    const expression = spec.get("expr");
    if (expression === undefined) throw new SpecError(spec, "invalid", "<xpath> has no expr");
    try {
      return firstElement(arch, expression);
    } catch (error) {
      if (error instanceof XPathSyntaxError || error instanceof XPathError)
        throw new SpecError(spec, "invalid", `the expression ${expression} can't be evaluated: ${error.message}`);
      throw error;
    }
  }
  const name = spec.get("name");
  for (const node of arch.elements()) {
    if (node.tag !== spec.tag) continue;
    if (spec.tag === "field" ? node.get("name") === name : sameAttributes(node, spec)) return node;
  }
  return null;
}

function sameAttributes(node: ArchNode, spec: ArchNode): boolean {
  for (const [name, value] of spec.attributes) if (name !== "position" && node.get(name) !== value) return false;
  return true;
}

/** A spec as its author would recognise it. */
export function describeSpec(spec: ArchNode): string {
  const attributes = [...spec.attributes].map(([name, value]) => ` ${name}="${value}"`).join("");
  return `<${spec.tag}${attributes}>`;
}
