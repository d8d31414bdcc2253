import type { FieldDeclaration, ModelClass, ModuleSource } from "../../../domain/release/module-source.ts";

/** A class of a module that defines or extends a model. */
export interface Definition {
  readonly module: string;
  readonly source: ModelClass;
  readonly model: string;
}

interface DefinedModel {
  readonly name: string;
  readonly originalModule: string;
  readonly abstract: boolean;
  /** Own classes and names of parents, as Python's bases: what comes first wins. */
  bases: readonly (Definition | string)[];
  /** Parent → module that made it one, the last of several. */
  readonly inheritModule: Map<string, string>;
  /** Models that take fields from this one, by extension or by delegation. */
  readonly children: Set<string>;
}

/** Field → modules with a say in it. */
export type FieldModules = ReadonlyMap<string, ReadonlySet<string>>;

/** The declaration of a field together with its module; an earlier one is overridden by a later one. */
export interface FieldDefinition {
  readonly module: string;
  readonly declaration: FieldDeclaration;
}

const logFields = ["create_uid", "create_date", "write_uid", "write_date"];

/**
 * The models as they are while Odoo loads one module after the other (`orm/model_classes.py`). It matters in which moment a module sees
 * them: xmlids of fields are given only for models that exist by then.
 */
export class ModelDefinitions {
  readonly #models = new Map<string, DefinedModel>();
  readonly #fields = new Map<string, FieldModules>();
  readonly #definitions = new Map<string, readonly Definition[]>();

  has(model: string): boolean {
    return this.#models.has(model);
  }

  /** `_original_module` */
  originalModule(model: string): string | null {
    return this.#models.get(model)?.originalModule ?? null;
  }

  isAbstract(model: string): boolean {
    return this.#models.get(model)?.abstract === true;
  }

  /** Model → its field of delegation, which may come from a mixin. */
  inherits(model: string): ReadonlyMap<string, string> {
    return new Map(this.definitions(model).flatMap(({ source }) => Object.entries(source.inherits)));
  }

  /** @returns the models that the module's classes define or extend */
  load(source: ModuleSource): Set<string> {
    const touched = new Set<string>();
    for (const file of source.python)
      for (const one of file.classes)
        if (one.name !== null && this.#add({ module: source.name, source: one, model: one.name })) touched.add(one.name);
    for (const model of this.descendants(touched)) {
      this.#fields.delete(model);
      this.#definitions.delete(model);
    }
    return touched;
  }

  /** With everything that inherits from them in any way (`Registry.descendants`). */
  descendants(models: Iterable<string>): Set<string> {
    const found = new Set<string>();
    const queue = [...models];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      const model = this.#models.get(name);
      if (model === undefined || found.has(name)) continue;
      found.add(name);
      queue.push(...model.children);
    }
    return found;
  }

  /** Classes that make up a model, those of its parents included; later ones override earlier ones. */
  definitions(model: string): readonly Definition[] {
    const known = this.#definitions.get(model);
    if (known !== undefined) return known;
    // A model that inherits from itself in a circle ends here.
    this.#definitions.set(model, []);
    const bases = this.#models.get(model)?.bases ?? [];
    // From the weakest to the strongest; what is shared by several parents is weaker than all of them.
    const weakestFirst = bases.toReversed().flatMap((base) => (typeof base === "string" ? this.definitions(base) : [base]));
    const ordered = [...new Set(weakestFirst)];
    this.#definitions.set(model, ordered);
    return ordered;
  }

