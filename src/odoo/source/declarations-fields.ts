import type { Static } from "../../domain/release/module-source.ts";
import type { PackageNames } from "./python-names.ts";
import type { FileScope } from "./python-scope.ts";
import { staticValue, textOf, type Place } from "./python-static.ts";
import { dottedName, type Argument, type Expression } from "./python-syntax.ts";

/** Positional arguments of Odoo 19's constructors (`orm/fields*.py`). */
const positional: Readonly<Record<string, readonly string[]>> = {
  Float: ["string", "digits", "min_display_digits"],
  Monetary: ["string", "currency_field"],
  Many2one: ["comodel_name", "string"],
  One2many: ["comodel_name", "inverse_name", "string"],
  Many2many: ["comodel_name", "relation", "column1", "column2", "string"],
  Selection: ["selection", "string"],
  Reference: ["selection", "string"],
};

/** What `odoo.fields` has besides fields. */
const noFields = new Set(["Domain", "Command", "NO_ACCESS"]);

export type FieldType =
  | { readonly type: string; readonly positional: readonly string[]; readonly certain: boolean }
  /** A call of something that might return a field. */
  | "perhaps"
  | null;

const depthMax = 20;

/** What kind of field a call makes; null: none. */
export function fieldType(callee: Expression, scope: FileScope, names: PackageNames, depth = 0): FieldType {
  const written = dottedName(callee);
  if (written === null || depth > depthMax) return null;
  const origin = names.originOf(scope, written);
  const [, odoo] = /^odoo\.(?:fields|orm\.fields(?:_\w+)?)\.(\w+)$/.exec(origin ?? "") ?? [];
  if (odoo !== undefined)
    return /^[A-Z]/.test(odoo) && !noFields.has(odoo) ? { type: odoo, positional: argumentNames(odoo), certain: true } : null;
  const meaning = names.meaning(origin);
  if (meaning?.kind === "class") {
    for (const base of meaning.statement.args) {
      if (base.keyword !== null) continue;
      const found = fieldType(base.value, meaning.scope, names, depth + 1);
      if (found !== null && found !== "perhaps") return { type: written, positional: found.positional, certain: found.certain };
    }
    return null;
  }
  if (meaning?.kind === "function") return "perhaps";
  const last = written.split(".").at(-1) ?? "";
  if (origin === null)
    return /^fields\.[A-Z]\w*$/.test(written) && !noFields.has(last)
      ? { type: last, positional: argumentNames(last), certain: false }
      : null;
  if (!origin.startsWith("odoo.addons.")) return null;
  return /^[A-Z]/.test(last) && /\bfields?\b|Field$|_fields?\b/.test(origin)
    ? { type: written, positional: ["string"], certain: false }
    : "perhaps";
}

function argumentNames(type: string): readonly string[] {
  return positional[type] ?? ["string"];
}

export interface FieldArguments {
  readonly attributes: Readonly<Record<string, Static>>;
  /** Arguments that can't be told: `**options`, or more than the constructor takes. */
  readonly lost: readonly string[];
}

export function fieldArguments(args: readonly Argument[], order: readonly string[], place: Place): FieldArguments {
  const attributes = new Map<string, Static>();
  const lost: string[] = [];
  let index = 0;
  for (const { keyword, star, value } of args) {
    if (keyword !== null) attributes.set(keyword, staticValue(value, place));
    else if (star === "") {
      const name = order[index];
      index += 1;
      if (name === undefined) lost.push(textOf(value, place));
      else attributes.set(name, staticValue(value, place));
    } else {
      const spread = staticValue(value, place);
      if (star === "**" && spread.known && spread.value !== null && typeof spread.value === "object" && !Array.isArray(spread.value)) {
        for (const [name, one] of Object.entries(spread.value)) attributes.set(name, { known: true, value: one ?? null });
      } else lost.push(`${star}${textOf(value, place)}`);
    }
  }
  return { attributes: Object.fromEntries(attributes), lost };
}
