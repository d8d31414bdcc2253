import type { CodeProofBreach } from "../../domain/impact/impact.ts";
import type { PythonClass, PythonDecorator, PythonStatement, PythonText } from "../../domain/release/source-model.ts";
import { isController, isFieldOf, isLoadStatement, isPlainClass } from "./code-only-classes.ts";
import { definitionsOf, type Definition } from "./code-only-definitions.ts";
import { isLoadTimeMethod, isPlainDecorator } from "./code-only-names.ts";
import { breach, loadedPython, splitPath, type CodeWorld, type PythonWorld } from "./code-only-world.ts";

/** Where following names begins. */
export interface Root {
  readonly path: string;
  readonly why: string;
  readonly text: Pick<PythonText, "names" | "attributes">;
  readonly strings: readonly string[];
}

/** What the declarations of a release and the code that runs when it is loaded refer to, by name: in doubt everything of that name. */
export class Reach {
  readonly #anywhere: Map<string, string> = new Map();
  readonly #local: Map<string, string> = new Map();
  readonly #byName: ReadonlyMap<string, readonly Definition[]>;
  readonly #starred: ReadonlySet<string>;

  constructor(world: PythonWorld, roots: readonly Root[]) {
    this.#byName = Map.groupBy(definitionsOf(world), (one) => one.name);
    this.#starred = new Set(
      loadedPython(world).flatMap(([path, file]) => (file.statements.some((one) => one.kind === "import" && one.star) ? [path] : [])),
    );
    for (const root of roots) this.#follow(root.path, root.text, root.strings, root.why);
  }

  /** Why a definition counts, in words; null: nothing that counts refers to it. */
  why(definition: Definition): string | null {
    const local = this.#local.get(`${definition.path}::${definition.name}`);
    const anywhere = this.#anywhere.get(definition.name);
    return local ?? anywhere ?? null;
  }

  #follow(path: string, text: Root["text"], strings: readonly string[], why: string): void {
    const queue: [string, Root["text"], readonly string[]][] = [[path, text, strings]];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [from, { names, attributes }, more] = next;
      const found: Definition[] = [];
      for (const name of names) {
        found.push(
          ...this.#mark(this.#local, `${from}::${name}`, name, why).filter((one) => one.reach === "anywhere" || one.path === from),
        );
        if (this.#starred.has(from)) found.push(...this.#mark(this.#anywhere, name, name, why));
        found.push(...this.#markCode(name, why));
      }
      for (const name of [...attributes, ...more]) found.push(...this.#mark(this.#anywhere, name, name, why));
      for (const one of found) queue.push([one.path, one.body, one.imported]);
    }
  }

  #mark(where: Map<string, string>, key: string, name: string, why: string): readonly Definition[] {
    if (where.has(key)) return [];
    where.set(key, why);
    return this.#byName.get(name) ?? [];
  }

  /** A bare name may be a function or class of another file that is imported; a constant is followed by its import. */
  #markCode(name: string, why: string): readonly Definition[] {
    const code = (this.#byName.get(name) ?? []).filter((one) => one.kind === "function" || one.kind === "class");
    if (code.length === 0 || this.#anywhere.has(name)) return [];
    this.#anywhere.set(name, why);
    return this.#byName.get(name) ?? [];
  }
}

