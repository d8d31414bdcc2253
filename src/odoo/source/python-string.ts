/** Says what is wrong with a string; never returns. */
export type Fail = (what: string) => never;

const simpleEscapes: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

const hexDigits: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** The text that a Python string literal means, from the characters between its quotes. */
export function decodeStringLiteral(body: string, raw: boolean, fail: Fail): string {
  if (body.includes("\0")) return fail("found a null byte");
  if (raw || !body.includes("\\")) return body;
  return unescape(body, ["x", "u", "U"], fail);
}

/** The bytes that a Python bytes literal means, each 0 to 255. */
export function decodeBytesLiteral(body: string, raw: boolean, fail: Fail): readonly number[] {
  for (const character of body) {
    const point = character.codePointAt(0) ?? 0;
    if (point > 127 || point === 0) return fail("bytes hold a character that is not ASCII");
  }
  const text = raw ? body : unescape(body, ["x"], fail);
  return Array.from(text, (character) => (character.codePointAt(0) ?? 0) & 0xff);
}

function unescape(body: string, hexadecimal: readonly string[], fail: Fail): string {
  const pieces: string[] = [];
  let index = 0;
  while (index < body.length) {
    const slash = body.indexOf("\\", index);
    if (slash === -1) break;
    pieces.push(body.slice(index, slash));
    const { text, end } = escapeAt(body, slash, hexadecimal, fail);
    pieces.push(text);
    index = end;
  }
  return pieces.join("") + body.slice(index);
}

function escapeAt(
  body: string,
  slash: number,
  hexadecimal: readonly string[],
  fail: Fail,
): { readonly text: string; readonly end: number } {
  const octal = /^[0-7]{1,3}/.exec(body.slice(slash + 1, slash + 4))?.[0];
  if (octal !== undefined) return { text: String.fromCodePoint(Number.parseInt(octal, 8)), end: slash + 1 + octal.length };
  const letter = body.slice(slash + 1, slash + 2);
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return { text: simple, end: slash + 2 };
  const length = hexadecimal.includes(letter) ? hexDigits[letter] : undefined;
  if (length !== undefined) {
    const digits = body.slice(slash + 2, slash + 2 + length);
    const point = Number.parseInt(digits, 16);
    if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits)) return fail(`a string has the unfinished escape "\\${letter}${digits}"`);
    if (point > 0x10ffff) return fail(`a string has the escape "\\${letter}${digits}", which is not a character`);
    return { text: String.fromCodePoint(point), end: slash + 2 + length };
  }
  if (letter === "N" && hexadecimal.includes("u"))
    return fail("a string has a character by name (\\N{…}), which Plimsoll can't look up; write the character itself");
  return { text: `\\${letter}`, end: slash + 2 };
}
