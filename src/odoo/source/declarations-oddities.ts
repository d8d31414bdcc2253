import type { FileScope } from "./python-scope.ts";
import type { FunctionStatement, Statement } from "./python-syntax.ts";
import type { TokenRange } from "./python-body.ts";
import { isName, kind, kindsOf } from "./python-kinds.ts";
import type { Tokens } from "./python-tokens.ts";

/** `locals()["name"] = fields.Char()` in a class or a file. */
const namespaces = new Set(["locals", "vars", "globals"]);

type Told = (kind: string, token: number, what: string) => void;
type Report = (kind: string, token: number, what: string, about?: TokenRange) => void;

const [open, close, dot, assign, comma, classs, bracket, brace, unbracket, unbrace] = kindsOf("( ) . = , class [ { ] }");
const [exec, evall, setattr, delattr, type, dunderImport, importModule, addField, patchMethod] = kindsOf(
  "exec eval setattr delattr type __import__ import_module _add_field _patch_method",
);

/**
 * What a statement does to code while the file is imported, beyond declaring.
 *
 * @param within what it stands in, which decides whether and how often it runs
 */
export function importTimeOddities(statement: Statement, within: TokenRange, scope: FileScope, told: Report): void {
  const report = (oddity: string, token: number, what: string): void => told(oddity, token, what, within);
  const { tokens } = scope.parsed;
  for (let at = statement.from; at < statement.to; at += 1) {
    const token = tokens.kinds[at] ?? 0;
    if (token === exec || token === evall || token === dunderImport || token === importModule) {
      if (tokens.kinds[at + 1] === open && (tokens.kinds[at - 1] !== dot || token === importModule))
        report("code-at-import", at, `${textAt(tokens, at)} runs when the file is imported.`);
    } else if ((token === setattr || token === delattr) && tokens.kinds[at + 1] === open && !scope.fieldSetters.has(at))
      report("monkey-patch", at, `${textAt(tokens, at)} changes ${firstArgument(tokens, at)} when the file is imported.`);
    else if (token === type) madeClass(tokens, at, report);
    else if (isName(token) && tokens.kinds[at + 1] === open && tokens.kinds[at - 1] !== dot && namespaces.has(textAt(tokens, at)))
      report("computed-attribute", at, `${textAt(tokens, at)}() gives it names that can't be told.`);
    else if (isName(token) && tokens.kinds[at + 1] === open && /^(?:new_class|MetaModel)$/.test(textAt(tokens, at)))
      report("computed-class", at, `A class is made with ${textAt(tokens, at)}().`);
  }
  if (statement.kind !== "assign") return;
  for (const target of statement.targets) {
    let root = target;
    while (root.kind === "attribute" || root.kind === "subscript") root = root.of;
    if (target.kind !== "attribute" || root.kind !== "name") continue;
    const origin = scope.imports.get(root.name);
    if (origin === undefined && !scope.classes.has(root.name) && scope.stars.size === 0) continue;
    // What is done to other people's libraries is worth knowing, yet says nothing about models.
    const foreign = origin !== undefined && !/^odoo(?:\.|$)/.test(origin);
    const what = `${textRange(tokens, target.from, target.to)} is replaced when the file is imported.`;
    report(foreign ? "library-patch" : "monkey-patch", target.from, what);
  }
}

