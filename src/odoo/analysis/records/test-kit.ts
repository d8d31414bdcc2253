import { emptyCatalogue } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { AnalysedSide, AnalysedTenant } from "../../../app/ports/analysis-kind.ts";
import type { RecordFacts } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { TenantContent } from "../../../domain/fleet/tenant-content.ts";
import type {
  DataEntry,
  DataRecord,
  DataValue,
  FieldDeclaration,
  ManifestSource,
  ModelClass,
  ModuleSource,
} from "../../../domain/release/module-source.ts";
import type { RegistryField, RegistryModel } from "../../../domain/release/registry.ts";
import { emptyManifest } from "../../source/manifest-source.ts";

/** What a module of a test has; the rest is empty. */
export interface ModuleParts {
  readonly models?: readonly ModelClass[];
  readonly data?: readonly DataEntry[];
  readonly hooks?: Readonly<Record<string, string>>;
  readonly rest?: Partial<ModuleSource>;
}

export function moduleOf(name: string, { models = [], data = [], hooks = {}, rest = {} }: ModuleParts): ModuleSource {
  return {
    name,
    manifest: { ...manifest, hooks },
    python: [{ file: "models.py", classes: models, routes: [], functions: [], unknowns: [] }],
    notImported: [],
    data: [{ file: "data/data.xml", entries: data }],
    translations: [],
    scripts: [],
    neutralize: null,
    files: [],
    unknowns: [],
    problems: [],
    ...rest,
  };
}

const manifest: ManifestSource = { ...emptyManifest, version: "1.0", installable: true };

export function modelClass(name: string, parts: Partial<ModelClass> = {}): ModelClass {
  return {
    className: name,
    file: "models.py",
    line: 1,
    bases: ["models.Model"],
    type: "model",
    name,
    inherit: [],
    inherits: {},
    attributes: {},
    fields: [],
    objects: [],
    methods: [],
    ...parts,
  };
}

export function field(name: string, type = "Char", attributes: FieldDeclaration["attributes"] = {}): FieldDeclaration {
  return { name, line: 1, type, attributes };
}

export function text(value: string): DataValue {
  return { kind: "text", text: value };
}

export function ref(...xmlids: readonly string[]): DataValue {
  return { kind: "ref", xmlids };
}

export function record(
  xmlid: string,
  model: string,
  values: Readonly<Record<string, DataValue>> = {},
  parts: Partial<DataRecord> = {},
): DataRecord {
  return {
    entry: "record",
    xmlid,
    model,
    noupdate: false,
    forcecreate: true,
    tag: "record",
    values,
    file: "data/data.xml",
    line: 3,
    ...parts,
  };
}

/** Models that every Odoo has, as far as tests name them. */
const baseModels = [
  "ir.model",
  "ir.model.fields",
  "ir.model.fields.selection",
  "ir.model.constraint",
  "ir.model.inherit",
  "ir.ui.view",
  "ir.cron",
];
baseModels.push("ir.actions.server", "ir.rule", "ir.model.access", "res.groups", "mail.template", "ir.module.module", "ir.module.category");

/** @param modules in load order */
export function sideOf(modules: Readonly<Record<string, ModuleParts>>, own: readonly string[] = Object.keys(modules)): AnalysedSide {
  const universe = new Map(Object.entries(modules).map(([name, parts]) => [name, moduleOf(name, parts)]));
  const models = new Map<string, RegistryModel>(baseModels.map((name) => [name, registryModel(name)]));
  models.set("ir.cron", registryModel("ir.cron", { inherits: { "ir.actions.server": "ir_actions_server_id" } }));
  for (const source of universe.values())
    for (const one of source.python.flatMap(({ classes }) => classes))
      if (one.name !== null)
        models.set(
          one.name,
          registryModel(one.name, {
            inherits: { ...models.get(one.name)?.inherits, ...one.inherits },
            methods: new Map([
              ...(models.get(one.name)?.methods ?? []),
              ...one.methods.map((method) => [method.name, [{ ...method, module: source.name, file: one.file }]] as const),
            ]),
            declared: [{ module: source.name, file: one.file, line: one.line }],
            fields: new Map([
              ...(models.get(one.name)?.fields ?? []),
              ...one.fields.map((each) => [each.name, registryField(each)] as const),
            ]),
          }),
        );
  const order = [...universe.keys()];
  return { universe, own: new Set(own), order, shadowed: [], series: "19.0", registry: { modules: order, models, unknowns: [] } };
}

function registryModel(name: string, parts: Partial<RegistryModel> = {}): RegistryModel {
  return {
    name,
    type: "model",
    table: name.replaceAll(".", "_"),
    auto: true,
    fields: new Map(),
    objects: new Map(),
    inherits: {},
    ancestors: [],
    declared: [],
    methods: new Map(),
    attributes: {},
    ...parts,
  };
}

function registryField({ name, type, attributes }: FieldDeclaration): RegistryField {
  const given = (attribute: string): string | null => {
    const value = attributes[attribute];
    return value?.known === true && typeof value.value === "string" ? value.value : null;
  };
  const [table, column1, column2] = [given("relation"), given("column1"), given("column2")];
  return {
    name,
    type: type.toLowerCase(),
    attributes,
    stored: true,
    required: null,
    columnType: null,
    comodel: given("comodel_name"),
    relation: table === null || column1 === null || column2 === null ? null : { table, column1, column2 },
    origin: "declared",
    declared: [],
  };
}

/** A tenant whose records are numbered as they come. */
export function tenantOf(
  records: Readonly<Record<string, Omit<RecordFacts, "id"> & { readonly id?: number }>>,
  content: Partial<TenantContent> = {},
): AnalysedTenant {
  const numbered = Object.entries(records).map(([name, facts], index): [string, RecordFacts] => [name, { id: index + 1, ...facts }]);
  return {
    facts: {
      databaseName: "acme",
      databaseOid: 1,
      databaseSizeBytes: 1,
      owner: "odoo",
      serverVersion: "15",
      series: "19.0",
      modules: [],
      partiallyUpdated: false,
      rows: {},
      rowsTotal: 0,
      schemaFingerprint: "sha256:00",
      customisationFingerprint: "sha256:00",
      customisations: { manualModels: [], manualFields: [], editedViews: [], ownViews: [], serverActions: 0, automations: 0 },
      activeUsers: 1,
      measuredAt: "2026-01-01T00:00:00Z",
    },
    catalogue: {
      ...emptyCatalogue,
      records: Object.fromEntries(numbered),
    },
    content: { views: [], editedRecords: [], missingRecords: [], ...content },
  };
}
