import type { FieldDeclaration } from "../../../domain/release/module-source.ts";
import { known } from "./static-values.ts";

const declaration = (name: string, type: string, attributes: FieldDeclaration["attributes"]): FieldDeclaration => ({
  name,
  type,
  line: 0,
  attributes,
});

/** What `BaseModel` itself declares, and so every model has. */
export const baseFields: readonly FieldDeclaration[] = [
  declaration("id", "Id", { string: known("ID"), readonly: known(true) }),
  declaration("display_name", "Char", {
    string: known("Display Name"),
    compute: known("_compute_display_name"),
    search: known("_search_display_name"),
  }),
];

/** What a class that makes a model gets unless it says `_log_access = False` (`MetaModel.__init__`). */
export const logFields: readonly FieldDeclaration[] = [
  declaration("create_uid", "Many2one", { comodel_name: known("res.users"), string: known("Created by"), readonly: known(true) }),
  declaration("create_date", "Datetime", { string: known("Created on"), readonly: known(true) }),
  declaration("write_uid", "Many2one", { comodel_name: known("res.users"), string: known("Last Updated by"), readonly: known(true) }),
  declaration("write_date", "Datetime", { string: known("Last Updated on"), readonly: known(true) }),
];

export const magicNames: ReadonlySet<string> = new Set([...baseFields, ...logFields].map((field) => field.name));
