import type { ArchNode } from "../../source/arch-node.ts";

/** `%(module.name)d` in an architecture (`_process` of Odoo's `tools/convert.py`). */
const recordInText = /([^%])%\(([^()\n]{1,200})\)[ds]/g;

const names = new Map<string, string>();

/**
 * Puts a number in place of each `%(module.name)d`, as Odoo puts the record's id, so that expressions over it are expressions. The same
 * xmlid gets the same number, far above ids that databases have.
 */
export function withNumbers(text: string): string {
  if (!text.includes("%")) return text;
  return text.replace(recordInText, (_, before: string, xmlid: string) => before + numberOf(xmlid)).replaceAll("%%", "%");
}

/** The xmlid that a number stands for; undefined: it is a number of the database, or no number. */
export function recordOf(number: string): string | undefined {
  return names.get(number);
}

function numberOf(xmlid: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < xmlid.length; at += 1) hash = Math.imul(hash ^ xmlid.charCodeAt(at), 0x01000193);
  const number = `9${(hash >>> 0).toString().padStart(10, "0")}`;
  if (names.size > 200_000) names.clear();
  names.set(number, xmlid);
  return number;
}

/** Finds out which ids of a database the numbers stand for, where the same architecture is known from a file and from the database. */
export function learnNumbers(fromFile: ArchNode, fromDatabase: ArchNode, ids: Map<string, string>): void {
  if (fromFile.tag !== fromDatabase.tag) return;
  for (const [name, value] of fromFile.attributes) {
    const stored = fromDatabase.get(name);
    if (stored !== undefined && names.has(value) && /^[0-9]+$/.test(stored)) ids.set(stored, value);
  }
  const [own, other] = [fromFile, fromDatabase].map((node) => node.children.filter((child) => child.kind === "element"));
  for (const [at, child] of (own ?? []).entries()) {
    const same = other?.[at];
    if (same !== undefined) learnNumbers(child, same, ids);
  }
}

/** An architecture of the database with the numbers that files have, as far as they are known. */
export function withLearned(text: string, ids: ReadonlyMap<string, string>): string {
  return text.replace(/(\sname="|@name=(?:&quot;|['"])?)([0-9]+)\b/g, (found, before: string, id: string) => {
    const number = ids.get(id);
    return number === undefined ? found : before + number;
  });
}
