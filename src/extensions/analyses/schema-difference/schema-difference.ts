import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding, Severity } from "../../../domain/impact/finding.ts";
import type { ImpactClass } from "../../../domain/impact/impact.ts";
import type { Registry, RegistryField } from "../../../domain/release/registry.ts";
import { isGiven } from "../../../odoo/analysis/registry/static-values.ts";
import { columnOf, fillOf, hasOwnTable } from "../../../odoo/analysis/schema/model-columns.ts";
import { heavyRows } from "../../../odoo/analysis/schema/update-cost.ts";
import { declaredAt, fieldOf, placeText, type Place } from "./places.ts";
import { schemaRules } from "./rules.ts";

/** What the update does to tables, columns and fields, and what that means. */
export const schemaDifference: AnalysisKind = {
  id: "schema-difference",
  summary: "Models, fields and columns that come, go or change, with the rows that it is about",
  rules: schemaRules,
  *find(ground: AnalysisGround): Iterable<Finding> {
    if (ground.before === null || ground.prediction === null) return;
    const places = new Places(ground);
    yield* removals(ground, places);
    yield* columns(ground, places);
    yield* quietChanges(ground, places);
    for (const { touches, why } of ground.prediction.uncertain)
      // Views that hang on a column are told with the column.
      if (/^(?:\*|tables\b|columns\b|constraints\b|indexes\b)/.test(touches))
        yield places.finding("schema-unsure", places.uncertain(touches, why), why, { evidence: [touches], unsure: true });
  },
};

function rowCount(rows: number): string {
  return `${rows.toLocaleString("en-GB")} ${rows === 1 ? "row" : "rows"}`;
}

interface More {
  readonly evidence?: readonly string[];
  readonly meaning?: string | null;
  readonly atLeast?: ImpactClass;
  readonly unsure?: boolean;
}

/** Where things are declared, and how many rows they are about. */
class Places {
  readonly #ground: AnalysisGround;
  readonly #columns = new Map<Registry, Map<string, { readonly model: string; readonly field: RegistryField }>>();

  constructor(ground: AnalysisGround) {
    this.#ground = ground;
  }

  /** @param name `table.column` */
  column(registry: Registry, name: string): { readonly model: string; readonly field: RegistryField } | undefined {
    let known = this.#columns.get(registry);
    if (known === undefined) {
      known = new Map();
      for (const model of registry.models.values())
        if (hasOwnTable(model))
          for (const field of model.fields.values()) known.set(`${model.table}.${field.name}`, { model: model.name, field });
      this.#columns.set(registry, known);
    }
    return known.get(name);
  }

  /** Where a sentence names a file, there; else where the model of the table is declared, by the release itself if it does. */
  uncertain(touches: string, why: string): Place | null {
    const { after, prediction, before } = this.#ground;
    const named = /(?:^|\s)(\w+)\/([\w./-]+\.\w+)(?::(\d+))?/.exec(why);
    if (named?.[1] !== undefined && after.universe.has(named[1]))
      return { module: named[1], file: named[2] ?? null, line: named[3] === undefined ? null : Number(named[3]) };
    const of = touches.slice(touches.lastIndexOf(" ") + 1);
    const model = [...after.registry.models.values()].find(({ name, table }) => name === of || table === of);
    const declared = model?.declared.findLast(({ module }) => after.own.has(module)) ?? model?.declared[0];
    if (declared !== undefined) return declared;
    const first = [...(prediction === null ? [] : after.own)].sort()[0] ?? before?.order[0];
    return first === undefined ? null : { module: first, file: null, line: null };
  }

  rows(table: string): number | null {
    return this.#ground.tenant?.catalogue.rows[table] ?? null;
  }

  finding(rule: string, place: Place | null, what: string, more: More = {}): Finding {
    const severity: Severity = schemaRules.find((one) => one.id === rule)?.severity ?? "warning";
    const { evidence = [], meaning = null, atLeast, unsure } = more;
    const at = { module: place?.module ?? "", file: place?.file ?? null, line: place?.line ?? null };
    return {
      rule,
      severity,
      ...at,
      what,
      meaning,
      evidence,
      ...(atLeast === undefined ? {} : { atLeast }),
      ...(unsure === true ? { unsure } : {}),
    };
  }
}

