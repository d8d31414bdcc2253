/**
 * A node of a view's architecture as lxml sees it: text before the first child is the element's `text`, what follows a node is its `tail`.
 * Odoo's inheritance of views is written in these terms, white space included. Unlike what is read of a data file it can be changed.
 */
export class ArchNode {
  readonly kind: "element" | "comment" | "instruction";
  /** With its prefix as written; of an instruction its target. */
  readonly tag: string;
  readonly attributes: Map<string, string>;
  children: ArchNode[] = [];
  text: string;
  tail = "";
  parent: ArchNode | null = null;
  /** How many elements begin before it in its text. */
  readonly index: number;
  /** Whoever read it may say where the node comes from. */
  origin: number | null = null;

  constructor(kind: ArchNode["kind"], tag: string, attributes: Map<string, string> = new Map(), text = "", index = 0) {
    this.kind = kind;
    this.tag = tag;
    this.attributes = attributes;
    this.text = text;
    this.index = index;
  }

  get(name: string): string | undefined {
    return this.attributes.get(name);
  }

  append(child: ArchNode): void {
    child.parent = this;
    this.children.push(child);
  }

  /** Puts a node before this one; it brings its tail along and leaves where it was. */
  addBefore(node: ArchNode): void {
    this.#add(node, 0);
  }

  addAfter(node: ArchNode): void {
    this.#add(node, 1);
  }

  #add(node: ArchNode, offset: number): void {
    node.detach();
    if (this.parent === null) throw new Error("a root has no siblings");
    node.parent = this.parent;
    this.parent.children.splice(this.parent.children.indexOf(this) + offset, 0, node);
  }

  previous(): ArchNode | null {
    return this.parent?.children[this.parent.children.indexOf(this) - 1] ?? null;
  }

  /** Out of its parent, with its tail. */
  detach(): void {
    if (this.parent === null) return;
    this.parent.children.splice(this.parent.children.indexOf(this), 1);
    this.parent = null;
  }

  /** A deep copy without a parent; keeps the tail, as `copy.deepcopy` of lxml does. */
  copy(): ArchNode {
    const copied = new ArchNode(this.kind, this.tag, new Map(this.attributes), this.text, this.index);
    copied.tail = this.tail;
    copied.origin = this.origin;
    for (const child of this.children) copied.append(child.copy());
    return copied;
  }

  /** This element and all below it, in document order, without comments and instructions. */
  *elements(): Generator<ArchNode> {
    const open: ArchNode[] = [this];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (next.kind !== "element") continue;
      yield next;
      for (let at = next.children.length - 1; at >= 0; at -= 1) open.push(next.children[at] as ArchNode);
    }
  }

  serialise(): string {
    const parts: string[] = [];
    write(this, parts);
    return parts.join("");
  }
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const quoted = (text: string): string =>
  escaped(text).replaceAll('"', "&quot;").replaceAll("\n", "&#10;").replaceAll("\r", "&#13;").replaceAll("\t", "&#9;");

function write(node: ArchNode, parts: string[]): void {
  if (node.kind === "comment") parts.push("<!--", node.text, "-->");
  else if (node.kind === "instruction") parts.push("<?", node.tag, node.text === "" ? "" : ` ${node.text}`, "?>");
  else {
    parts.push("<", node.tag);
    for (const [name, value] of node.attributes) parts.push(" ", name, '="', quoted(value), '"');
    if (node.text === "" && node.children.length === 0) parts.push("/>");
    else {
      parts.push(">", escaped(node.text));
      for (const child of node.children) {
        write(child, parts);
        parts.push(escaped(child.tail));
      }
      parts.push("</", node.tag, ">");
    }
  }
}
