import type { ArchNode } from "../../source/arch-node.ts";
import { SpecError } from "./locate-node.ts";

/** Attributes whose values are Python expressions (`PYTHON_ATTRIBUTES` in Odoo 19's `template_inheritance.py`). */
const pythonAttributes = new Set(["readonly", "required", "invisible", "column_invisible", "t-if", "t-elif"]);

/** `<attribute name="…" add="…" remove="…" separator="…">` on a node. */
export function changedAttribute(node: ArchNode, change: ArchNode): void {
  const unknown = [...change.attributes.keys()].filter(
    (key) => !["name", "add", "remove", "separator"].includes(key) && !key.startsWith("data-oe-"),
  );
  if (unknown.length > 0) throw new SpecError(change, "invalid", `<attribute> has the unknown attributes ${unknown.join(", ")}`);
  const name = change.get("name");
  if (name === undefined) throw new SpecError(change, "invalid", "<attribute> has no name");
  const [add, remove] = [change.get("add") ?? "", change.get("remove") ?? ""];
  let value = change.text;
  if (add !== "" || remove !== "") {
    if (change.text !== "") throw new SpecError(change, "invalid", "<attribute> has text beside add or remove");
    const old = node.get(name) ?? "";
    value =
      pythonAttributes.has(name) || name.startsWith("decoration-")
        ? changedExpression(old, add, remove, change)
        : changedList(old, add, remove, change.get("separator"));
  }
  if (value === "") node.attributes.delete(name);
  else node.attributes.set(name, value);
}

function changedExpression(old: string, add: string, remove: string, change: ArchNode): string {
  const separator = change.get("separator")?.trim();
  if (separator !== "and" && separator !== "or")
    throw new SpecError(change, "invalid", `the separator of a Python expression is "and" or "or", not "${separator ?? ""}"`);
  const value = remove === "" ? old : withoutTerm(old, remove, separator);
  if (add === "") return value;
  return value === "" ? add : `(${value}) ${separator} (${add})`;
}

/**
 * Odoo puts `remove` into a regular expression unescaped: `^\(*…\)*$`. Here it is taken literally, so that no text of a release becomes a
 * pattern; for names and simple comparisons that is the same.
 */
function withoutTerm(old: string, remove: string, separator: string): string {
  if (old.replace(/^\(*/, "").replace(/\)*$/, "") === remove.replace(/^\(*/, "").replace(/\)*$/, "")) return "";
  const patterns = [`(${remove}) ${separator} `, ` ${separator} (${remove})`, `${remove} ${separator} `, ` ${separator} ${remove}`];
  for (const pattern of patterns) {
    const at = old.indexOf(pattern);
    if (at !== -1) return old.slice(0, at) + old.slice(at + pattern.length);
  }
  return old;
}

function changedList(old: string, add: string, remove: string, written: string | undefined): string {
  const split = (text: string): string[] =>
    (written === " " ? text.split(/\s+/) : text.split(written ?? ",")).map((part) => part.trim()).filter((part) => part !== "");
  const gone = new Set(split(remove));
  return [...split(old).filter((part) => !gone.has(part)), ...split(add)].join(written ?? ",");
}
