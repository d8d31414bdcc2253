import type { ManifestSource, SourceProblem } from "../../domain/release/module-source.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import { parsePythonLiteral, type PythonLiteral } from "./python-literal.ts";

/** What is left of a manifest that can't be read: nothing. */
export const emptyManifest: ManifestSource = {
  version: null,
  depends: [],
  data: [],
  demo: [],
  autoInstall: false,
  installable: false,
  application: false,
  externalDependencies: { python: [], bin: [] },
  assets: {},
  countries: [],
  excludes: [],
  license: null,
  category: null,
  hooks: {},
  entries: {},
};

const file = "__manifest__.py";
const hookKeys = ["pre_init_hook", "post_init_hook", "uninstall_hook", "post_load"] as const;

export interface ReadManifestSource {
  readonly manifest: ManifestSource | null;
  readonly problems: readonly SourceProblem[];
}

/**
 * A manifest as `modules/module.py` of Odoo 19 understands it, without running Python; what the version means is left to who knows the
 * series. A value that has the wrong form is left out, with a problem.
 *
 * @param text undefined: there is none; null: not UTF-8
 */
export function readManifestSource(module: string, text: string | null | undefined): ReadManifestSource {
  if (text === undefined) return refused("manifest-missing", "There is no __manifest__.py, so Odoo doesn't see the module.", 1);
  if (text === null) return refused("manifest-not-utf8", "The manifest isn't UTF-8, so Odoo doesn't see the module.", 1);
  let literal: PythonLiteral;
  try {
    literal = parsePythonLiteral(text, file);
  } catch (cause) {
    if (!(cause instanceof PlimsollError)) throw cause;
    return refused("manifest-not-literal", cause.message, Number(cause.text.facts?.["line"] ?? 1));
  }
  if (literal.type !== "dict")
    return refused("manifest-not-literal", `The manifest is a ${literal.type}, not a dictionary.`, literal.at.line);
  return new ManifestReading(module, literal.entries).read();
}

function refused(kind: string, what: string, line: number): ReadManifestSource {
  return { manifest: null, problems: [{ file, line, kind, what }] };
}

class ManifestReading {
  readonly #module: string;
  readonly #entries: Map<string, Json> = new Map();
  readonly #literals: Map<string, PythonLiteral> = new Map();
  readonly #problems: SourceProblem[] = [];

  constructor(module: string, entries: readonly (readonly [PythonLiteral, PythonLiteral])[]) {
    this.#module = module;
    for (const [key, value] of entries) {
      // Of a key that is written twice Python keeps the last.
      this.#entries.set(keyText(key), jsonOf(value));
      this.#literals.set(keyText(key), value);
    }
  }

