/**
 * Kinds of tokens: those in `kind`, operators by their characters, keywords, and some names that are worth finding without comparing texts.
 */
export const kind = { end: 0, name: 1, number: 2, string: 3, newline: 4, indent: 5, dedent: 6 } as const;

const keywordBase = 1 << 24;
const wordBase = 1 << 25;

const keywordList =
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  );
/** Names that aren't reserved, yet worth finding without comparing texts. */
const wordList =
  "super exec eval setattr delattr type __import__ import_module _add_field _patch_method sudo with_user execute execute_query execute_query_dict executemany safe_eval".split(
    " ",
  );

interface Known {
  readonly text: string;
  readonly kind: number;
}

/** Found by hash; a slot that is taken sends to the next. */
const slots: (Known | undefined)[] = Array.from({ length: 512 }, () => undefined);
for (const entry of [
  ...keywordList.map((text, index) => ({ text, kind: keywordBase + index })),
  ...wordList.map((text, index) => ({ text, kind: wordBase + index })),
]) {
  let slot = hash(entry.text) & 511;
  while (slots[slot] !== undefined) slot = (slot + 1) & 511;
  slots[slot] = entry;
}

/** `value` is the hash of the word from `from` to `to`. */
export function knownKind(value: number, code: string, from: number, to: number): number {
  for (let slot = value & 511; ; slot = (slot + 1) & 511) {
    const entry = slots[slot];
    if (entry === undefined) return kind.name;
    if (entry.text.length === to - from && code.startsWith(entry.text, from)) return entry.kind;
  }
}

function hash(text: string): number {
  let value = 0;
  for (let index = 0; index < text.length; index += 1) value = (Math.imul(value, 31) + text.charCodeAt(index)) | 0;
  return value;
}

/** The kind of an operator, keyword or known word. */
export function kindOf(text: string): number {
  const known = knownKind(hash(text), text, 0, text.length);
  if (known !== kind.name) return known;
  return text.charCodeAt(0) | ((text.charCodeAt(1) || 0) << 8) | ((text.charCodeAt(2) || 0) << 16);
}

type Kinds<Texts extends string> = Texts extends `${string} ${infer Rest}` ? [number, ...Kinds<Rest>] : [number];

/** Kinds of several, with a blank between them. */
export function kindsOf<Texts extends string>(texts: Texts): Kinds<Texts> {
  return texts.split(" ").map(kindOf) as Kinds<Texts>;
}

export function isName(token: number): boolean {
  return token === kind.name || token >= wordBase;
}

/** Names and keywords. */
export function isWord(token: number): boolean {
  return token === kind.name || token >= keywordBase;
}
