import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { ModuleSource } from "../../../domain/release/module-source.ts";
import { declaredBy } from "../../../odoo/analysis/records/declared-values.ts";

/** Does a copy of the database stay quiet? */
export const neutralise: AnalysisKind = {
  id: "neutralise",
  summary: "Modules that could reach the world from a copy of the database, and don't say how to stop that",
  rules: [
    {
      id: "neutralise-missing",
      severity: "warning",
      title: "The module keeps ways to the outside, and has no neutralize.sql",
      why: "Odoo neutralises a copy with the data/neutralize.sql of every installed module. What a module doesn't switch off itself stays on: a copy that still has its keys and addresses can send, book and pay for real.",
      example:
        'class Company(models.Model):\n    _inherit = "res.company"\n    carrier_api_key = fields.Char()\n    carrier_url = fields.Char()',
      remedy: "Write data/neutralize.sql that empties the keys and switches the connection to its test mode.",
    },
    {
      id: "neutralise-gone",
      severity: "error",
      title: "The module no longer has its neutralize.sql",
      why: "What it switched off in copies until now stays on.",
      example: "# data/neutralize.sql is gone",
      remedy: "Put it back unless nothing is left to switch off.",
    },
  ],
  *find(ground) {
    yield* findings(ground);
  },
};

/** Parts of fields' names that say that a value opens a door. */
const secrets = /(^|_)(api_?key|secret|token|password|passwd|private_key|client_id|access_key)(_|$)/;
const addresses = /(^|_)(api_url|endpoint|webhook_url|base_url|server_url|service_url|host(name)?|ftp|sftp)(_|$)/;
const notSecret = /(^|_)(access_token|signup_token|reset_token|csrf_token)$/;
/** Models that the base's or their own module's scripts switch off. */
const talking: Readonly<Record<string, string>> = {
  "payment.provider": "a payment provider",
  "ir.mail_server": "a mail server",
  "fetchmail.server": "an incoming mail server",
  "delivery.carrier": "a carrier",
};

function* findings({ before, after }: AnalysisGround): Iterable<Finding> {
  const records = Map.groupBy(
    [...declaredBy(after)].filter(([, { model }]) => model in talking),
    ([, { module }]) => module,
  );
  for (const module of [...after.own].sort()) {
    const source = after.universe.get(module);
    if (source === undefined) continue;
    if (source.neutralize !== null) continue;
    if (before?.universe.get(module)?.neutralize !== undefined && before.universe.get(module)?.neutralize !== null) {
      const what = "The module had a data/neutralize.sql and has none now.";
      yield { rule: "neutralise-gone", severity: "error", module, file: null, line: null, what, meaning: null, evidence: [] };
      continue;
    }
    const doors = [...fieldDoors(source), ...(records.get(module) ?? []).map(([xmlid, { model }]) => `${xmlid} is ${talking[model]}`)];
    if (doors.length === 0) continue;
    yield {
      rule: "neutralise-missing",
      severity: "warning",
      module,
      file: null,
      line: null,
      what: `Nothing switches off what the module keeps: ${doors.length === 1 ? "one way" : `${doors.length} ways`} to the outside.`,
      meaning: null,
      evidence: doors.slice(0, 20),
      unsure: true,
    };
  }
}

/** Fields in which a key or an address is kept: stored texts, computed and related ones aside. */
function fieldDoors({ python }: ModuleSource): string[] {
  return python.flatMap(({ classes }) =>
    classes.flatMap(({ name, className, type, fields }) =>
      fields.flatMap((field) => {
        const { compute, related, config_parameter: parameter } = field.attributes;
        const kept =
          (type !== "transient" && type !== "abstract" && compute === undefined && related === undefined) || parameter !== undefined;
        if (!kept || !["Char", "Text", "Binary"].includes(field.type) || notSecret.test(field.name)) return [];
        const what = secrets.test(field.name) ? "a key" : addresses.test(field.name) ? "an address" : null;
        return what === null ? [] : [`${name ?? className}.${field.name} keeps ${what}`];
      }),
    ),
  );
}
