import type { Registry, RegistryField, RegistryModel } from "../../../domain/release/registry.ts";
import type { ArchNode } from "../../source/arch-node.ts";
import { expressionNames } from "../../source/expression-names.ts";
import { ViewNames } from "./view-names.ts";

/** Something in a composed view that the registry doesn't have. */
export interface ViewFault {
  readonly kind:
    | "model-missing"
    | "field-missing"
    | "name-missing"
    | "path-missing"
    | "method-missing"
    | "label-missing"
    | "expression-invalid";
  readonly node: ArchNode;
  readonly model: string;
  /** What is missing: `partner_id`, `partner_id.code`, `action_confirm`. */
  readonly name: string;
  /** Where it is used: an attribute with its text; null: as the element itself. */
  readonly use: string | null;
}

const modifiers = new Set(["column_invisible", "invisible", "readonly", "required"]);
const nested = new Set(["form", "list", "graph", "kanban", "calendar"]);
const viewTypes = new Set(["list", "form", "graph", "pivot", "calendar", "kanban", "search", "qweb"]);
const relational = new Set(["many2one", "one2many", "many2many"]);
const calendarFields = ["date_start", "date_delay", "date_stop", "color", "all_day"];

/** Methods of every model that a button may call, beside those that classes declare (`odoo/orm/models.py`). */
const commonMethods = new Set([
  "action_archive",
  "action_unarchive",
  "unlink",
  "copy",
  "create",
  "write",
  "read",
  "exists",
  "toggle_active",
]);

/** Checks a composed view as `_validate_view` of Odoo 19's `ir_ui_view.py` does, so far as names go. */
export function checkView(arch: ArchNode, modelName: string, registry: Registry): readonly ViewFault[] {
  const check = new ViewCheck(registry);
  check.view(arch, modelName, null, true);
  return check.faults;
}

interface Place {
  readonly names: ViewNames;
  readonly viewType: string;
  readonly editable: boolean;
}

