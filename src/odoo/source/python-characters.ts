import { PythonFault } from "./python-fault.ts";

export function isDigit(char: number): boolean {
  return char >= 48 && char <= 57;
}

export function isNameStart(char: number): boolean {
  return (char >= 97 && char <= 122) || (char >= 65 && char <= 90) || char === 95 || char > 127;
}

export function isNamePart(char: number): boolean {
  return isNameStart(char) || isDigit(char);
}

/** Checks a character beyond ASCII. @returns the offset of its last code unit */
export function otherName(code: string, at: number, first: boolean): number {
  const point = code.codePointAt(at) ?? 0;
  const text = String.fromCodePoint(point);
  if (!(first ? /^[\p{ID_Start}]$/u : /^[\p{ID_Continue}]$/u).test(text.normalize("NFKC").slice(0, text.length)))
    throw new PythonFault(`invalid character '${shown(code, at)}'`, at);
  return point > 0xffff ? at + 1 : at;
}

export function shown(code: string, at: number): string {
  const point = code.codePointAt(at) ?? 0;
  return /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(String.fromCodePoint(point))
    ? String.fromCodePoint(point)
    : `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
}