/** What a function could do to classes and fields once it runs. */
export function bodyOddities({ body, name }: FunctionStatement, scope: FileScope, told: Report): void {
  // A patch of methods may change as it likes: only one that has fields at hand could change a table.
  const report = (oddity: string, token: number, what: string): void =>
    told(
      oddity,
      token,
      what,
      oddity !== "monkey-patch" || /\bfields\b|Field\b/.test(textRange(scope.parsed.tokens, body.from, body.to)) ? body : undefined,
    );
  const { tokens } = scope.parsed;
  const { kinds } = tokens;
  for (let at = body.from; at < body.to; at += 1) {
    const token = kinds[at] ?? 0;
    if (token === classs) modelInFunction(tokens, at, name, report);
    else if (token <= kind.newline) {
      if (token === kind.name && changesFields(tokens, at))
        report("added-field", at, `${name} changes which fields a model has while Odoo runs.`);
      // `Partner.write = …` of a class that isn't the function's own.
      if (token !== kind.name || kinds[at + 1] !== dot || kinds[at + 3] !== assign || !startsLine(tokens, at)) continue;
      const owner = textAt(tokens, at);
      if (/^[A-Z]/.test(owner) && (scope.imports.has(owner) || scope.classes.has(owner)))
        report("monkey-patch", at, `${name} replaces ${owner}.${textAt(tokens, at + 2)}.`);
    } else if (kinds[at + 1] !== open) continue;
    else if (token === addField) report("added-field", at, `${name} adds a field while Odoo runs.`);
    else if (token === patchMethod) report("monkey-patch", at, `${name} replaces a method while Odoo runs.`);
    else if (token === type) madeClass(tokens, at, report);
    else if (token === setattr) {
      const owner = firstArgument(tokens, at);
      if (/^(?:cls|type\(.*|[A-Z]\w*|\w+\.[A-Z]\w*)$/.test(owner)) report("monkey-patch", at, `${name} changes ${owner} with setattr.`);
    }
  }
}

/** `model._fields["name"] = …`, `model._fields.pop("name")` */
function changesFields(tokens: Tokens, at: number): boolean {
  if (tokens.kinds[at - 1] !== dot || textAt(tokens, at) !== "_fields") return false;
  if (tokens.kinds[at + 1] === bracket) return tokens.kinds[extent(tokens, at + 1).to] === assign;
  return (
    tokens.kinds[at + 1] === dot &&
    tokens.kinds[at + 3] === open &&
    /^(?:pop|update|clear|setdefault|popitem)$/.test(textAt(tokens, at + 2))
  );
}

function startsLine(tokens: Tokens, at: number): boolean {
  const before = tokens.kinds[at - 1] ?? kind.newline;
  return before >= kind.newline && before <= kind.dedent;
}

/** `type("Name", (models.Model,), {…})` */
function madeClass(tokens: Tokens, at: number, report: Told): void {
  if (tokens.kinds[at - 1] === dot || tokens.kinds[at + 1] !== open) return;
  const { commas, to } = extent(tokens, at + 1);
  // Of bases that are written out, models are called so.
  const text = textRange(tokens, at, to);
  const written = /^type\s*\([^,]*,\s*\(/.test(text);
  if (commas >= 2 && (!written || /\bmodels\b|Model\b/.test(text))) report("computed-class", at, "A class is made with type().");
}

function modelInFunction(tokens: Tokens, at: number, name: string, report: Told): void {
  if (tokens.kinds[at + 2] !== open || !isName(tokens.kinds[at + 1] ?? 0)) return;
  const bases = textRange(tokens, at + 2, extent(tokens, at + 2).to);
  if (/\bmodels\.|\b(?:Abstract|Transient)?Model\b/.test(bases))
    report("class-in-function", at, `The model class ${textAt(tokens, at + 1)} is made whenever ${name} runs.`);
}

function firstArgument(tokens: Tokens, at: number): string {
  let [end, depth] = [at + 2, 0];
  for (; (tokens.kinds[end] ?? kind.end) !== kind.end; end += 1) {
    const token = tokens.kinds[end];
    if (token === open || token === bracket || token === brace) depth += 1;
    if (token === close || token === unbracket || token === unbrace) depth -= 1;
    if (depth < 0 || (depth === 0 && token === comma)) break;
  }
  return textRange(tokens, at + 2, end);
}

/** From an opening bracket to behind the closing one. */
function extent(tokens: Tokens, from: number): { readonly commas: number; readonly to: number } {
  let [depth, commas, at] = [0, 0, from];
  for (; (tokens.kinds[at] ?? kind.end) !== kind.end; at += 1) {
    const token = tokens.kinds[at];
    if (token === open || token === bracket || token === brace) depth += 1;
    else if (token === close || token === unbracket || token === unbrace) depth -= 1;
    else if (token === comma && depth === 1) commas += 1;
    if (depth === 0) break;
  }
  return { commas, to: at + 1 };
}

function textAt(tokens: Tokens, at: number): string {
  return textRange(tokens, at, at + 1);
}

function textRange(tokens: Tokens, from: number, to: number): string {
  return tokens.code.slice(tokens.from[from], tokens.to[to - 1]);
}
