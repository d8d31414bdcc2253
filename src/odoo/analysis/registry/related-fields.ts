import type { Static } from "../../../domain/release/module-source.ts";
import type { RegistryField } from "../../../domain/release/registry.ts";
import type { DraftField } from "./draft-fields.ts";
import { columnTypeOf, isRelational, typeOf } from "./field-types.ts";
import { has, isGiven, textOf, truth } from "./static-values.ts";

export type Drafts = ReadonlyMap<string, ReadonlyMap<string, DraftField>>;

/** What a related field takes from the field it leads to when it doesn't say it itself (`_related_*` in `orm/fields*.py`). */
const takenOver = [
  "comodel_name",
  "string",
  "help",
  "groups",
  "translate",
  "size",
  "digits",
  "domain",
  "context",
  "selection",
  "model_field",
];

/** Related fields that lead to related fields. */
const depthMax = 50;

/** Completes the fields of all models; a related one takes from the one it leads to. */
export class FieldCompletion {
  readonly #drafts: Drafts;
  readonly #done = new Map<DraftField, Map<string, RegistryField>>();
  readonly #open = new Set<DraftField>();
  /** Models with related fields that couldn't be followed to their end. */
  readonly cut: Set<string> = new Set();

  constructor(drafts: Drafts) {
    this.#drafts = drafts;
  }

  /** null: there is no such field. */
  field(model: string, name: string): RegistryField | null {
    const draft = this.#drafts.get(model)?.get(name);
    if (draft === undefined) return null;
    const done = this.#done.get(draft)?.get(model);
    if (done !== undefined) return done;
    const complete = this.#complete(model, draft);
    const ofDraft = this.#done.get(draft);
    if (ofDraft === undefined) this.#done.set(draft, new Map([[model, complete]]));
    else ofDraft.set(model, complete);
    return complete;
  }

  #complete(model: string, draft: DraftField): RegistryField {
    if (!isGiven(draft.attributes["related"])) return completeUnrelated(draft);
    if (this.#open.has(draft) || this.#open.size > depthMax) {
      this.cut.add(model);
      return completeField(draft, null);
    }
    this.#open.add(draft);
    const target = this.#target(model, textOf(draft.attributes["related"]));
    this.#open.delete(draft);
    return completeField(draft, target);
  }

  #target(model: string, path: string | null): RegistryField | null {
    let at: string | null = model;
    let field: RegistryField | null = null;
    for (const name of path?.split(".") ?? []) {
      field = at === null ? null : this.field(at, name);
      if (field === null) return null;
      at = field.comodel;
    }
    return field;
  }
}

/** Of drafts that several registries have in common. */
const unrelated = new WeakMap<DraftField, RegistryField>();

function completeUnrelated(draft: DraftField): RegistryField {
  const known = unrelated.get(draft);
  if (known !== undefined) return known;
  const complete = completeField(draft, null);
  unrelated.set(draft, complete);
  return complete;
}

function completeField(draft: DraftField, target: RegistryField | null): RegistryField {
  const attributes = target === null ? draft.attributes : takeOver(draft, target);
  const type = typeOf(draft.declaredType);
  const required = truth(attributes["required"], false);
  return {
    name: draft.name,
    type,
    attributes,
    stored: draft.stored,
    required: isInherited(draft) && target?.required === true ? true : required,
    columnType: draft.stored === false ? null : columnTypeOf(draft.declaredType, attributes),
    comodel: isRelational(type) ? textOf(attributes["comodel_name"]) : null,
    relation: null,
    origin: draft.origin,
    declared: draft.declared,
  };
}

/** By delegation, be it that a class says so itself. */
function isInherited({ origin, attributes }: DraftField): boolean {
  return origin === "delegated" || isGiven(attributes["inherited"]);
}

function takeOver({ attributes }: DraftField, target: RegistryField): Record<string, Static> {
  const taken: Record<string, Static> = { ...attributes };
  for (const name of takenOver) {
    const value = target.attributes[name];
    if (value !== undefined && !has(attributes, name)) taken[name] = value;
  }
  return taken;
}
