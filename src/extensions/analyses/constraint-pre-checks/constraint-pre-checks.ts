import type { AnalysisGround, AnalysisKind, AnalysisRule } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { PreCheck } from "../../../domain/impact/prediction.ts";
import type { Registry } from "../../../domain/release/registry.ts";

const rules: readonly AnalysisRule[] = [
  {
    id: "data-must-be-unique",
    severity: "warning",
    title: "Records must be unique from now on",
    why: "When two rows have the same values, Odoo warns, leaves the constraint out and calls the update a success. From then on the database promises less than the code relies on.",
    example: 'code = fields.Char()\n_code_uniq = models.Constraint("unique(code)", "Each code once.")',
    remedy: "Ask the question of the database before the update, and merge or renumber what it answers.",
  },
  {
    id: "data-must-have-values",
    severity: "warning",
    title: "A field becomes required and gives old rows no value",
    why: "As long as a row has no value, PostgreSQL refuses NOT NULL. Odoo warns, leaves it out and goes on.",
    example: "code = fields.Char(required=True)  # no default",
    remedy: "Give the field a default, or fill the column in a migration script that runs before.",
  },
  {
    id: "data-must-fit-type",
    severity: "error",
    title: "Values must fit a column's new type",
    why: "Odoo lets PostgreSQL cast the whole column. One value that can't be cast makes the update fail in the middle.",
    example: "-code = fields.Char()\n+code = fields.Integer()",
    remedy: "Clean the values, or convert the column in a pre-migration script.",
  },
  {
    id: "data-must-refer",
    severity: "error",
    title: "A column becomes a foreign key",
    why: "A value that names no record of the other table makes PostgreSQL refuse the key, and the update fails.",
    example: '-partner_ref = fields.Integer()\n+partner_ref = fields.Many2one("res.partner")',
    remedy: "Empty such values before the update.",
  },
  {
    id: "data-must-satisfy",
    severity: "warning",
    title: "Records must satisfy a check from now on",
    why: "When a row doesn't, Odoo warns, leaves the check out and calls the update a success.",
    example: '_positive = models.Constraint("CHECK(amount >= 0)", "No negative amounts.")',
    remedy: "Correct the rows before the update.",
  },
];

const ruleOf: Readonly<Record<PreCheck["kind"], string>> = {
  duplicates: "data-must-be-unique",
  nulls: "data-must-have-values",
  uncastable: "data-must-fit-type",
  orphans: "data-must-refer",
  check: "data-must-satisfy",
};

/** What the data must be like for the update to do all that it should. */
export const constraintPreChecks: AnalysisKind = {
  id: "constraint-pre-checks",
  summary: "Data that new constraints, required fields and types would refuse, with the query that finds it",
  rules,
  *find({ prediction, after, tenant }: AnalysisGround): Iterable<Finding> {
    for (const check of prediction?.preChecks ?? []) {
      const id = ruleOf[check.kind];
      const [, table = "", name = ""] = check.id.split(":");
      const place = placeOf(after.registry, table, name);
      const rows = tenant?.catalogue.rows[table];
      const fails = check.otherwise === "fails" ? "the update fails" : "Odoo warns and leaves it out";
      yield {
        rule: id,
        severity: rules.find((rule) => rule.id === id)?.severity ?? "warning",
        module: place?.module ?? "",
        file: place?.file ?? null,
        line: place?.line ?? null,
        what: check.what,
        meaning: rows === undefined ? null : `${table} has ${rows} rows here. If the query finds any of them, ${fails}.`,
        evidence: [check.sql],
      };
    }
  },
};

function placeOf(registry: Registry, table: string, name: string): { module: string; file: string; line: number } | null {
  for (const model of registry.models.values()) {
    if (model.table !== table) continue;
    const declared = model.objects.get(name)?.declared ?? model.fields.get(name)?.declared.at(-1) ?? null;
    if (declared !== null) return declared;
  }
  return null;
}
