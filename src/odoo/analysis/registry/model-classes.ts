import type { ModelClass, ModuleSource, Unknown } from "../../../domain/release/module-source.ts";
import { mergeLinearisations } from "./linearise.ts";

/** A class of a module. */
export interface Definition {
  readonly module: string;
  readonly file: string;
  readonly source: ModelClass;
  /** It makes a model instead of extending one, so Odoo gives it the magic fields. */
  readonly defines: boolean;
}

/** What Odoo calls a model class: built from the classes of its modules and the models it inherits from. */
export interface ModelNode {
  readonly name: string;
  /** In Python's order: the newest class first. */
  bases: readonly (Definition | ModelNode)[];
  /** Model → module that said last that it is inherited from. */
  readonly parents: Map<string, string>;
  /** Own classes in load order. */
  readonly own: Definition[];
}

export interface ModelClasses {
  readonly nodes: ReadonlyMap<string, ModelNode>;
  readonly unknowns: readonly (Unknown & { readonly module: string })[];
}

/** Of one model; Odoo's own modules have 185 at most. */
const classesMax = 2_000;
/** Of all orders of resolution together; those of all of Odoo's modules have 30,000. */
const ancestryMax = 300_000;
const depthMax = 100;

/** Classes of all modules put together as `add_to_registry` does (`orm/model_classes.py`). */
export function modelClasses(modules: readonly ModuleSource[]): ModelClasses {
  const nodes = new Map<string, ModelNode>();
  const unknowns: (Unknown & { module: string })[] = [];
  for (const module of modules) {
    for (const unknown of module.unknowns) unknowns.push({ ...unknown, module: module.name });
    for (const declarations of module.python) {
      for (const unknown of declarations.unknowns)
        if (!module.unknowns.includes(unknown)) unknowns.push({ ...unknown, module: module.name });
      for (const source of declarations.classes) {
        const file = source.file === "" ? declarations.file : source.file;
        const problem = addClass(nodes, { module: module.name, file, source, defines: definesModel(source) });
        if (problem !== null) unknowns.push({ ...problem, module: module.name });
      }
    }
  }
  unknowns.push(...loadedByOthers(modules));
  return { nodes, unknowns };
}

/** Files that no file of their own module imports, but one of another: what they declare isn't among the module's classes. */
function loadedByOthers(modules: readonly ModuleSource[]): (Unknown & { readonly module: string })[] {
  const importers = new Map<string, string>();
  for (const { name, importsElsewhere = [] } of modules)
    for (const dotted of importsElsewhere) importers.set(dotted, importers.get(dotted) ?? name);
  return modules.flatMap(({ name: module, looseModels = [] }) =>
    looseModels.flatMap((file) => {
      const stem = file.replace(/(?:\/__init__)?\.py$/, "").replaceAll("/", ".");
      const importer = importers.get(`odoo.addons.${module}.${stem}`);
      if (importer === undefined) return [];
      return [{ kind: "imported-elsewhere", module, file, line: 1, what: `No file of ${module} imports it, but ${importer} does.` }];
    }),
  );
}

function definesModel({ name, inherit }: ModelClass): boolean {
  return name !== null && !inherit.includes(name);
}

function addClass(nodes: Map<string, ModelNode>, definition: Definition): Unknown | null {
  const { source, module } = definition;
  const { name, line } = source;
  const at = { file: definition.file, line };
  if (name === null) return { ...at, kind: "computed-model-name", what: `The class ${source.className} is of a model that can't be told.` };
  const existing = nodes.get(name);
  if (source.inherit.includes(name) && existing === undefined)
    return { ...at, kind: "extends-missing-model", what: `${name} is extended, but no module that is loaded before makes it.` };
  const node: ModelNode = definition.defines || existing === undefined ? { name, bases: [], parents: new Map(), own: [] } : existing;
  if (node.own.length >= classesMax) return { ...at, kind: "too-many-classes", what: `${name} has more than ${classesMax} classes.` };
  // As an ordered set in which the last occurrence counts.
  const bases = new Set<Definition | ModelNode>([definition]);
  const add = (base: Definition | ModelNode): void => {
    bases.delete(base);
    bases.add(base);
  };
  let missing: string | null = null;
  for (const parent of name === "base" ? source.inherit : [...source.inherit, "base"]) {
    const found = nodes.get(parent);
    if (parent === name) for (const base of node.bases) add(base);
    else if (found !== undefined) {
      add(found);
      node.parents.set(parent, module);
    } else if (parent !== "base") missing = parent;
  }
  node.bases = [...bases];
  node.own.push(definition);
  nodes.set(name, node);
  if (missing === null) return null;
  return { ...at, kind: "inherits-missing-model", what: `${name} inherits from ${missing}, which no module that is loaded before makes.` };
}

export function isNode(base: Base): base is ModelNode {
  return typeof base !== "string" && "bases" in base;
}

/** What classes of modules inherit from in Python, which has attributes of its own: `_auto` above all. */
export type PythonBase = "TransientModel" | "Model" | "BaseModel";
export type Base = Definition | ModelNode | PythonBase;

const pythonBases: Readonly<Record<ModelClass["type"], readonly PythonBase[]>> = {
  transient: ["TransientModel", "Model", "BaseModel"],
  model: ["Model", "BaseModel"],
  unknown: ["Model", "BaseModel"],
  abstract: ["BaseModel"],
};

/** Remembers the order of resolution of every model. */
export class Linearisations {
  readonly #known = new Map<ModelNode, readonly Base[]>();
  /** Models of which not everything is known, since it would be too much. */
  readonly cut: string[] = [];
  #total = 0;
  #depth = 0;

  /** The model itself first. */
  of(node: ModelNode): readonly Base[] {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    // Against a cycle, which only a replaced model could make.
    this.#known.set(node, [node]);
    if (this.#total > ancestryMax || this.#depth >= depthMax) {
      this.cut.push(node.name);
      return [node];
    }
    this.#depth += 1;
    const order = [node, ...mergeLinearisations<Base>([...this.#sequences(node), node.bases]).filter((one) => one !== node)];
    this.#depth -= 1;
    this.#total += order.length;
    this.#known.set(node, order);
    return order;
  }

  /** Classes with the same base in Python share a sequence: their order is that of the bases anyway. */
  #sequences(node: ModelNode): (readonly Base[])[] {
    const byType = new Map<ModelClass["type"], Definition[]>();
    const sequences: (readonly Base[])[] = [];
    const ends: { readonly classes: Base[]; readonly type: ModelClass["type"] }[] = [];
    for (const base of node.bases) {
      if (isNode(base)) sequences.push(this.of(base));
      else {
        const { type } = base.source;
        const there = byType.get(type);
        if (there !== undefined) there.push(base);
        else {
          const classes = [base];
          byType.set(type, classes);
          sequences.push(classes);
          ends.push({ classes, type });
        }
      }
    }
    for (const { classes, type } of ends) classes.push(...pythonBases[type]);
    return sequences;
  }

  /** Classes from the oldest to the one that has the last word. */
  definitions(node: ModelNode): Definition[] {
    return this.of(node)
      .filter((one): one is Definition => typeof one !== "string" && !isNode(one))
      .toReversed();
  }
}
