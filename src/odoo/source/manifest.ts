import { PlimsollError } from "../../domain/shared/errors.ts";
import { readVersion } from "../../domain/release/module-version.ts";
import type { ModuleFacts } from "../../domain/release/release.ts";
import { broken, parsePythonLiteral, type PythonLiteral, type Position } from "./python-literal.ts";

/** What a manifest alone says about its module. */
export type ManifestFacts = Pick<
  ModuleFacts,
  "name" | "version" | "depends" | "installable" | "autoInstall" | "externalDependencies" | "dataFiles" | "hooks"
>;

export interface ManifestReading {
  readonly module: string;
  /** Named in errors. */
  readonly file: string;
  /** `19.0` */
  readonly series: string;
  /**
   * What to make of an installable module of another series: Odoo calls it not installable with only a warning, which
   * looks like a lost module, so a release is refused; the base is taken as Odoo takes it.
   */
  readonly otherSeries: "refuse" | "not-installable";
}

const hookKeys = ["pre_init_hook", "post_init_hook", "uninstall_hook", "post_load"] as const;
const dataKeys = ["init_xml", "update_xml", "data", "demo_xml", "demo"] as const;

type Dictionary = ReadonlyMap<string, PythonLiteral>;

/**
 * Reads `__manifest__.py` without running Python, as Odoo 19's `modules/module.py` would understand it.
 *
 * @throws RELEASE_MANIFEST_BROKEN with file, line and column; RELEASE_OTHER_SERIES
 */
export function readManifest(bytes: Uint8Array, reading: ManifestReading): ManifestFacts {
  const manifest = dictionaryOf(parsePythonLiteral(decodeManifest(bytes, reading.file), reading.file), reading.file);
  const claimed = truth(manifest.get("installable") ?? true);
  const version = versionOf(manifest, claimed, reading);
  const depends = dependsOf(manifest, reading);
  return {
    name: reading.module,
    version: version.text,
    depends,
    installable: claimed && version.ofSeries,
    autoInstall: autoInstallOf(manifest, depends, reading.file),
    externalDependencies: externalDependenciesOf(manifest, reading.file),
    dataFiles: [...new Set(dataKeys.flatMap((key) => strings(manifest.get(key), `"${key}"`, reading.file)))],
    hooks: hookKeys.flatMap((key) => hookOf(manifest, key, reading.file)),
  };
}

/**
 * The text of a manifest. Odoo 19 opens it as UTF-8 whatever a coding comment says and trips over a byte-order mark; it
 * then behaves as if the module weren't there (`Manifest._from_path`), so both are refused here.
 */
export function decodeManifest(bytes: Uint8Array, file: string): string {
  const start = { line: 1, column: 1 };
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw broken(
      file,
      start,
      "it begins with a byte-order mark, which Odoo can't read",
      "Save the file as UTF-8 without a byte-order mark.",
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw broken(file, placeOfInvalidUtf8(bytes), invalidUtf8(bytes), "Save the file as UTF-8.");
  }
}

function invalidUtf8(bytes: Uint8Array): string {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 400)).split("\n", 2);
  const coding = head.map((line) => /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/.exec(line)?.[1]).find((name) => name !== undefined);
  const declared = coding === undefined ? "" : ` (its coding comment says ${coding}, but Odoo reads every manifest as UTF-8)`;
  return `it has bytes that are not UTF-8${declared}`;
}

function placeOfInvalidUtf8(bytes: Uint8Array): Position {
  // A replacement character stands where decoding first failed; one that was written as such decodes to the same bytes.
  const lenient = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const again = new TextEncoder().encode(lenient);
  let same = 0;
  while (same < bytes.length && bytes[same] === again[same]) same += 1;
  const before = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, same)).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

function dictionaryOf(literal: PythonLiteral, file: string): Dictionary {
  if (literal.type !== "dict") throw broken(file, literal.at, `it holds a ${literal.type} instead of a dictionary`);
  const manifest = new Map<string, PythonLiteral>();
  for (const [key, value] of literal.entries) {
    if (key.type !== "str") throw broken(file, key.at, `a key is a ${key.type} instead of a string`);
    // Of a key that is written twice Python keeps the last.
    manifest.set(key.value, value);
  }
  return manifest;
}