  read(): ReadManifestSource {
    const written = [...new Set(this.#strings("depends"))];
    const depends = this.#module === "base" ? [] : written.length === 0 ? ["base"] : written;
    const manifest: ManifestSource = {
      version: this.#version(),
      depends,
      // As `load_data` in `modules/loading.py` loads them, twice what stands there twice; "update_xml" is loaded no more.
      data: [...this.#strings("init_xml"), ...this.#strings("data")],
      demo: this.#strings("demo"),
      autoInstall: this.#autoInstall(depends),
      installable: !this.#entries.has("installable") || isTrue(this.#entries.get("installable")),
      application: isTrue(this.#entries.get("application")),
      externalDependencies: this.#externalDependencies(),
      assets: this.#assets(),
      countries: this.#strings("countries"),
      excludes: this.#strings("excludes"),
      license: this.#text("license"),
      category: this.#text("category"),
      hooks: this.#hooks(),
      entries: Object.fromEntries(this.#entries),
    };
    return { manifest, problems: this.#problems };
  }

  #strings(key: string, value: Json | undefined = this.#entries.get(key)): readonly string[] {
    if (!isTrue(value)) return [];
    if (!isList(value)) return this.#odd(key, "isn't a list of strings", []);
    if (value.some((item) => typeof item !== "string")) this.#odd(key, "has a member that isn't a string", null);
    return value.filter((item) => typeof item === "string");
  }

  #text(key: string): string | null {
    const value = this.#entries.get(key);
    if (!isTrue(value)) return null;
    return typeof value === "string" ? value : this.#odd(key, "isn't a string", null);
  }

  /** Python's `str()`: a number is taken, and 1.0 stays 1.0. */
  #version(): string | null {
    const literal = this.#literals.get("version");
    if (literal === undefined) return null;
    if (literal.type === "str") return literal.value;
    if (literal.type === "int") return String(literal.value);
    if (literal.type !== "float") return this.#odd("version", "isn't a string", null);
    return Number.isInteger(literal.value) ? literal.value.toFixed(1) : String(literal.value);
  }

  #autoInstall(depends: readonly string[]): boolean | readonly string[] {
    const value = this.#entries.get("auto_install");
    if (typeof value === "string" || isDictionary(value)) return this.#odd("auto_install", "isn't True, False or a list", false);
    if (!isList(value)) return isTrue(value);
    const triggers = this.#strings("auto_install");
    const stranger = triggers.find((trigger) => !depends.includes(trigger));
    return stranger === undefined ? triggers : this.#odd("auto_install", `names ${stranger}, which isn't in "depends"`, triggers);
  }

  #externalDependencies(): ManifestSource["externalDependencies"] {
    const value = this.#entries.get("external_dependencies");
    if (!isTrue(value)) return { python: [], bin: [] };
    if (!isDictionary(value)) return this.#odd("external_dependencies", "isn't a dictionary", { python: [], bin: [] });
    return {
      python: this.#strings("external_dependencies", value["python"] ?? null),
      bin: this.#strings("external_dependencies", value["bin"] ?? null),
    };
  }

  #hooks(): Readonly<Record<string, string>> {
    const hooks = hookKeys.map((key): [string, string | null] => [key, this.#text(key)]);
    return Object.fromEntries(hooks.filter((hook): hook is [string, string] => hook[1] !== null));
  }

  #assets(): Readonly<Record<string, readonly Json[]>> {
    const value = this.#entries.get("assets");
    if (!isTrue(value)) return {};
    if (!isDictionary(value)) return this.#odd("assets", "isn't a dictionary", {});
    const bundles = Object.entries(value).map(([bundle, paths]): [string, readonly Json[]] => [
      bundle,
      isList(paths) ? paths : this.#odd("assets", `has a bundle ${bundle} that isn't a list`, []),
    ]);
    return Object.fromEntries(bundles);
  }

  #odd<T>(key: string, what: string, instead: T): T {
    const line = this.#literals.get(key)?.at.line ?? 1;
    this.#problems.push({ file, line, kind: "manifest-value", what: `"${key}" of the manifest ${what}.` });
    return instead;
  }
}

/** The nearest that JSON has: bytes and numbers that it can't carry become text. */
function jsonOf(literal: PythonLiteral): Json {
  switch (literal.type) {
    case "none":
      return null;
    case "ellipsis":
      return "...";
    case "bool":
    case "str":
      return literal.value;
    case "int":
      return Number.isSafeInteger(Number(literal.value)) ? Number(literal.value) : String(literal.value);
    case "float":
      return Number.isFinite(literal.value) ? literal.value : String(literal.value);
    case "complex":
      return `${literal.real}+${literal.imaginary}j`;
    case "bytes":
      return literal.value.map((byte) => String.fromCharCode(byte)).join("");
    case "dict":
      return Object.fromEntries(literal.entries.map(([key, value]) => [keyText(key), jsonOf(value)]));
    default:
      return literal.items.map(jsonOf);
  }
}

function keyText(key: PythonLiteral): string {
  return key.type === "str" ? key.value : JSON.stringify(jsonOf(key));
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isDictionary(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === "object" && value !== null && !isList(value);
}

/** Python's truth. */
function isTrue(value: Json | undefined): value is Json {
  if (isList(value)) return value.length > 0;
  return isDictionary(value) ? Object.keys(value).length > 0 : Boolean(value);
}