class ViewCheck {
  readonly faults: ViewFault[] = [];
  readonly #registry: Registry;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  view(root: ArchNode, modelName: string, parent: ViewNames | null, editable: boolean): void {
    const model = this.#registry.models.get(modelName);
    if (model === undefined) {
      this.#fault("model-missing", root, modelName, modelName, null);
      return;
    }
    const names = new ViewNames(model, parent);
    this.#node(root, { names, viewType: root.tag, editable: editable && isEditable(root, model) }, root);
    for (const use of names.missing())
      this.#fault(use.use.startsWith("for=") ? "label-missing" : "name-missing", use.node, modelName, use.name, use.use);
  }

  #node(node: ArchNode, outer: Place, root: ArchNode): void {
    if (node.kind !== "element") return;
    const { names } = outer;
    const place = node === root ? outer : { ...outer, editable: outer.editable && isEditable(node, names.model) };
    let children: readonly ArchNode[] = node.children;
    switch (node.tag) {
      case "field":
        children = this.#field(node, place);
        break;
      case "groupby":
        if (node !== root) children = this.#groupBy(node, place);
        break;
      case "filter":
        if (node.get("domain") !== undefined) this.#domain(node, node.get("domain") ?? "", names.model.name, place);
        break;
      case "button":
        this.#button(node, names);
        break;
      case "label":
        if (node.get("for") !== undefined) names.label(node.get("for") ?? "", node);
        break;
      case "calendar":
        this.#calendar(node, names);
        break;
      case "search":
        for (const panel of node.children.filter((child) => child.tag === "searchpanel")) this.view(panel, names.model.name, names, false);
        children = node.children.filter((child) => child.tag !== "searchpanel");
        break;
    }
    this.#attributes(node, place);
    for (const child of children) this.#node(child, place, root);
  }

  #field(node: ArchNode, place: Place): readonly ArchNode[] {
    const { names } = place;
    const name = node.get("name") ?? "";
    const field = names.model.fields.get(name);
    names.has(node.get("id") ?? name);
    names.has(name);
    if (field === undefined) {
      this.#fault("field-missing", node, names.model.name, name, null);
      return [];
    }
    const domain = node.get("domain");
    if (relational.has(field.type ?? "") && domain !== undefined && field.comodel !== null)
      this.#domain(node, domain, field.comodel, place);
    if (field.comodel === null) return node.children.filter((child) => !nested.has(child.tag));
    for (const child of node.children) if (nested.has(child.tag)) this.view(child, field.comodel, names, place.editable);
    return node.children.filter((child) => !nested.has(child.tag));
  }

  #groupBy(node: ArchNode, { names }: Place): readonly ArchNode[] {
    const name = node.get("name") ?? "";
    const field = names.model.fields.get(name);
    if (field === undefined) this.#fault("field-missing", node, names.model.name, name, null);
    else if (field.comodel !== null) {
      names.has(name);
      this.view(node, field.comodel, names, false);
    }
    return [];
  }

  #button(node: ArchNode, names: ViewNames): void {
    const name = node.get("name");
    if (name === undefined || name === "") return;
    names.has(name);
    if (node.get("type") !== "object" || node.get("special") !== undefined) return;
    const { methods, fields } = names.model;
    if (!methods.has(name) && !fields.has(name) && !commonMethods.has(name))
      this.#fault("method-missing", node, names.model.name, name, null);
  }

  #calendar(node: ArchNode, names: ViewNames): void {
    const given = calendarFields.flatMap((attribute) => node.get(attribute)?.split(".", 1)[0] ?? []);
    const filters = node.children.filter((child) => child.tag === "filter").map((child) => child.get("name") ?? "");
    for (const name of [...given, ...filters]) {
      names.has(name);
      if (!names.model.fields.has(name)) this.#fault("field-missing", node, names.model.name, name, null);
    }
  }

  #attributes(node: ArchNode, { names }: Place): void {
    for (const [attribute, text] of node.attributes) {
      if (text === "") continue;
      const context = attribute === "context";
      if (!modifiers.has(attribute) && !context && !attribute.startsWith("decoration-")) continue;
      if (/^(?:0|1|true|false)$/i.test(text)) continue;
      const use = `${attribute}="${text}"`;
      const found = expressionNames(text);
      if (found === null) {
        this.#fault("expression-invalid", node, names.model.name, attribute, use);
        continue;
      }
      names.uses(found.names, use, node);
      const group = context ? found.keys.get("group_by")?.split(":", 1)[0] : undefined;
      if (group !== undefined && !names.model.fields.has(group)) this.#fault("field-missing", node, names.model.name, group, use);
    }
  }

  #domain(node: ArchNode, domain: string, modelName: string, { names }: Place): void {
    const use = `domain="${domain}"`;
    const found = expressionNames(domain);
    if (found === null) {
      this.#fault("expression-invalid", node, names.model.name, "domain", use);
      return;
    }
    names.uses(found.names, use, node);
    for (const path of found.paths)
      if (!path.startsWith("parent.") && path !== "parent") {
        const missing = missingInPath(path, modelName, this.#registry);
        if (missing !== null) this.#fault("path-missing", node, missing.model, path, use);
      }
  }

  #fault(kind: ViewFault["kind"], node: ArchNode, model: string, name: string, use: string | null): void {
    this.faults.push({ kind, node, model, name, use });
  }
}

/** The first name of a path of fields that leads nowhere; null: all are there, or it can't be told. */
export function missingInPath(
  path: string,
  modelName: string,
  registry: Registry,
): { readonly model: string; readonly name: string } | null {
  let model: RegistryModel | undefined = registry.models.get(modelName);
  for (const name of path.split(".")) {
    if (model === undefined) return null;
    const field: RegistryField | undefined = model.fields.get(name);
    if (field === undefined) return { model: model.name, name };
    // Dates have parts, properties have names of their own.
    if (field.comodel === null) return null;
    model = registry.models.get(field.comodel);
  }
  return null;
}

function isEditable(node: ArchNode, model: RegistryModel): boolean {
  if (node.tag === "form") return true;
  if (node.tag === "list") return Boolean(node.get("editable") ?? node.get("multi_edit"));
  if (node.tag === "field") return model.fields.has(node.get("name") ?? "") && !["1", "True"].includes(node.get("readonly") ?? "");
  return !viewTypes.has(node.tag);
}
