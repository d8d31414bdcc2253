import type { DataEntry, DataRecord, ModuleSource } from "../../../domain/release/module-source.ts";
import type { Registry } from "../../../domain/release/registry.ts";
import { GeneratedXmlids } from "./generated-xmlids.ts";
import { xmlidUses, type XmlidUse } from "./xmlid-uses.ts";

export interface XmlidQuestion {
  /** In load order. */
  readonly modules: readonly ModuleSource[];
  readonly registry: Registry;
  /** Every module that Odoo sees. */
  readonly universe: ReadonlyMap<string, ModuleSource>;
}

/** A reference that isn't to a record that is surely loaded before. */
export interface UnsureReference {
  readonly module: string;
  readonly entry: DataEntry;
  readonly xmlid: string;
  /** null: the entry itself, which changes a record of another module. */
  readonly field: string | null;
  /**
   * `nowhere`: no module in question has it. `later`: it is loaded after what refers to it. `undeclared`: it is loaded before, but only because
   * the modules happen to be loaded in that order.
   */
  readonly why: "nowhere" | "later" | "undeclared";
}

/** Looks for every xmlid that data files refer to, in the order in which Odoo loads them. */
export function resolveXmlids(question: XmlidQuestion): readonly UnsureReference[] {
  const { modules, registry, universe } = question;
  const generated = new GeneratedXmlids(registry, universe);
  const declared = declarations(modules);
  const closures = new Closures(universe);
  const modelOf = (xmlid: string): string | undefined => declared.get(xmlid)?.model;
  const found: UnsureReference[] = [];
  let position = 0;
  for (const module of modules)
    for (const file of module.data)
      for (const entry of file.entries) {
        position += 1;
        if (entry.entry === "record" && !entry.forcecreate) continue;
        for (const { xmlid, field } of uses(entry, module.name)) {
          const target = declared.get(xmlid);
          const why =
            target === undefined
              ? generated.has(xmlid, modelOf)
                ? null
                : "nowhere"
              : target.position >= position
                ? "later"
                : closures.reaches(module.name, target.module)
                  ? null
                  : "undeclared";
          if (why !== null) found.push({ module: module.name, entry, xmlid, field, why });
        }
      }
  return found;
}

const known = new WeakMap<DataEntry, readonly XmlidUse[]>();

/** Two sides mostly have the same modules. */
function uses(entry: DataEntry, module: string): readonly XmlidUse[] {
  let found = known.get(entry);
  if (found === undefined) known.set(entry, (found = xmlidUses(entry, module)));
  return found;
}

interface Declaration {
  readonly position: number;
  readonly module: string;
  readonly model: string;
}

/** `base_data.sql`, by which Odoo makes a database. */
const madeWithDatabase: readonly (readonly [string, string])[] = [
  ["base.USD", "res.currency"],
  ["base.main_company", "res.company"],
  ["base.main_partner", "res.partner"],
  ["base.user_root", "res.users"],
  ["base.group_user", "res.groups"],
];

/** Records that files make: of the module itself, or of another with `forcecreate`. */
function declarations(modules: readonly ModuleSource[]): ReadonlyMap<string, Declaration> {
  const declared = new Map<string, Declaration>(madeWithDatabase.map(([xmlid, model]) => [xmlid, { position: 0, module: "base", model }]));
  let position = 0;
  for (const module of modules)
    for (const file of module.data)
      for (const entry of file.entries) {
        position += 1;
        if (entry.entry !== "record" || entry.xmlid === null || declared.has(entry.xmlid)) continue;
        if (mayCreate(entry, module.name)) declared.set(entry.xmlid, { position, module: module.name, model: entry.model });
      }
  return declared;
}

/** Only a `<record>` of another module's record has to find it; menus and rows of CSV files are made. */
function mayCreate(entry: DataRecord, module: string): boolean {
  return entry.xmlid?.startsWith(`${module}.`) === true || entry.createsForeign === true || entry.tag === "menuitem" || entry.tag === "csv";
}

/** Which modules a module depends on, directly or not. */
class Closures {
  readonly #universe: ReadonlyMap<string, ModuleSource>;
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(universe: ReadonlyMap<string, ModuleSource>) {
    this.#universe = universe;
  }

  reaches(from: string, to: string): boolean {
    return from === to || to === "base" || this.of(from).has(to);
  }

  of(module: string): ReadonlySet<string> {
    const known = this.#known.get(module);
    if (known !== undefined) return known;
    const all = new Set<string>();
    // Stands for the module while its own dependencies are looked at, so that a circle ends.
    this.#known.set(module, all);
    for (const dependency of this.#universe.get(module)?.manifest?.depends ?? []) {
      all.add(dependency);
      for (const further of this.of(dependency)) all.add(further);
    }
    return all;
  }
}
