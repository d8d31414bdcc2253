import { isUtf8 } from "node:buffer";
import { type Dirent, readdirSync } from "node:fs";

/** What is in a folder; `name` is null for a name that isn't UTF-8. */
export interface Entry {
  readonly name: string | null;
  readonly shown: string;
  readonly type: Pick<Dirent, "isDirectory" | "isFile" | "isSymbolicLink">;
}

/** @throws when the folder can't be read */
export function entriesOf(directory: string): readonly Entry[] {
  const entries = readdirSync(directory, { withFileTypes: true });
  // Bytes that aren't UTF-8 come as U+FFFD, but a name may also have that; only then are the bytes worth their price.
  if (!entries.some((entry) => entry.name.includes("\ufffd")))
    return entries.map((type) => ({ name: type.name, shown: shownName(type.name), type }));
  return readdirSync(directory, { withFileTypes: true, encoding: "buffer" }).map((type) => {
    const name = nameOf(type.name);
    return { name, shown: shownName(name ?? type.name), type };
  });
}

/** Bytes of a name as text; null: they aren't UTF-8. */
export function nameOf(bytes: Buffer): string | null {
  return isUtf8(bytes) ? bytes.toString("utf8") : null;
}

/** A name as it may be shown in a message and a terminal. */
export function shownName(name: string | Buffer): string {
  const text = typeof name === "string" ? name : name.toString("latin1");
  const odd = typeof name === "string" ? /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g : /[\u0000-\u001f\u007f-\u00ff]/g;
  return text.replace(odd, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

export function hasControlCharacter(name: string): boolean {
  return /[\u0000-\u001f\u007f-\u009f]/.test(name);
}

/** Caches and history are not content. */
export function isIgnored(name: string): boolean {
  return name === "__pycache__" || name === ".git" || name.endsWith(".pyc");
}

/** What Odoo takes for a module's name (`MODULE_NAME_RE` in `modules/module.py`). */
export function isModuleName(name: string): boolean {
  return /^[\p{L}\p{N}_]{1,256}$/u.test(name);
}

/**
 * Whether a file of a module says something about what it declares. What is in `static/` goes to browsers, and tests are imported by test
 * runs only; data files in `tests/` may be named by the manifest.
 *
 * @param path relative to the module
 */
export function isRead(path: string, translations: boolean): boolean {
  if (path.startsWith("static/")) return false;
  const ending = path.slice(path.lastIndexOf(".")).toLowerCase();
  if (ending === ".py") return !path.startsWith("tests/");
  if (ending === ".po" || ending === ".pot") return translations && path.startsWith("i18n");
  return ending === ".xml" || ending === ".csv" || ending === ".sql";
}

/** Nothing below it is read, so its links aren't followed and its files aren't looked at. */
export function isUnreadFolder(path: string): boolean {
  return path === "static" || path.startsWith("static/");
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