function* removals({ before, after, prediction }: AnalysisGround, places: Places): Iterable<Finding> {
  if (before === null || prediction === null) return;
  const { columnsRemoved, fieldsRemoved, selectionsRemoved } = prediction.difference;
  const dropped = new Set<string>();
  for (const name of columnsRemoved) {
    const known = places.column(before.registry, name);
    const rows = places.rows(name.slice(0, name.lastIndexOf(".")));
    if (known !== undefined) dropped.add(`${known.model}.${known.field.name}`);
    yield places.finding("column-dropped", known?.field.declared.at(-1) ?? null, `The column ${name} is dropped with its data.`, {
      meaning: rows === null ? null : `${rowCount(rows)} ${rows === 1 ? "loses" : "lose"} the value here.`,
      evidence: [known === undefined ? name : `field ${known.model}.${known.field.name}`, "SQL views that read it are dropped with it"],
      atLeast: "K5",
    });
  }
  const models = new Set<string>();
  const vanished: string[] = [];
  for (const name of fieldsRemoved) {
    const model = name.slice(0, name.lastIndexOf("."));
    const old = before.registry.models.get(model);
    if (!after.registry.models.has(model) && old !== undefined) {
      if (models.has(model)) continue;
      models.add(model);
      const rows = places.rows(old.table);
      yield places.finding("model-removed", old.declared[0] ?? null, `The model ${model} is gone; its table ${old.table} stays.`, {
        meaning: rows === null ? null : `${rowCount(rows)} left behind in ${old.table}.`,
        evidence: [`table ${old.table}`],
        atLeast: "K5",
      });
    } else if (!dropped.has(name)) vanished.push(name);
  }
  yield* fieldsGone(vanished, dropped, before.registry, places);
  for (const line of selectionsRemoved) {
    const name = line.slice(0, line.indexOf(": "));
    const [model, column] = [name.slice(0, name.lastIndexOf(".")), name.slice(name.lastIndexOf(".") + 1)];
    if (fieldsRemoved.includes(name)) continue;
    const place = after.registry.models.get(model)?.fields.get(column)?.declared.at(-1) ?? null;
    yield places.finding("selection-value-removed", place, `The value ${line.slice(line.indexOf(": ") + 2)} of ${name} is gone.`, {
      evidence: [line],
      atLeast: "K5",
    });
  }
}

/** One declaration that goes may take its field from many models: those that inherit it or delegate to it. */
function* fieldsGone(names: readonly string[], dropped: ReadonlySet<string>, registry: Registry, places: Places): Iterable<Finding> {
  const placeOf = (name: string): string => placeText(declaredAt(registry, name)) ?? name;
  const told = new Set([...dropped].map(placeOf));
  for (const [place, all] of Map.groupBy(names, placeOf)) {
    if (told.has(place)) continue;
    const sorted = all.toSorted(
      (a, b) => Number(fieldOf(registry, b)?.origin === "declared") - Number(fieldOf(registry, a)?.origin === "declared"),
    );
    const [name = "", ...others] = sorted;
    const also =
      others.length === 0 ? "" : ` ${others.length === 1 ? "One more model has" : `${others.length} more models have`} it from there.`;
    yield places.finding("field-removed", declaredAt(registry, name), `The field ${name} is gone.${also}`, {
      evidence: sorted,
      atLeast: "K5",
    });
  }
}

function* columns({ after, prediction }: AnalysisGround, places: Places): Iterable<Finding> {
  if (prediction === null) return;
  for (const line of prediction.difference.columnsRetyped) {
    const name = line.slice(0, line.indexOf(": "));
    const rows = places.rows(name.slice(0, name.lastIndexOf(".")));
    const known = places.column(after.registry, name);
    yield places.finding(
      "column-retyped",
      known?.field.declared.at(-1) ?? null,
      `The column ${name} is turned from ${line.slice(name.length + 2).replace(" → ", " into ")}.`,
      {
        meaning: rows === null ? null : `${rowCount(rows)} to rewrite here.`,
        evidence: [line, "SQL views that read it are dropped before"],
        atLeast: "K4",
      },
    );
  }
  for (const name of prediction.difference.columnsAdded) {
    const rows = places.rows(name.slice(0, name.lastIndexOf(".")));
    const known = places.column(after.registry, name);
    if (known === undefined || rows === null || rows < heavyRows || fillOf(known.field) === "nothing") continue;
    const how = fillOf(known.field) === "default" ? "get the default" : "are computed";
    yield places.finding(
      "long-fill",
      known.field.declared.at(-1) ?? null,
      `All rows of ${name.slice(0, name.lastIndexOf("."))} ${how} for ${known.field.name}.`,
      {
        meaning: `${rowCount(rows)} here, about ${Math.ceil((rows * 16) / 300_000)} s.`,
        evidence: [`${rows} rows`],
        atLeast: "K4",
      },
    );
  }
}

/** What leaves no trace in the schema. */
function* quietChanges({ before, after, tenant }: AnalysisGround, places: Places): Iterable<Finding> {
  for (const model of after.registry.models.values()) {
    const old = before?.registry.models.get(model.name);
    if (old === undefined || !hasOwnTable(model)) continue;
    for (const field of model.fields.values()) {
      const was = old.fields.get(field.name);
      if (was !== undefined) yield* quietChange(model.table, model.name, was, field, tenant, places);
    }
  }
}

function* quietChange(
  table: string,
  model: string,
  was: RegistryField,
  field: RegistryField,
  tenant: AnalysisGround["tenant"],
  places: Places,
): Iterable<Finding> {
  const [name, column, place] = [`${model}.${field.name}`, `${table}.${field.name}`, field.declared.at(-1) ?? null];
  const [had, has] = [columnOf(was) !== null, columnOf(field) !== null];
  const evidence = [column];
  if (had && has && isGiven(was.attributes["company_dependent"]) && !isGiven(field.attributes["company_dependent"]))
    yield places.finding("company-dependence-kept", place, `${name} is no longer company-dependent, but its column stays so.`, {
      evidence,
    });
  if (had && !has)
    yield places.finding("column-left-behind", place, `${name} has no column any more; the old one stays in ${table}.`, { evidence });
  const there = tenant?.catalogue.columns[column] !== undefined;
  if (was.stored === false && has && there && fillOf(field) === "computed")
    yield places.finding(
      "stored-field-not-computed",
      place,
      `${name} is stored from now on, and its column is there already: old rows aren't computed.`,
      { evidence },
    );
}
