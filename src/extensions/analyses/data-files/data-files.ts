import type { AnalysisGround, AnalysisKind, AnalysisRule } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ModuleSource, SourceProblem } from "../../../domain/release/module-source.ts";

const stops = "Odoo stops the update at this file.";

interface DataRule extends AnalysisRule {
  /** Of the problems that reading a data file tells. */
  readonly problem: string;
}

const dataRules: readonly DataRule[] = [
  {
    problem: "data-file-missing",
    id: "data-file-missing",
    severity: "error",
    stops: true,
    title: "The manifest names a data file that isn't there",
    why: "Odoo raises FileNotFoundError when it comes to the file, in the middle of the update.",
    example: '"data": ["views/order_view.xml"]  # the file is called order_views.xml',
    remedy: "Correct the path, or add the file to the release.",
  },
  {
    problem: "data-file-type",
    id: "data-file-type",
    severity: "error",
    title: "The manifest names a data file that Odoo can't load",
    why: stops,
    example: '"data": ["data/rates.yml"]',
    remedy: "Use XML or CSV.",
  },
  {
    problem: "data-file-twice",
    id: "data-file-twice",
    severity: "warning",
    title: "The manifest names a data file twice",
    why: "Odoo loads a file once, at its first place, and writes a warning.",
    example: '"data": ["views/a.xml", "views/b.xml", "views/a.xml"]',
    remedy: "Remove one.",
  },
  {
    problem: "xml-not-well-formed",
    id: "xml-not-well-formed",
    severity: "error",
    stops: true,
    title: "A data file isn't well-formed XML",
    why: stops,
    example: '<record id="a" model="res.partner">  <!-- never closed -->',
    remedy: "Correct the XML.",
  },
  {
    problem: "xml-not-read",
    id: "xml-not-read",
    severity: "warning",
    title: "A data file isn't read by Plimsoll",
    why: "It has a document type declaration, another encoding or an unusual size. Odoo may load it; what it does is unknown here.",
    example: "<!DOCTYPE odoo [ … ]>",
    remedy: "Rehearse the release, or write the file plainly.",
  },
  {
    problem: "xml-schema",
    id: "xml-schema",
    severity: "error",
    title: "A data file doesn't follow Odoo's schema",
    why: "Odoo validates each file against import_xml.rng before it loads any of it, and stops the update.",
    example: '<record id="a">  <!-- no model -->',
    remedy: "Correct the elements and attributes.",
  },
  {
    problem: "element-ignored",
    id: "xml-element-ignored",
    severity: "warning",
    title: "A data file has an element that Odoo makes nothing of",
    why: "The schema still knows it, but nothing reads it any more: what it declares doesn't exist.",
    example: '<report id="r" model="sale.order" string="Order" name="sale.report"/>',
    remedy: "Write it as <record>.",
  },
  {
    problem: "template-without-id",
    id: "template-without-id",
    severity: "error",
    title: "A template has no id",
    why: stops,
    example: "<template>…</template>",
    remedy: "Give it an id.",
  },
  {
    problem: "field-type",
    id: "data-field-type",
    severity: "error",
    title: "A field of a data file has a type that can't be loaded",
    why: stops,
    example: '<field name="image" type="base64">…</field>  <!-- needs file="…" -->',
    remedy: "Use a type that Odoo knows, and give files by file.",
  },
  {
    problem: "csv-broken",
    id: "csv-broken",
    severity: "error",
    title: "A CSV file can't be read",
    why: stops,
    example: "a file in latin-1",
    remedy: "Save it as UTF-8, with commas and quotes.",
  },
  {
    problem: "csv-not-read",
    id: "csv-not-read",
    severity: "warning",
    title: "A CSV file isn't read by Plimsoll",
    why: "It is of an unusual size. Odoo may load it; what it does is unknown here.",
    example: "a file of 100 MB",
    remedy: "Rehearse the release.",
  },
  {
    problem: "xmlid-two-dots",
    id: "xmlid-two-dots",
    severity: "error",
    title: "An xmlid has two dots",
    why: stops,
    example: '<record id="sale.order.form" model="ir.ui.view">',
    remedy: "Use one dot at most, between the module and the name.",
  },
  {
    problem: "csv-without-id",
    id: "csv-without-id",
    severity: "error",
    title: "A CSV file has no column id",
    why: "In an update Odoo leaves the whole file out and only writes an error into its log; at an installation it makes records without xmlid, again and again.",
    example: "name,model_id:id,perm_read",
    remedy: "Add the column id.",
  },
  {
    problem: "xmlid-of-two-models",
    id: "xmlid-of-two-models",
    severity: "error",
    title: "A module gives one xmlid to records of two models",
    why: "Odoo finds the record of the other model under the id and stops the update.",
    example: '<record id="order" model="x.order"/> … <record id="order" model="ir.ui.view">',
    remedy: "Rename one.",
  },
  {
    problem: "duplicate-xmlid",
    id: "duplicate-xmlid",
    severity: "note",
    title: "A module declares a record twice",
    why: "The later one overwrites the earlier one at every update. Some do so on purpose; often it is a copied id, and one of two records is missing.",
    example: '<record id="view_a" …> … <record id="view_a" …>',
    remedy: "If two records are meant, rename one.",
  },
];

/** Problems of other analyses, or of readers of Python and manifests. */
const byProblem = new Map(dataRules.map((rule) => [rule.problem, rule]));

/** Can every data file be loaded? */
export const dataFiles: AnalysisKind = {
  id: "data-files",
  summary: "Data files that are missing or that Odoo can't load",
  rules: dataRules.map(({ problem: _, ...rule }) => rule),
  find(ground) {
    return findings(ground);
  },
};

function* findings({ before, after }: AnalysisGround): Iterable<Finding> {
  for (const name of [...after.own].sort()) {
    const module = after.universe.get(name);
    if (module === undefined) continue;
    const old = new Set(problemsOf(before?.universe.get(name)).map(keyOf));
    for (const problem of problemsOf(module)) {
      const rule = byProblem.get(problem.kind);
      if (rule === undefined) continue;
      const had = old.has(keyOf(problem));
      // Only what stops the release is said again for files that were there before.
      if (!had || rule.severity === "error") yield finding(name, problem, rule, had);
    }
  }
}

function problemsOf(module: ModuleSource | undefined): readonly SourceProblem[] {
  return module?.problems ?? [];
}

function keyOf(problem: SourceProblem): string {
  return `${problem.kind} ${problem.file} ${problem.what}`;
}

function finding(module: string, problem: SourceProblem, rule: DataRule, had: boolean): Finding {
  return {
    rule: rule.id,
    severity: rule.severity,
    module,
    file: problem.file,
    line: problem.line,
    what: problem.what,
    meaning: had ? "It was so in the old release already." : null,
    evidence: [problem.kind],
  };
}