/** Everything that `-u` reads or runs of a release, as far as it is written in Python, and what data calls. */
function loadRoots(world: CodeWorld): Root[] {
  const python = loadedPython(world).flatMap(([path, file]) =>
    file.statements.flatMap((statement): Root[] => {
      if (statement.kind !== "class" && isLoadStatement(statement))
        return [rootOf(path, statement, "a statement that runs when the file is loaded")];
      if (statement.kind === "function") return decoratorRoots(path, statement);
      if (statement.kind !== "class" || isController(statement, file)) return [];
      return [
        { path, why: `the class ${statement.name}`, text: statement.header, strings: [] },
        ...statement.members.flatMap((member) => memberRoots(path, statement.name, member, isPlainClass(statement))),
      ];
    }),
  );
  const words = [...world.sources.words]
    .filter(([path]) => world.modules.has(splitPath(path).module))
    .map(([path, found]): Root => ({ path, why: "a file that can't be read", text: { names: [], attributes: found }, strings: [] }));
  const calls = [...world.sources.data].flatMap(([path, data]): Root[] =>
    data === null || !world.modules.has(splitPath(path).module)
      ? []
      : [{ path, why: `the data file ${path}`, text: { names: [], attributes: data.calls }, strings: [] }],
  );
  const hooks = [...world.modules].flatMap((module): Root[] => {
    const hook = world.sources.manifests.get(module)?.get("post_load");
    return hook === undefined
      ? []
      : [
          {
            path: `${module}/__init__.py`,
            why: "the hook post_load",
            text: { names: [], attributes: [hook.replaceAll('"', "")] },
            strings: [],
          },
        ];
  });
  return [...python, ...words, ...calls, ...hooks];
}

function memberRoots(path: string, owner: string, member: PythonStatement, plain: boolean): Root[] {
  if (member.kind === "function") {
    const own =
      !plain && isLoadTimeMethod(member.name)
        ? [rootOf(path, member, `the method ${member.name} of ${owner}, which Odoo calls when it loads`)]
        : [];
    return [...own, ...decoratorRoots(path, member)];
  }
  if (member.kind === "class") return [rootOf(path, member.whole, `the class ${owner}.${member.name}`)];
  const name = member.kind === "assignment" ? member.targets?.join(", ") : undefined;
  return [rootOf(path, member, name === undefined ? `a statement in the class ${owner}` : `the declaration of ${owner}.${name}`)];
}

function decoratorRoots(
  path: string,
  { name, decorators }: { readonly name: string; readonly decorators: readonly PythonDecorator[] },
): Root[] {
  return decorators.filter((one) => !isPlainDecorator(one)).map((one) => rootOf(path, one, `a decorator of ${name}`));
}

/** Computes, inverses and searches that a field names run while people work, not when Odoo loads. */
const workKeywords = ["compute", "inverse", "search"];

function rootOf(path: string, statement: PythonText | Exclude<PythonStatement, PythonClass>, why: string): Root {
  const assignment = "kind" in statement && statement.kind === "assignment" ? statement : null;
  const keywords = assignment !== null && isFieldOf(assignment) ? assignment.keywords : {};
  const working = new Set(workKeywords.flatMap((name) => keywords[name] ?? []).map((text) => text.replace(/^["']|["']$/g, "")));
  const strings = statement.strings
    .flatMap((text) => /^["'](\w+)["']$/.exec(text)?.[1] ?? [])
    .filter((text) => /^_[a-z]/.test(text) || quoted(keywords, text));
  // What a statement gives its name to isn't what it refers to.
  const named = "kind" in statement && statement.kind === "function" ? [statement.name] : (assignment?.targets ?? []);
  const own = new Set<string>(named);
  const text = { names: statement.names.filter((name) => !own.has(name)), attributes: statement.attributes };
  return { path, why, text, strings: strings.filter((text) => !working.has(text)) };
}

function quoted(keywords: Readonly<Record<string, string>>, text: string): boolean {
  return ["default", "selection", "group_expand", "domain", "context"].some((name) => keywords[name] === `"${text}"`);
}

/** Changed definitions that declarations or loading code refer to. */
export function reachBreaches(before: CodeWorld, after: CodeWorld, changed: readonly Definition[]): CodeProofBreach[] {
  const sides = [new Reach(after, loadRoots(after)), new Reach(before, loadRoots(before))];
  const others = changed.filter((one) => one.kind !== "declaration");
  return others.flatMap((one) => {
    const why = sides.map((reach) => reach.why(one)).find((found) => found !== null);
    return why === undefined || why === null
      ? []
      : [breach("reached-when-loading", one.path, one.body.line, `${one.name} is different, and ${why} may refer to it.`)];
  });
}