  /** Field → modules that have a class with it (`_modules`), of everything that the model has. */
  fields(model: string): FieldModules {
    const known = this.#fields.get(model);
    if (known !== undefined) return known;
    // A loop of delegation ends here.
    this.#fields.set(model, new Map());
    const fields = new Map<string, Set<string>>([
      ["id", new Set()],
      ["display_name", new Set()],
    ]);
    for (const [name, declared] of this.#declared(model)) fields.set(name, new Set([...(fields.get(name) ?? []), ...compatible(declared)]));
    if (!this.isAbstract(model)) this.#addDelegated(model, fields);
    this.#fields.set(model, fields);
    return fields;
  }

  /** Declarations of one field, in the order in which they apply. */
  fieldDefinitions(model: string, field: string): readonly FieldDefinition[] {
    return this.definitions(model).flatMap(({ module, source }) =>
      source.fields.flatMap((declaration) => (declaration.name === field ? [{ module, declaration }] : [])),
    );
  }

  /** Names of the fields that the module gives an xmlid (`ir.model.fields._reflect_fields`). */
  fieldsNamedBy(module: string, model: string): string[] {
    const known = this.#models.get(model);
    if (known === undefined) return [];
    const fields = this.fields(model);
    if (known.originalModule === module) return [...fields.keys()];
    const parents = [...known.inheritModule].flatMap(([parent, by]) => (by === module ? [this.fields(parent)] : []));
    return [...fields].flatMap(([name, modules]) => (modules.has(module) || parents.some((parent) => parent.has(name)) ? [name] : []));
  }

  #add(definition: Definition): boolean {
    const { model: name, source, module } = definition;
    const parents = name === "base" ? source.inherit : [...source.inherit, "base"];
    const extended = parents.includes(name);
    const known = this.#models.get(name);
    if (extended && known === undefined) return false;
    const model =
      extended && known !== undefined
        ? known
        : {
            name,
            originalModule: module,
            abstract: source.type === "abstract",
            bases: [],
            inheritModule: new Map<string, string>(),
            children: new Set<string>(),
          };
    const bases: (Definition | string)[] = [definition];
    for (const parent of parents) {
      if (parent === name) bases.push(...model.bases);
      else {
        bases.push(parent);
        model.inheritModule.set(parent, module);
        this.#models.get(parent)?.children.add(name);
      }
    }
    model.bases = lastOfEach(bases);
    for (const parent of Object.keys(source.inherits)) this.#models.get(parent)?.children.add(name);
    this.#models.set(name, model);
    return true;
  }

  #declared(model: string): ReadonlyMap<string, readonly FieldDefinition[]> {
    const declared = new Map<string, FieldDefinition[]>();
    const push = (module: string, declaration: FieldDeclaration): void => {
      const known = declared.get(declaration.name);
      if (known === undefined) declared.set(declaration.name, [{ module, declaration }]);
      else known.push({ module, declaration });
    };
    for (const { module, source, model: own } of this.definitions(model)) {
      for (const declaration of source.fields) push(module, declaration);
      if (source.type !== "abstract" && !source.inherit.includes(own) && logsAccess(source))
        for (const name of logFields) if (!source.fields.some((field) => field.name === name)) push(module, magic(name));
    }
    return declared;
  }

  /** `inherited=True`: declared anew, and still the parent's (as `res.users` does with a partner's name). */
  #isInherited(model: string, field: string): boolean {
    return this.definitions(model).some(({ source }) =>
      source.fields.some(
        ({ name, attributes }) => name === field && attributes["inherited"]?.known === true && attributes["inherited"].value === true,
      ),
    );
  }

  #addDelegated(model: string, fields: Map<string, Set<string>>): void {
    const own = new Set(fields.keys());
    for (const [parent, delegate] of this.inherits(model)) {
      if (parent === model) continue;
      for (const [name, modules] of this.fields(parent))
        if (!own.has(name) || this.#isInherited(model, name))
          fields.set(name, new Set([...(fields.get(name) ?? []), ...(fields.get(delegate) ?? []), ...modules]));
    }
  }
}

function logsAccess({ attributes }: ModelClass): boolean {
  const value = attributes["_log_access"] ?? attributes["_auto"];
  return value === undefined || !value.known || value.value === true;
}

function magic(name: string): FieldDeclaration {
  return { name, line: 0, type: name.endsWith("_uid") ? "Many2one" : "Datetime", attributes: {} };
}

/** A field of another type says nothing about what overrides it (`Field._get_attrs`). */
const subtypes: Readonly<Record<string, string>> = { Image: "Binary", Reference: "Selection", Many2oneReference: "Integer" };

function compatible(definitions: readonly FieldDefinition[]): string[] {
  const type = definitions.at(-1)?.declaration.type ?? "";
  const start = definitions.findLastIndex(({ declaration }) => declaration.type !== type && declaration.type !== subtypes[type]);
  return definitions.slice(start + 1).map(({ module }) => module);
}

function lastOfEach<T>(items: readonly T[]): T[] {
  return [...new Set(items.toReversed())].toReversed();
}