function versionOf(
  manifest: Dictionary,
  claimed: boolean,
  reading: ManifestReading,
): { readonly text: string; readonly ofSeries: boolean } {
  const literal = manifest.get("version");
  const written = literal === undefined ? "1.0" : versionText(literal, reading.file);
  const version = readVersion(written, reading.series);
  // A module that says itself that it can't be installed keeps whatever version it has: branches full of modules that
  // wait to be ported are normal.
  if (version.kind === "malformed") {
    if (!claimed) return { text: written, ofSeries: false };
    throw broken(reading.file, literal?.at ?? { line: 1, column: 1 }, version.why, 'Write a version such as "19.0.1.0.0".');
  }
  if (version.kind === "other-series" && claimed && reading.otherSeries === "refuse") {
    throw new PlimsollError(
      "RELEASE_OTHER_SERIES",
      `Module ${reading.module} has the version ${written}, which is not of the series ${reading.series}.`,
      {
        why: "Odoo would treat the module as not installable, with only a warning.",
        fix: `Give ${reading.file} a version that begins with ${reading.series}, or set "installable" to False there.`,
        facts: { file: reading.file, module: reading.module, version: written, series: reading.series, line: literal?.at.line ?? 1 },
      },
    );
  }
  return { text: version.version, ofSeries: version.kind === "ok" };
}

/** Python's `str()` of what a manifest gives as its version: text nearly always, a number now and then. */
function versionText(literal: PythonLiteral, file: string): string {
  if (literal.type === "str") return literal.value;
  if (literal.type === "int") return String(literal.value);
  if (literal.type === "float")
    return Number.isInteger(literal.value) && Math.abs(literal.value) < 1e16 ? literal.value.toFixed(1) : String(literal.value);
  throw broken(file, literal.at, `the version is a ${literal.type} instead of a string`);
}

function dependsOf(manifest: Dictionary, reading: ManifestReading): readonly string[] {
  if (reading.module === "base") return [];
  const literal = manifest.get("depends");
  const depends = [...new Set(strings(literal, '"depends"', reading.file))];
  return depends.length === 0 ? ["base"] : depends;
}

function autoInstallOf(manifest: Dictionary, depends: readonly string[], file: string): boolean | readonly string[] {
  const literal = manifest.get("auto_install");
  if (literal === undefined) return false;
  if (literal.type !== "list" && literal.type !== "tuple" && literal.type !== "set") {
    if (literal.type === "str" || literal.type === "bytes" || literal.type === "dict")
      throw broken(file, literal.at, `"auto_install" is a ${literal.type} instead of True, False or a list`);
    return truth(literal);
  }
  const triggers = [...new Set(strings(literal, '"auto_install"', file))];
  const stranger = triggers.find((trigger) => !depends.includes(trigger));
  if (stranger !== undefined) throw broken(file, literal.at, `"auto_install" names ${stranger}, which is not in "depends"`);
  return triggers;
}

function externalDependenciesOf(manifest: Dictionary, file: string): ModuleFacts["externalDependencies"] {
  const literal = manifest.get("external_dependencies");
  if (literal === undefined || !truth(literal)) return { python: [], bin: [] };
  if (literal.type !== "dict") throw broken(file, literal.at, `"external_dependencies" is a ${literal.type} instead of a dictionary`);
  const kinds = dictionaryOf(literal, file);
  return {
    python: strings(kinds.get("python"), 'the "python" of "external_dependencies"', file),
    bin: strings(kinds.get("bin"), 'the "bin" of "external_dependencies"', file),
  };
}

function hookOf(manifest: Dictionary, key: string, file: string): readonly string[] {
  const literal = manifest.get(key);
  if (literal === undefined || !truth(literal)) return [];
  if (literal.type !== "str") throw broken(file, literal.at, `"${key}" is a ${literal.type} instead of the name of a function`);
  return [`${key}:${literal.value}`];
}

function strings(literal: PythonLiteral | undefined, what: string, file: string): readonly string[] {
  if (literal === undefined || literal.type === "none") return [];
  if (literal.type !== "list" && literal.type !== "tuple" && literal.type !== "set") {
    throw broken(file, literal.at, `${what} is a ${literal.type} instead of a list of strings`);
  }
  return literal.items.map((item) => {
    if (item.type !== "str") throw broken(file, item.at, `${what} holds a ${item.type} where a string belongs`);
    return item.value;
  });
}

/** Python's truth of a value. */
function truth(literal: PythonLiteral | boolean): boolean {
  if (typeof literal === "boolean") return literal;
  switch (literal.type) {
    case "none":
      return false;
    case "ellipsis":
      return true;
    case "bool":
      return literal.value;
    case "int":
      return literal.value !== 0n;
    case "float":
      return literal.value !== 0;
    case "complex":
      return literal.real !== 0 || literal.imaginary !== 0;
    case "str":
    case "bytes":
      return literal.value.length > 0;
    case "dict":
      return literal.entries.length > 0;
    default:
      return literal.items.length > 0;
  }
}
