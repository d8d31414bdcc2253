import type { ArchNode } from "../../source/arch-node.ts";

/** White space at the end of a line's indentation: what stands between the last node and what follows. */
const indentation = /\n[ \t]*$/;

/** `add_stripped_items_before` of Odoo 19's `template_inheritance.py`: the new nodes take the place's indentation. */
export function addStrippedItemsBefore(node: ArchNode, spec: ArchNode, extract: (spec: ArchNode) => ArchNode): void {
  const previous = node.previous();
  let before: string;
  if (previous === null) {
    const parent = node.parent;
    if (parent === null) throw new Error("a root has no siblings");
    before = indentation.exec(parent.text)?.[0] ?? "";
    parent.text = trimEnd(parent.text) + spec.text;
  } else {
    before = indentation.exec(previous.tail)?.[0] ?? "";
    previous.tail = trimEnd(previous.tail) + spec.text;
  }
  const last = spec.children.at(-1);
  if (last !== undefined) last.tail = trimEnd(last.tail) + before;
  for (const child of [...spec.children]) {
    if (child.get("position") !== "move") {
      node.addBefore(child);
      continue;
    }
    const tail = child.tail;
    const moved = extract(child);
    moved.tail = tail;
    node.addBefore(moved);
  }
}

/** Removes a node but not its tail. */
export function removeElement(node: ArchNode): void {
  addTextBefore(node, node.tail);
  node.tail = "";
  node.detach();
}

function addTextBefore(node: ArchNode, text: string): void {
  if (text === "") return;
  const previous = node.previous();
  if (previous !== null) previous.tail += text;
  else if (node.parent !== null) node.parent.text = trimEnd(node.parent.text) + text;
}

/** Python's `rstrip()`. */
const trimEnd = (text: string): string => text.replace(/[\s\u001c-\u001f\u0085]+$/, "");
