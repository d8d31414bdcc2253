import { PlimsollError } from "../../domain/shared/errors.ts";

/** `<addonsIndex>/<module>/<path>`, in bytes: leaves room for the folder of the tree below Linux's and others' limits. */
const pathBytesMax = 240;

/** Caches and history are not content; everything else counts. */
export function isIgnored(name: string): boolean {
  return name === "__pycache__" || name === ".git" || name.endsWith(".pyc");
}

/**
 * A file name that means the same on every system, decoded.
 *
 * @throws RELEASE_NAME_NOT_PORTABLE
 */
export function portableName(bytes: Uint8Array, folder: string): string {
  let name: string;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notPortable(`${folder}/${escaped(new TextDecoder("latin1").decode(bytes))}`, "it is not UTF-8");
  }
  if (isIgnored(name)) return name;
  const file = `${folder}/${escaped(name)}`;
  if (/[\u0000-\u001f\u007f-\u009f]/.test(name)) throw notPortable(file, "it has a control character");
  if (name.includes("\\")) throw notPortable(file, "it has a backslash");
  if (name.includes(":")) throw notPortable(file, "it has a colon");
  if (/[. ]$/.test(name)) throw notPortable(file, "it ends with a dot or a blank");
  return name;
}

/**
 * Names in one folder that some systems can't keep apart.
 *
 * @throws RELEASE_NAME_NOT_PORTABLE
 */
export function refuseTwins(names: readonly string[], folder: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const key = name.normalize("NFC").toLowerCase().normalize("NFC");
    const twin = seen.get(key);
    if (twin !== undefined)
      throw notPortable(`${folder}/${name}`, `it differs from "${twin}" beside it only in case or in the way its letters are composed`);
    seen.set(key, name);
  }
}

/** @throws RELEASE_NAME_NOT_PORTABLE */
export function refuseOddModuleName(name: string, folder: string): void {
  if (/^[A-Za-z0-9_]{1,256}$/.test(name)) return;
  throw notPortable(`${folder}/${escaped(name)}`, "a module's name may have letters, digits and underscores of ASCII only, at most 256");
}

/** @throws RELEASE_NAME_NOT_PORTABLE */
export function refuseLongPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes > pathBytesMax) throw notPortable(path, `the path has ${bytes} bytes, more than ${pathBytesMax}`);
}

function notPortable(file: string, what: string): PlimsollError {
  return new PlimsollError("RELEASE_NAME_NOT_PORTABLE", `The name ${file} is not portable: ${what}.`, {
    why: "A release must mean the same on every system it is kept or run on.",
    fix: "Rename it.",
    facts: { file },
  });
}

/** A name as it may be shown in a message and a terminal. */
function escaped(name: string): string {
  return name.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
