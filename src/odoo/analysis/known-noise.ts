/** A difference that any update makes, whatever the release holds, with the reason why it says nothing. */
export interface KnownNoise {
  readonly id: string;
  readonly reason: string;
}

/**
 * Tables whose rows Odoo throws away or writes anew by itself. Losing rows there loses nothing of a user. Each was seen when
 * unchanged modules were updated, or is emptied by Odoo's own vacuum.
 */
export const technicalTables: readonly (KnownNoise & { readonly tables: RegExp })[] = [
  {
    id: "registry-reflection",
    tables: /^ir_model(_data|_fields|_fields_group_rel|_fields_selection|_constraint|_relation|_inherit)?$/,
    reason: "Rows that mirror Odoo's code; what they name is compared by name instead.",
  },
  { id: "signalling", tables: /^orm_signaling_/, reason: "Counters by which Odoo's processes tell each other to reload." },
  { id: "bus", tables: /^(bus_bus|bus_presence|mail_presence)$/, reason: "Messages to open browsers, thrown away within a day." },
  {
    id: "cron-bookkeeping",
    tables: /^ir_cron_(trigger|progress)$/,
    reason: "Triggers that ran and progress of runs, thrown away by Odoo.",
  },
  { id: "log", tables: /^ir_(logging|profile)$/, reason: "Log lines of the server, thrown away by Odoo." },
  { id: "user-log", tables: /^res_(users_log|device_log)$/, reason: "Old log-ins, thrown away by Odoo's vacuum." },
  {
    id: "attachments",
    tables: /^ir_attachment$/,
    reason: "Asset bundles and icons are made again; users' own attachments are counted among the invariants.",
  },
  {
    id: "module-list",
    tables: /^ir_module_(module_dependency|module_exclusion)$|^module_country$/,
    reason: "Odoo reads the manifests on disk again; the modules themselves are compared by name.",
  },
];

/** Reflections of code: their own appearance and disappearance is compared by model, field and value, not by xmlid. */
export const reflectionModels: ReadonlySet<string> = new Set([
  "ir.model.fields",
  "ir.model.fields.selection",
  "ir.model.constraint",
  "ir.model.relation",
  "ir.model.inherit",
]);

export const reflectionReason =
  "An update of a module removes xmlids of fields that modules loaded later define, although the fields exist: fields are compared by model and name.";

export const foreignKeyReason =
  "Odoo makes some foreign keys again with another ON DELETE rule, depending on which module was loaded last; the key itself stays.";

export const configurationLinksReason =
  "Links between configuration records (menus, views, rules, groups) follow the release's data; the records themselves are compared by xmlid.";

const onDelete = / ON DELETE (CASCADE|RESTRICT|SET NULL|SET DEFAULT|NO ACTION)/;

/** Do two definitions of a foreign key differ in nothing but what happens on deletion? */
export function differsOnlyOnDelete(before: string, after: string): boolean {
  if (!before.startsWith("FOREIGN KEY") || !after.startsWith("FOREIGN KEY")) return false;
  return before.replace(onDelete, "") === after.replace(onDelete, "");
}

export function technicalTable(table: string): KnownNoise | null {
  return technicalTables.find((entry) => entry.tables.test(table)) ?? null;
}
