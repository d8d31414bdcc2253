import { ArchNode } from "./arch-node.ts";

/** Why a text isn't taken, and how many elements were read before. */
export interface ArchRefusal {
  readonly why: string;
  readonly element: number;
}

/** What Odoo's own documents stay far below. */
const maximalDepth = 256;
const maximalLength = 8 * 1024 * 1024;

const nameStart = /[A-Za-z_:\u00C0-\uFFFD]/;
const attribute = /[\s]+([^\s=<>"'/]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;
const tagName = /[A-Za-z_:\u00C0-\uFFFD][^\s<>/"'=]*/y;
const tagEnd = /\s*(\/?)>/y;
const closing = /<\/([^\s<>/]+)\s*>/y;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads the well-formed content of a view: elements, comments and instructions. There are no declarations of entities,
 * so nothing can grow or be fetched. Several roots are put under `<data>`, as Odoo does (`_fix_multiple_roots`).
 */
export function readArch(text: string): ArchNode | ArchRefusal {
  try {
    return new FragmentReader(text).read();
  } catch (error) {
    if (error instanceof Refused) return error.refusal;
    throw error;
  }
}

class Refused extends Error {
  readonly refusal: ArchRefusal;
  constructor(refusal: ArchRefusal) {
    super(refusal.why);
    this.refusal = refusal;
  }
}

class FragmentReader {
  readonly #text: string;
  #at = 0;
  #elements = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): ArchNode {
    if (this.#text.length > maximalLength) this.#refuse("it is too long");
    this.#skipDeclaration();
    const holder = new ArchNode("element", "data");
    this.#content(holder);
    const roots = holder.children.filter((child) => child.kind === "element");
    if (roots.length === 0) this.#refuse("there is no element");
    const [only] = roots;
    if (roots.length > 1 || only === undefined) return holder;
    only.detach();
    only.tail = "";
    return only;
  }

  #skipDeclaration(): void {
    const declaration = /^\s*<\?xml[^>]*\?>\s*/.exec(this.#text);
    this.#at = declaration?.[0].length ?? 0;
  }

  #content(holder: ArchNode): void {
    let [open, last, depth]: [ArchNode, ArchNode | null, number] = [holder, null, 0];
    const text = this.#text;
    while (this.#at < text.length) {
      const next = text.indexOf("<", this.#at);
      const end = next === -1 ? text.length : next;
      if (end > this.#at) {
        const piece = this.#decoded(text.slice(this.#at, end));
        if (last === null) open.text += piece;
        else last.tail += piece;
        this.#at = end;
      }
      if (next === -1) break;
      if (text.startsWith("</", next)) {
        const tag = this.#match(closing)?.[1] ?? this.#refuse("a closing tag isn't one");
        if (open === holder || open.tag !== tag) this.#refuse(`</${tag}> closes <${open.tag}>`);
        [last, open, depth] = [open, open.parent ?? holder, depth - 1];
      } else if (text.startsWith("<!--", next)) {
        last = this.#upTo(open, "comment", "<!--", "-->");
      } else if (text.startsWith("<![CDATA[", next)) {
        const piece = this.#rest("<![CDATA[", "]]>");
        if (last === null) open.text += piece;
        else last.tail += piece;
      } else if (text.startsWith("<?", next)) {
        last = this.#upTo(open, "instruction", "<?", "?>");
      } else {
        const element = this.#element();
        open.append(element.node);
        if (element.empty) last = element.node;
        else [open, last, depth] = [element.node, null, depth + 1];
        if (depth > maximalDepth) this.#refuse("it is nested too deeply");
      }
    }
    if (open !== holder) this.#refuse(`<${open.tag}> isn't closed`);
  }

  #element(): { node: ArchNode; empty: boolean } {
    const index = this.#elements++;
    this.#at += 1;
    if (!nameStart.test(this.#text[this.#at] ?? "")) this.#refuse("a < begins no element");
    const tag = this.#match(tagName)?.[0] ?? this.#refuse("an element has no name");
    const attributes = new Map<string, string>();
    for (let found = this.#match(attribute); found !== null; found = this.#match(attribute)) {
      const [, name = "", double, single] = found;
      if (attributes.has(name)) this.#refuse(`the attribute ${name} stands twice`);
      // White space in attributes becomes blanks, except where it was written as a character reference.
      attributes.set(name, this.#decoded((double ?? single ?? "").replace(/[\t\n\r]/g, " ")));
    }
    const end = this.#match(tagEnd) ?? this.#refuse(`the tag <${tag}> isn't well-formed`);
    return { node: new ArchNode("element", tag, attributes, "", index), empty: end[1] === "/" };
  }

  #upTo(open: ArchNode, kind: "comment" | "instruction", begin: string, end: string): ArchNode {
    const content = this.#rest(begin, end);
    const [target = "", ...words] = kind === "instruction" ? content.split(/\s+/) : [""];
    const node = new ArchNode(kind, target, new Map(), kind === "instruction" ? words.join(" ") : content);
    open.append(node);
    return node;
  }

  #rest(begin: string, end: string): string {
    const from = this.#at + begin.length;
    const to = this.#text.indexOf(end, from);
    if (to === -1) this.#refuse(`${begin} has no end`);
    this.#at = to + end.length;
    return this.#text.slice(from, to);
  }

  #decoded(piece: string): string {
    if (!piece.includes("&")) return piece;
    return piece.replace(
      /&(?:#(x[0-9a-fA-F]+|[0-9]+)|([^;&\s]*));?/g,
      (whole: string, number: string | undefined, name: string | undefined) => {
        if (!whole.endsWith(";")) return this.#refuse("an & begins no entity");
        if (number === undefined) return entities[name ?? ""] ?? this.#refuse(`the entity &${name};`);
        const code = number.startsWith("x") ? Number.parseInt(number.slice(1), 16) : Number.parseInt(number, 10);
        return code <= 0x10ffff ? String.fromCodePoint(code) : this.#refuse(`no character has the number ${number}`);
      },
    );
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #refuse(why: string): never {
    throw new Refused({ why, element: this.#elements });
  }
}
