import { childrenOf, sourceText, type PythonSource, type SyntaxNode } from "./python-tree.ts";

/** What a program can make or change classes, fields or other code with while it runs. */
const powerfulNames: ReadonlySet<string> = new Set([
  "setattr",
  "delattr",
  "exec",
  "eval",
  "compile",
  "globals",
  "__import__",
  "import_module",
  "reload",
  "MetaModel",
  "new_class",
]);

const powerfulAttributes: ReadonlySet<string> = new Set([
  "__dict__",
  "__class__",
  "__bases__",
  "__code__",
  "__setattr__",
  "_add_field",
  "_pop_field",
  "add_field",
  "pop_field",
  "_patch_method",
  "_module_to_models__",
  "add_to_registry",
  "setup_model_classes",
  "_setup_models__",
  "init_models",
  "_auto_init",
  "import_module",
  "exec_module",
  "patch",
  "new_class",
]);

/** Why a function may do more than ordinary code does; empty: nothing of the kind is in it. */
export function oddities(source: PythonSource, definition: SyntaxNode): string[] {
  const found = new Set<string>();
  definition.cursor().iterate((cursor) => {
    const node = cursor.node;
    const text = (): string => sourceText(source, node);
    if (cursor.name === "VariableName" && powerfulNames.has(text())) found.add(text());
    if (cursor.name === "PropertyName" && powerfulAttributes.has(text())) found.add(text());
    if (cursor.name === "ClassDefinition") found.add("a class inside a function");
    if (cursor.name === "ImportStatement" && /\*/.test(text())) found.add("an import of everything");
    if (cursor.name === "CallExpression") for (const one of oddCall(source, node)) found.add(one);
    if (cursor.name === "AssignStatement" || cursor.name === "UpdateStatement") for (const one of oddTargets(source, node)) found.add(one);
    if (cursor.name === "ScopeStatement" && text().startsWith("global")) found.add("a global name");
  });
  return [...found];
}

function oddCall(source: PythonSource, call: SyntaxNode): string[] {
  const callee = call.firstChild;
  if (callee === null) return [];
  const text = sourceText(source, callee).replace(/\s/g, "");
  if (/^(?:odoo\.)?fields\.[A-Z]\w*$/.test(text)) return ["a field that is made while the program runs"];
  if (/^(?:odoo\.)?models\.(?:Constraint|Index|UniqueIndex)$/.test(text))
    return ["a constraint or index that is made while the program runs"];
  const list = childrenOf(call).find((node) => node.name === "ArgList");
  const commas = list === undefined ? 0 : childrenOf(list).filter((node) => node.name === ",").length;
  return text === "type" && commas >= 2 ? ["a class that is made while the program runs"] : [];
}

/** `Partner.write = …`, `cls.x = …`, `type(self).x = …`, `self._fields[…] = …`: other classes get other members. */
function oddTargets(source: PythonSource, statement: SyntaxNode): string[] {
  const children = childrenOf(statement);
  const last = children.findLastIndex((node) => node.name === "AssignOp" || node.name === "UpdateOp");
  return children.slice(0, Math.max(last, 0)).flatMap((target) => {
    if (target.name !== "MemberExpression") return [];
    const text = sourceText(source, target);
    return /^(?:cls|[A-Z]\w*|type\(|odoo\b|models\b|fields\b|\w+\.[A-Z]\w*)/.test(text) || /\b(?:_fields|registry|pool)\b/.test(text)
      ? ["an assignment to a member of a class"]
      : [];
  });
}
