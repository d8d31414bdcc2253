import type { AnalysisGround, AnalysisKind, AnalysisRule } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";

interface SourceRule extends AnalysisRule {
  /** Kinds of problems that reading tells, which this rule is about. */
  readonly kinds: readonly string[];
}

const sourceRules: readonly SourceRule[] = [
  {
    id: "python-syntax",
    kinds: ["python-syntax"],
    severity: "error",
    title: "A Python file can't be compiled",
    why: "Python raises a SyntaxError when Odoo imports the module: the module can't be loaded, and the whole registry with it.",
    example: "def act(self:\n    pass",
    remedy: "Correct the line.",
  },
  {
    id: "python-import",
    kinds: ["python-import"],
    severity: "error",
    title: "A Python file imports something of the module that isn't there",
    why: "Python raises an ImportError when Odoo imports the module: the module can't be loaded, and the whole registry with it.",
    example: "from . import modles",
    remedy: "Correct the name, or add the file that was forgotten.",
  },
  {
    id: "manifest-value",
    kinds: ["manifest-value"],
    severity: "error",
    title: "A value of the manifest is of another type than Odoo expects",
    why: "Odoo trusts the types of a manifest: a text where a list belongs is taken letter by letter, and other values raise errors while the module is loaded.",
    example: '"depends": "sale"',
    remedy: 'Write the value as Odoo expects it: "depends": ["sale"].',
  },
  {
    id: "path-not-usable",
    kinds: ["link-dangling", "link-cycle", "not-a-file", "name-not-utf8", "unreadable-folder", "name-twice", "name-leads-outside"],
    severity: "warning",
    title: "Something in the release is neither a file nor a folder that can be read",
    why: "What lies there isn't in the release as it will run, and nothing is known of it.",
    example: "addons/acme/static/lib -> ../../node_modules/lib",
    remedy: "Put the file itself there, or take the link away.",
  },
  {
    id: "name-not-portable",
    kinds: ["name-not-portable"],
    severity: "warning",
    title: "A file's name can't be kept in a release",
    why: "Control characters in names are lost or changed by archives and other file systems.",
    example: "acme/data/new\\nline.xml",
    remedy: "Rename the file.",
  },
  {
    id: "module-not-seen",
    kinds: ["module-name", "link-outside"],
    severity: "warning",
    title: "A folder looks like a module, and is passed over",
    why: "Odoo looks only at folders whose name has letters, digits and underscores; links that lead out of the release aren't part of it.",
    example: "addons/acme-shop/__manifest__.py",
    remedy: "Give the folder a name of letters, digits and underscores, such as acme_shop, and put the module itself there, not a link.",
  },
];

const byKind = new Map(sourceRules.flatMap((rule) => rule.kinds.map((kind) => [kind, rule] as const)));

/** What of a release can't be read or compiled at all, data files aside. */
export const sources: AnalysisKind = {
  id: "sources",
  summary: "Python that can't be compiled or imported, and names, links and folders that are passed over",
  rules: sourceRules.map(({ kinds: _, ...rule }) => rule),
  find(ground) {
    return findings(ground);
  },
};

function* findings({ after }: AnalysisGround): Iterable<Finding> {
  for (const { path, kind, what } of after.problems ?? []) {
    const rule = byKind.get(kind);
    const module = path.split("/").findLast((part) => part !== "") ?? path;
    if (rule !== undefined)
      yield { rule: rule.id, severity: rule.severity, module, file: null, line: null, what, meaning: null, evidence: [path] };
  }
  for (const module of [...after.own].sort())
    for (const { kind, file, line, what } of after.universe.get(module)?.problems ?? []) {
      const rule = byKind.get(kind);
      if (rule !== undefined) yield { rule: rule.id, severity: rule.severity, module, file, line, what, meaning: null, evidence: [] };
    }
}
