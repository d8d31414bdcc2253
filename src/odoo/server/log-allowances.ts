import type { LogProblem } from "./log-grammar.ts";

/** A warning that an update of a healthy Odoo 19 writes, with the reason why it says nothing about the release. */
export interface LogAllowance {
  readonly level: LogProblem["level"];
  readonly logger: RegExp;
  /** Against the whole first occurrence, not normalised. */
  readonly message: RegExp;
  readonly reason: string;
}

export const logAllowances: readonly LogAllowance[] = [
  {
    level: "WARNING",
    logger: /^py\.warnings$/,
    message: /(?:Pending)?DeprecationWarning|SyntaxWarning|FutureWarning|ResourceWarning/,
    reason: "Python announces changes of later versions; this one runs the code as before.",
  },
  {
    level: "WARNING",
    logger: /^odoo\.tools\.config$/,
    message: /option addons_path, (?:no such directory|invalid addons directory) .*, skipped/,
    reason: "A folder of the base without modules is skipped; modules that are missing because of it are found by preflight.",
  },
  {
    level: "WARNING",
    logger: /^odoo\.modules\.module$/,
    message: /python external dependency on .* does not appear o be a valid PyPI package/,
    reason: "The dependency is there; the manifest names the Python module instead of the package.",
  },
  {
    level: "WARNING",
    logger: /^odoo\.modules\.module$/,
    message: /^Missing `(?:author|license)` key in manifest for /,
    reason: "A manifest without author or licence loads with a default.",
  },
  {
    level: "WARNING",
    logger: /^odoo\.modules\.loading$/,
    message: /^The models \[.*\] have no access rules in module /,
    reason: "Models without access rules are closed to users; a matter of the release, not of the update.",
  },
  {
    level: "WARNING",
    logger: /^py\.warnings$/,
    message: /UserWarning: [\w.]+: inconsistent '(?:compute_sudo|precompute|store)' for computed fields/,
    reason: "Advice about how computed fields share a method; they work. Source: odoo/orm/registry.py.",
  },
  {
    level: "WARNING",
    logger: /^odoo\.addons\.base\.models\.ir_ui_view$/,
    message:
      /^(?:An? |<img> tag must|.{0,120} must (?:have|contain)|.{0,200} (?:role|title|aria-\w+|alt attribute))[^]*View error context:/,
    reason:
      "Accessibility advice about a view that is valid; a view that isn't raises. Source: base/models/ir_ui_view.py, _log_view_warning.",
  },
  {
    level: "WARNING",
    logger: /^odoo\.fields$/,
    message: /^Field [\w.]+: unknown parameter /,
    reason: "A field's declaration carries a word that Odoo ignores. Source: odoo/orm/fields.py.",
  },
  {
    level: "WARNING",
    logger: /^odoo\.addons\.base\.models\.ir_model$/,
    message: /^Two fields \(.*\) of .* have the same label: /,
    reason: "Two fields share a label; the database is as declared. Source: base/models/ir_model.py.",
  },
  {
    level: "WARNING",
    logger: /^odoo$|^odoo\.cli\.server$/,
    message: /^Python [\d.]+ is not officially supported/,
    reason: "The base's Python, not the release.",
  },
];

/** Splits problems into those that the list explains and those that speak against the run. */
export function judgeProblems(problems: readonly LogProblem[]): {
  readonly allowed: readonly { readonly problem: LogProblem; readonly reason: string }[];
  readonly unexplained: readonly LogProblem[];
} {
  const judged = problems.map((problem) => ({ problem, reason: allowanceFor(problem)?.reason }));
  return {
    allowed: judged.flatMap(({ problem, reason }) => (reason === undefined ? [] : [{ problem, reason }])),
    unexplained: judged.flatMap(({ problem, reason }) => (reason === undefined ? [problem] : [])),
  };
}

function allowanceFor(problem: LogProblem): LogAllowance | undefined {
  return logAllowances.find(
    (allowance) => allowance.level === problem.level && allowance.logger.test(problem.logger) && allowance.message.test(problem.example),
  );
}
