import type { SourceProblem } from "../../domain/release/module-source.ts";
import { PythonFault } from "./python-fault.ts";
import { PackageNames } from "./python-names.ts";
import { charactersMax, faultLine, parsePythonText } from "./python-parser.ts";
import { fileScope, type FileScope } from "./python-scope.ts";

/** The Python files of a module, each parsed when it is asked for. */
export class PackageFiles {
  /** `odoo.addons.sale` */
  readonly root: string;
  readonly names: PackageNames;
  /** Files that can't be read: `python-syntax`, which Python refuses too, and `unreadable-file`. */
  readonly faults: SourceProblem[] = [];
  readonly #files: ReadonlyMap<string, string | null>;
  #folders: ReadonlySet<string> | null = null;
  readonly #scopes: Map<string, FileScope | null> = new Map();

  constructor(module: string, files: ReadonlyMap<string, string | null>) {
    this.root = `odoo.addons.${module}`;
    this.#files = files;
    this.names = new PackageNames((dotted) => {
      const path = this.pathOf(dotted);
      return path === null ? null : this.scope(path);
    });
  }

  /** The file of a Python module; null: there is none. A package comes before a module of the same name. */
  pathOf(dotted: string): string | null {
    if (dotted !== this.root && !dotted.startsWith(`${this.root}.`)) return null;
    const stem = dotted.slice(this.root.length + 1).replaceAll(".", "/");
    const own = stem === "" ? "__init__.py" : `${stem}/__init__.py`;
    if (this.#files.has(own)) return own;
    return stem !== "" && this.#files.has(`${stem}.py`) ? `${stem}.py` : null;
  }

  /** Python imports any folder, whatever is in it. */
  isFolder(dotted: string): boolean {
    this.#folders ??= new Set([...this.#files.keys()].flatMap(foldersOf));
    return this.#folders.has(dotted.slice(this.root.length + 1).replaceAll(".", "/"));
  }

  dottedOf(path: string): string {
    const stem = path.replace(/(?:^|\/)__init__\.py$|\.py$/, "").replaceAll("/", ".");
    return stem === "" ? this.root : `${this.root}.${stem}`;
  }

  scope(path: string): FileScope | null {
    const known = this.#scopes.get(path);
    if (known !== undefined) return known;
    // A file that leads back to itself while it is read finds nothing.
    this.#scopes.set(path, null);
    const scope = this.#read(path, this.#files.get(path) ?? null);
    this.#scopes.set(path, scope);
    return scope;
  }

  #read(path: string, text: string | null): FileScope | null {
    const fault = (kind: string, line: number, what: string): null => {
      this.faults.push({ kind, file: path, line, what });
      return null;
    };
    if (text === null) return fault("unreadable-file", 1, "It isn't UTF-8.");
    if (text.length > charactersMax) return fault("unreadable-file", 1, `It has ${text.length} characters, more than ${charactersMax}.`);
    try {
      return fileScope(parsePythonText(text), this.dottedOf(path), path.endsWith("__init__.py"));
    } catch (error) {
      if (!(error instanceof PythonFault)) throw error;
      return fault("python-syntax", faultLine(text, error), `Python can't read it: ${error.message}.`);
    }
  }
}

/** Folders that a file is in. */
function foldersOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.slice(0, 50).map((_, index) => parts.slice(0, index + 1).join("/"));
}
