import type { MethodDeclaration, ModuleSource, Static } from "../../../domain/release/module-source.ts";
import type { Declared, Registry, RegistryField, RegistryModel, RegistryObject } from "../../../domain/release/registry.ts";
import { postgresName } from "../schema/postgres-names.ts";
import { draftFields, type DraftField } from "./draft-fields.ts";
import { isNode, Linearisations, modelClasses, type Base, type Definition, type ModelNode } from "./model-classes.ts";
import { FieldCompletion } from "./related-fields.ts";
import { known, textOf, truth } from "./static-values.ts";

/**
 * All models as Odoo 19 builds them from the classes of modules (`orm/model_classes.py`, `orm/fields*.py`).
 *
 * @param modules in load order
 */
export function composeRegistry(modules: readonly ModuleSource[]): Registry {
  const { nodes, unknowns } = modelClasses(modules);
  const order = new Linearisations();
  const shapes = new Map<string, Shape>();
  for (const node of parentsFirst(nodes, order)) shapes.set(node.name, shapeOf(node, order, shapes));
  const drafts = new Map<string, Map<string, DraftField>>();
  const cut = [...order.cut];
  let count = 0;
  for (const name of nodes.keys()) {
    if (count > fieldsMax) cut.push(name);
    else addDrafts(name, shapes, drafts);
    count += drafts.get(name)?.size ?? 0;
  }
  const completion = new FieldCompletion(drafts);
  const models = new Map([...shapes].map(([name, shape]) => [name, composeModel(name, shape, completion, drafts, shapes)]));
  return {
    modules: modules.map((module) => module.name),
    models,
    unknowns: [...unknowns, ...cut.map((name) => tooMuch(name, shapes)), ...[...completion.cut].map((name) => endless(name, shapes))],
  };
}

/** A model may be extended by one that is made later. */
function parentsFirst(nodes: ReadonlyMap<string, ModelNode>, order: Linearisations): Set<ModelNode> {
  const sorted = new Set<ModelNode>();
  for (const node of nodes.values()) for (const one of order.of(node).toReversed()) if (isNode(one)) sorted.add(one);
  return sorted;
}

/** Of all models together; all of Odoo's modules have 28,000. */
const fieldsMax = 200_000;

function madeAt(name: string, shapes: ReadonlyMap<string, Shape>): Declared {
  const first = shapes.get(name)?.node.own[0];
  return { module: first?.module ?? "", file: first?.file ?? "", line: first?.source.line ?? 0 };
}

function endless(name: string, shapes: ReadonlyMap<string, Shape>): Registry["unknowns"][number] {
  return { ...madeAt(name, shapes), kind: "related-too-far", what: `Related fields of ${name} lead to others on and on.` };
}

function tooMuch(name: string, shapes: ReadonlyMap<string, Shape>): Registry["unknowns"][number] {
  const at = madeAt(name, shapes);
  return { ...at, kind: "too-much-inheritance", what: `${name} inherits more than can be taken in.` };
}

const notInherited: ReadonlySet<string> = new Set(["_table", "_description", "_log_access", "_auto"]);

interface Shape {
  readonly node: ModelNode;
  /** The oldest class first. */
  readonly definitions: readonly Definition[];
  readonly ancestors: readonly string[];
  readonly type: RegistryModel["type"];
  readonly attributes: Readonly<Record<string, Static>>;
  readonly table: string;
  readonly auto: boolean;
  readonly inherits: Readonly<Record<string, string>>;
}

function shapeOf(node: ModelNode, order: Linearisations, known: ReadonlyMap<string, Shape>): Shape {
  const definitions = order.definitions(node);
  const kinds = new Set(definitions.map((one) => one.source.type));
  const type = kinds.has("transient") ? "transient" : kinds.has("model") || !kinds.has("abstract") ? "model" : "abstract";
  const attributes: Record<string, Static> = {};
  for (const { source } of definitions) {
    // These aren't taken from models that it inherits from (`_init_model_class_attributes`).
    const isOwn = source.name === node.name;
    for (const [name, value] of Object.entries(source.attributes)) if (isOwn || !notInherited.has(name)) attributes[name] = value;
  }
  return {
    node,
    definitions,
    ancestors: order.of(node).flatMap((one) => (isNode(one) && one !== node ? [one.name] : [])),
    type,
    attributes,
    table: textOf(attributes["_table"]) ?? node.name.replaceAll(".", "_"),
    auto: autoOf(order.of(node)),
    inherits: inheritsOf(node, known),
  };
}

