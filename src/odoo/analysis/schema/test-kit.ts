import type { AnalysedSide, AnalysedTenant } from "../../../app/ports/analysis-kind.ts";
import type { CatalogueSnapshot } from "../../../domain/fleet/catalogue-snapshot.ts";
import type { ModuleSource } from "../../../domain/release/module-source.ts";
import { readModuleSource } from "../../source/read-module.ts";
import { graphOf } from "../graph-module.ts";
import { loadOrder } from "../load-order.ts";
import { composeRegistry } from "../registry/compose.ts";
import { freshCatalogue } from "./fresh-catalogue.ts";

export interface ModuleText {
  /** `models.py`, after the usual imports. */
  readonly python?: string;
  readonly depends?: readonly string[];
  readonly version?: string;
  /** Further files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Further entries of the manifest, as Python. */
  readonly manifest?: string;
}

/** Modules by name, written as their `models.py`, or with more. */
export type Modules = Readonly<Record<string, string | ModuleText>>;

/** As much of `base` as most modules need. */
export const baseModule = `
class Base(models.AbstractModel):
    _name = "base"

class Company(models.Model):
    _name = "res.company"
    name = fields.Char(required=True)

class Partner(models.Model):
    _name = "res.partner"
    name = fields.Char(index=True)
    active = fields.Boolean(default=True)
    email = fields.Char()

class Users(models.Model):
    _name = "res.users"
    _inherits = {"res.partner": "partner_id"}
    partner_id = fields.Many2one("res.partner", required=True, ondelete="restrict")
    login = fields.Char(required=True)
`;

export function moduleSource(name: string, text: string | ModuleText): ModuleSource {
  const {
    python = "",
    depends = name === "base" ? [] : ["base"],
    version = "19.0.1.0.0",
    files = {},
    manifest = "",
  } = typeof text === "string" ? { python: text } : text;
  const all = {
    "__manifest__.py": `{"name": "${name}", "version": "${version}", "depends": ${JSON.stringify(depends)}, ${manifest}}`,
    "__init__.py": "from . import models\n",
    "models.py": `from odoo import api, fields, models\n${python}`,
    ...files,
  };
  return readModuleSource({ name, files: new Map(Object.entries(all)), paths: Object.keys(all).sort() });
}

/** With the small base, unless it is given. */
export function sideOf(modules: Modules): AnalysedSide {
  const sources = Object.entries({ base: baseModule, ...modules }).map(([name, text]) => moduleSource(name, text));
  const universe = new Map(sources.map((source) => [source.name, source]));
  const { order } = loadOrder(universe.keys(), graphOf(universe, "19.0"));
  return {
    universe,
    own: new Set(Object.keys(modules)),
    order,
    shadowed: [],
    series: "19.0",
    registry: composeRegistry(order.flatMap((name) => universe.get(name) ?? [])),
  };
}

/** A database that was made with these modules, and what differs from a fresh one. */
export function tenantOf(side: AnalysedSide, differs: Partial<CatalogueSnapshot> = {}): AnalysedTenant {
  const fresh = freshCatalogue(side);
  const catalogue = { ...fresh, ...differs, rows: { ...fresh.rows, ...differs.rows } };
  const modules = side.order.map((name) => {
    const version = side.universe.get(name)?.manifest?.version ?? null;
    return { name, state: "installed", version, imported: false };
  });
  const customisations = { manualModels: [], manualFields: [], editedViews: [], ownViews: [], serverActions: 0, automations: 0 };
  const facts = { modules, rows: catalogue.rows, customisations } as unknown as AnalysedTenant["facts"];
  return { facts, catalogue, content: { views: [], editedRecords: [], missingRecords: [] } };
}

/** A table for expressions. */
export const sampleColumns: Readonly<Record<string, string>> = {
  name: "character varying",
  size: "character varying(8)",
  note: "text",
  count: "integer",
  amount: "numeric",
  rate: "double precision",
  start: "date",
  active: "boolean",
  data: "jsonb",
};

/** As declared, and as PostgreSQL writes it back. */
export const expressionSamples: readonly (readonly [string, string])[] = [
  ["count > 0", "(count > 0)"],
  ["amount >= 0", "(amount >= (0)::numeric)"],
  ["amount > 0.5", "(amount > 0.5)"],
  ["rate <= 100", "(rate <= (100)::double precision)"],
  ["rate > 0.5", "(rate > (0.5)::double precision)"],
  ["count > -1", "(count > '-1'::integer)"],
  ["amount > -1", "(amount > ('-1'::integer)::numeric)"],
  ["count < amount", "((count)::numeric < amount)"],
  ["name != 'x'", "((name)::text <> 'x'::text)"],
  ["name = size", "((name)::text = (size)::text)"],
  ["note = 'x'", "(note = 'x'::text)"],
  ["start >= '2020-01-01'", "(start >= '2020-01-01'::date)"],
  ["active", "active"],
  ["active = TRUE AND name is not null", "((active = true) AND (name IS NOT NULL))"],
  ["(active IS NOT TRUE)", "(active IS NOT TRUE)"],
  ["not active or count=1 or (count = 2 AND active)", "((NOT active) OR (count = 1) OR ((count = 2) AND active))"],
  ["count BETWEEN 1 AND 3", "((count >= 1) AND (count <= 3))"],
  ["count + 1 > amount * 2", "(((count + 1))::numeric > (amount * (2)::numeric))"],
  ["count in (1, 2)", "(count = ANY (ARRAY[1, 2]))"],
  ["name IN ('a', 'b')", "((name)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"],
];
