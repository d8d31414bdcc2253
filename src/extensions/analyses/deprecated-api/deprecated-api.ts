import type { AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { DataRecord, ModelClass, ModuleSource, SourcePlace } from "../../../domain/release/module-source.ts";
import { deprecationRules, type DeprecationRule } from "./rules.ts";

/** Does the release use what Odoo gave up, or is about to? */
export const deprecatedApi: AnalysisKind = {
  id: "deprecated-api",
  summary: "What Odoo 19 no longer has, and what a later series won't",
  rules: deprecationRules.map(({ mentions: _, methods: __, arch: ___, ...rule }) => rule),
  *find({ before, after }) {
    for (const name of [...after.own].sort()) {
      const module = after.universe.get(name);
      if (module === undefined) continue;
      const old = before?.universe.get(name);
      const known = new Set(old === undefined ? [] : [...usesOf(old)].map(keyOf));
      for (const use of usesOf(module)) {
        // Only what stops the release is said again for code that was there before.
        if (use.rule.severity !== "error" && known.has(keyOf(use))) continue;
        yield finding(name, use);
      }
    }
  },
};

interface Use extends SourcePlace {
  readonly rule: DeprecationRule;
  readonly what: string;
  readonly evidence: string;
}

const byId = new Map(deprecationRules.map((rule) => [rule.id, rule]));

function keyOf(use: Use): string {
  return `${use.rule.id} ${use.file} ${use.what}`;
}

function finding(module: string, { rule, file, line, what, evidence }: Use): Finding {
  return { rule: rule.id, severity: rule.severity, module, file, line, what, meaning: null, evidence: [evidence] };
}

function* usesOf(module: ModuleSource): Iterable<Use> {
  for (const { name, file, line } of module.mentions ?? [])
    for (const rule of deprecationRules)
      if (rule.mentions?.test(name) === true) yield { rule, file, line, what: `The code uses ${name}.`, evidence: name };
  for (const problem of module.problems)
    if (problem.kind === "sql-constraints-ignored") yield* use("sql-constraints-ignored", problem, problem.what, "_sql_constraints");
  for (const python of module.python) {
    for (const one of python.classes) yield* classUses(one);
    for (const route of python.routes)
      if (isText(route.attributes["type"], "json"))
        yield* use("route-type-json", route, `The route ${route.paths.join(", ")} is of the type json.`, route.method);
  }
  for (const data of module.data) for (const entry of data.entries) if (entry.entry === "record") yield* recordUses(entry);
}

function* use(id: string, { file, line }: SourcePlace, what: string, evidence: string): Iterable<Use> {
  const rule = byId.get(id);
  if (rule !== undefined) yield { rule, file, line, what, evidence };
}

/** What `odoo.api` of 19.0 has. */
const decorators = new Set(
  "autovacuum constrains depends depends_context deprecated model model_create_multi onchange ondelete private readonly".split(" "),
);

function* classUses(one: ModelClass): Iterable<Use> {
  const model = one.name ?? one.className;
  for (const method of one.methods) {
    const place = { file: one.file, line: method.line };
    for (const decorator of method.decorators) {
      const [, name] = /^(?:odoo\.)?api\.(\w+)$/.exec(decorator.name) ?? [];
      if (name !== undefined && !decorators.has(name))
        yield* use(
          "api-decorator-removed",
          place,
          `${model}.${method.name} has the decorator api.${name}, which Odoo 19 doesn't have.`,
          decorator.name,
        );
    }
    for (const rule of deprecationRules)
      if (rule.methods?.test(method.name) === true)
        yield { rule, ...place, what: `${model}.${method.name} isn't called by Odoo 19.`, evidence: method.name };
  }
  for (const field of one.fields)
    for (const attribute of ["group_operator", "states"])
      if (attribute in field.attributes)
        yield* use(
          "field-attribute-deprecated",
          { file: one.file, line: field.line },
          `${model}.${field.name} has ${attribute}.`,
          attribute,
        );
}

function* recordUses(record: DataRecord): Iterable<Use> {
  const { values } = record;
  const label = record.xmlid ?? record.model;
  if (record.model.startsWith("ir.actions.") && values["view_mode"]?.kind === "text" && /\btree\b/.test(values["view_mode"].text))
    yield* use("action-view-tree", record, `${label} opens views of the type tree.`, values["view_mode"].text.trim());
  const arch = values["arch"];
  if (record.model !== "ir.ui.view" || record.tag === "template" || arch?.kind !== "xml" || isQweb(record)) return;
  for (const rule of deprecationRules) {
    const match = rule.arch?.exec(arch.text);
    if (match)
      yield {
        rule,
        ...placeIn(record, arch, match.index),
        what: `The view ${label} has ${match[0].trim().replace(/[="'>]+$/, "")}.`,
        evidence: match[0].trim(),
      };
  }
  if (/^\s*<search[\s>]/.test(arch.text)) {
    const match = /<group\s[^>]*\b(?:expand|string)=/.exec(arch.text);
    if (match)
      yield* use(
        "view-search-group",
        placeIn(record, arch, match.index),
        `The search view ${label} has a group with expand or string.`,
        match[0],
      );
  }
}

function isQweb({ values }: DataRecord): boolean {
  return values["type"]?.kind === "text" && values["type"].text.trim() === "qweb";
}

/** Where the element stands that a place in the text is in. */
function placeIn(record: DataRecord, arch: { readonly text: string; readonly lines?: readonly number[] }, at: number): SourcePlace {
  const before = arch.text.slice(0, at + 2).match(/<[A-Za-z_]/g)?.length ?? 0;
  return { file: record.file, line: arch.lines?.[Math.max(0, before - 1)] ?? record.line };
}

function isText(value: { readonly known: boolean; readonly value?: unknown } | undefined, text: string): boolean {
  return value?.known === true && value.value === text;
}
