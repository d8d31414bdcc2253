import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { Static } from "../../../domain/release/module-source.ts";
import type { Registry, RegistryField, RegistryModel } from "../../../domain/release/registry.ts";
import { missingInPath } from "../../../odoo/analysis/views/check-view.ts";
import { declaredGroups } from "./view-groups.ts";

interface Fault {
  readonly rule: string;
  readonly what: string;
  readonly name: string;
  readonly module: string;
  readonly file: string;
  readonly line: number;
}

/** What the declarations of fields and methods name. With an old side only what it doesn't have already. */
export function* pythonReferences(ground: AnalysisGround): Iterable<Finding> {
  const { after, before } = ground;
  const now = [...faultsOf(after.registry, declaredGroups(ground))];
  if (now.length === 0) return;
  const old = new Set(before === null ? [] : Array.from(faultsOf(before.registry, declaredGroups({ ...ground, after: before })), keyOf));
  for (const fault of now) {
    if (old.has(keyOf(fault)) || (before === null && !after.own.has(fault.module))) continue;
    yield {
      rule: fault.rule,
      severity: fault.rule === "field-group-missing" || isComputedModel(fault, ground) ? "warning" : "error",
      module: fault.module,
      file: fault.file,
      line: fault.line,
      what: fault.what,
      meaning: null,
      evidence: [fault.name],
      ...(after.registry.unknowns.some((unknown) => after.own.has(unknown.module)) ? { unsure: true } : {}),
    };
  }
}

/** Somewhere a model's name is computed, so this may be it. */
function isComputedModel({ rule }: Fault, { after }: AnalysisGround): boolean {
  return rule === "comodel-missing" && after.registry.unknowns.some((unknown) => unknown.kind === "computed-model-name");
}

function keyOf(fault: Fault): string {
  return `${fault.rule} ${fault.module} ${fault.file} ${fault.what}`;
}

function* faultsOf(registry: Registry, groups: ReadonlySet<string>): Iterable<Fault> {
  for (const model of registry.models.values()) {
    for (const field of model.fields.values()) {
      const place = field.declared.at(-1);
      // Of a mixin each model has the field; it is told where the mixin is looked at.
      if (place === undefined || field.origin !== "declared") continue;
      for (const { rule, what, name } of fieldFaults(field, model, registry, groups))
        yield { rule, what, name, module: place.module, file: place.file, line: place.line };
    }
    yield* dependsFaults(model, registry);
  }
}

type Told = Pick<Fault, "rule" | "what" | "name">;

function* fieldFaults(field: RegistryField, model: RegistryModel, registry: Registry, groups: ReadonlySet<string>): Iterable<Told> {
  const label = `${model.name}.${field.name}`;
  const related = textOf(field.attributes["related"]);
  if (related !== null && missingInPath(related, model.name, registry) !== null)
    yield { rule: "related-missing", what: `${label} is related to ${related}, which leads to nothing.`, name: related };
  for (const attribute of ["compute", "inverse", "search"]) {
    const method = textOf(field.attributes[attribute]);
    if (method !== null && related === null && model.type !== "abstract" && !model.methods.has(method) && !isCommon(method))
      yield { rule: "compute-missing", what: `${label} names the method ${method}, which ${model.name} doesn't have.`, name: method };
  }
  const comodel = field.comodel === null ? undefined : registry.models.get(field.comodel);
  if (field.comodel !== null && comodel === undefined && registry.modules.includes("base"))
    yield { rule: "comodel-missing", what: `${label} points to the model ${field.comodel}, which doesn't exist.`, name: field.comodel };
  const inverse = textOf(field.attributes["inverse_name"]);
  if (inverse !== null && field.type === "one2many" && comodel !== undefined && !comodel.fields.has(inverse) && related === null)
    yield { rule: "inverse-missing", what: `${label} names ${inverse}, which ${comodel.name} doesn't have.`, name: inverse };
  for (const group of (textOf(field.attributes["groups"]) ?? "").split(",").map((name) => name.trim().replace(/^!/, "")))
    if (group.includes(".") && !groups.has(group))
      yield { rule: "field-group-missing", what: `${label} is for the group ${group}, which doesn't exist.`, name: group };
}

function* dependsFaults(model: RegistryModel, registry: Registry): Iterable<Fault> {
  if (model.type === "abstract") return;
  const computes = new Set<string>();
  for (const field of model.fields.values()) {
    const compute = field.origin === "declared" || field.origin === "mixin" ? textOf(field.attributes["compute"]) : null;
    if (compute !== null) computes.add(compute);
  }
  for (const name of computes) {
    // Odoo takes the decorator of the method that is called first.
    const method = model.methods.get(name)?.at(-1);
    if (method === undefined) continue;
    // Of several decorators the outermost counts.
    for (const arg of method.decorators.find((decorator) => decorator.name === "api.depends")?.args ?? []) {
      const path = textOf(arg);
      const missing = path === null ? null : missingDependency(path, model, registry);
      if (path !== null && missing !== null)
        yield {
          rule: "depends-missing",
          what: `${model.name}.${name} depends on ${path}, which leads to nothing in ${missing}.`,
          name: path,
          module: method.module,
          file: method.file,
          line: method.line,
        };
    }
  }
}

/** `resolve_depends` of `orm/fields.py`: from a transient model it doesn't follow a path into others. */
function missingDependency(path: string, model: RegistryModel, registry: Registry): string | null {
  const [first = ""] = path.split(".", 1);
  const comodel = registry.models.get(model.fields.get(first)?.comodel ?? "");
  const followed = model.type === "transient" && comodel !== undefined && comodel.type !== "transient" ? first : path;
  return missingInPath(followed, model.name, registry)?.model ?? null;
}

/** Methods of `models.BaseModel` that fields name. */
function isCommon(method: string): boolean {
  return ["_compute_display_name", "_search_display_name", "_search_id"].includes(method);
}

function textOf(value: Static | undefined): string | null {
  return value?.known === true && typeof value.value === "string" ? value.value : null;
}