/** What a mixin says counts only where `models.Model` doesn't come before it. */
function autoOf(order: readonly Base[]): boolean {
  for (const one of order) {
    if (typeof one === "string") return one !== "BaseModel";
    const auto = isNode(one) ? undefined : one.source.attributes["_auto"];
    if (auto !== undefined) return truth(auto, true) ?? true;
  }
  return false;
}

/** `_inherits` of a model and all that it inherits from. Those it inherits from come first in `known`, so that nothing is deep. */
function inheritsOf(node: ModelNode, known: ReadonlyMap<string, Shape>): Record<string, string> {
  const inherits: Record<string, string> = {};
  for (const base of node.bases.toReversed()) Object.assign(inherits, isNode(base) ? known.get(base.name)?.inherits : base.source.inherits);
  return inherits;
}

/** Own fields, and those of the models that it delegates to. */
function addDrafts(name: string, shapes: ReadonlyMap<string, Shape>, drafts: Map<string, Map<string, DraftField>>): void {
  const shape = shapes.get(name);
  if (shape === undefined || drafts.has(name)) return;
  const fields = new Map(draftFields(name, shape.definitions));
  drafts.set(name, fields);
  if (shape.type === "abstract") return;
  const inherited = new Map<string, { readonly by: string; readonly field: DraftField }>();
  for (const [parent, by] of Object.entries(shape.inherits)) {
    addDrafts(parent, shapes, drafts);
    for (const [field, draft] of drafts.get(parent) ?? []) inherited.set(field, { by, field: draft });
  }
  for (const [field, { by, field: target }] of inherited) {
    if (fields.has(field)) continue;
    const attributes = { related: known(`${by}.${field}`), related_sudo: known(false) };
    fields.set(field, { name: field, declaredType: target.declaredType, attributes, origin: "delegated", declared: [], stored: false });
  }
}

function composeModel(
  name: string,
  shape: Shape,
  completion: FieldCompletion,
  drafts: ReadonlyMap<string, ReadonlyMap<string, DraftField>>,
  shapes: ReadonlyMap<string, Shape>,
): RegistryModel {
  const fields = new Map<string, RegistryField>();
  for (const field of drafts.get(name)?.keys() ?? []) {
    const complete = completion.field(name, field);
    if (complete === null) continue;
    const stored = complete.type === "many2many" && complete.stored !== false;
    const relation = stored ? relationOf(complete, shape.table, shapes) : null;
    fields.set(field, relation === null ? complete : { ...complete, relation });
  }
  let methods: RegistryModel["methods"] | undefined;
  return {
    name,
    type: shape.type,
    table: shape.table,
    auto: shape.auto,
    fields,
    objects: objectsOf(shape),
    inherits: shape.inherits,
    ancestors: shape.ancestors,
    declared: shape.node.own.map(declaredAt),
    // Of mixins too, for every model that has them: too many to gather before somebody asks.
    get methods(): RegistryModel["methods"] {
      methods ??= methodsOf(shape.definitions);
      return methods;
    },
    attributes: shape.attributes,
  };
}

/** Table and columns of a many2many (`Many2many.setup_nonrelated`); null: they can't be told. */
function relationOf(field: RegistryField, table: string, shapes: ReadonlyMap<string, Shape>): RegistryField["relation"] {
  const [relation, column1, column2] = ["relation", "column1", "column2"].map((name) => textOf(field.attributes[name]));
  const other = field.comodel === null ? undefined : shapes.get(field.comodel)?.table;
  if (relation && column1 && column2) return { table: relation, column1, column2 };
  if (other === undefined || (!relation && other === table)) return null;
  const [first, second] = table < other ? [table, other] : [other, table];
  return { table: relation ?? `${first}_${second}_rel`, column1: column1 ?? `${table}_id`, column2: column2 ?? `${other}_id` };
}

function objectsOf({ definitions, table }: Shape): Map<string, RegistryObject> {
  const objects = new Map<string, RegistryObject>();
  for (const { source, module, file } of definitions)
    for (const { name, type, definition, line } of source.objects) {
      const full = postgresName(`${table}_${name}`);
      objects.set(full, { name: full, type, definition, declared: { module, file, line } });
    }
  return objects;
}

function methodsOf(definitions: readonly Definition[]): Map<string, (Declared & MethodDeclaration)[]> {
  const methods = new Map<string, (Declared & MethodDeclaration)[]>();
  for (const { source, module, file } of definitions)
    for (const method of source.methods) {
      const one = { ...method, module, file };
      const there = methods.get(method.name);
      if (there === undefined) methods.set(method.name, [one]);
      else there.push(one);
    }
  return methods;
}

function declaredAt({ module, file, source }: Definition): Declared {
  return { module, file, line: source.line };
}
