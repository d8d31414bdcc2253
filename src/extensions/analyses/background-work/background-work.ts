import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import type { RecordPrediction } from "../../../domain/impact/prediction.ts";
import type { DataValue } from "../../../domain/release/module-source.ts";
import { isTrue, shownValue, xmlidsIn } from "../../../odoo/analysis/records/data-value.ts";
import { changedFields, declaredBy, type DeclaredValues } from "../../../odoo/analysis/records/declared-values.ts";
import { missingMethods } from "./missing-methods.ts";
import { rules } from "./rules.ts";

const jobs: Readonly<Record<string, string>> = {
  "ir.cron": "scheduled action",
  "base.automation": "automation rule",
  "ir.actions.server": "server action",
};
/** They act by themselves; a server action waits for somebody or something to call it. */
const alone = new Set(["ir.cron", "base.automation"]);
const templates: Readonly<Record<string, string>> = { "mail.template": "mail template", "sms.template": "text message template" };

/** What acts without a person, and what customers will read. */
export const backgroundWork: AnalysisKind = {
  id: "background-work",
  summary: "Scheduled actions, automation rules and message templates that come, change or stop",
  rules,
  *find(ground) {
    yield* missingMethods(ground);
    if (ground.before === null) return;
    const outcomes = new Map(ground.prediction?.records.map((one) => [one.xmlid, one]));
    const [old, now] = [declaredBy(ground.before), declaredBy(ground.after)];
    for (const [xmlid, declared] of now) {
      if (!ground.after.own.has(declared.module)) continue;
      if (declared.model in jobs) yield* job(xmlid, old.get(xmlid), declared, outcomes.get(xmlid), ground);
      else if (declared.model in templates) yield* template(xmlid, old.get(xmlid), declared, outcomes.get(xmlid), ground);
    }
    for (const { xmlid, model, becomes } of outcomes.values())
      if (becomes === "deleted" && alone.has(model)) yield stopped(xmlid, model, "The update deletes it.");
  },
};

function* job(
  xmlid: string,
  old: DeclaredValues | undefined,
  now: DeclaredValues,
  outcome: RecordPrediction | undefined,
  { after }: AnalysisGround,
): Iterable<Finding> {
  const kind = jobs[now.model] ?? "";
  const where = { module: now.module, file: now.last.file, line: now.last.line } as const;
  const active = isTrue(now.values.get("active"), true);
  const wasActive = old === undefined ? false : isTrue(old.values.get("active"), true);
  const keeps = outcome?.becomes === "kept";
  const meaning = keeps ? "Where it exists it stays as it was: it is noupdate." : null;
  const fields = old === undefined ? [...now.values.keys()].sort() : changedFields(old, now, after.registry);
  if (fields.length === 0) return;
  if (alone.has(now.model) && active !== false && wasActive === false) {
    yield {
      rule: "job-starts",
      severity: "warning",
      ...where,
      what: `The ${kind} ${nameOf(xmlid, now)} ${old === undefined ? "is new" : "becomes active"} and acts by itself after the release.`,
      meaning,
      evidence: shown(
        fields.filter((name) => tells.has(name)),
        undefined,
        now,
      ),
      ...(active === null ? { unsure: true } : {}),
    };
    return;
  }
  if (alone.has(now.model) && active === false && wasActive === true) {
    yield { ...stopped(xmlid, now.model, `It is no longer active in the files.`), ...where, meaning };
    return;
  }
  const telling = fields.filter((name) => tells.has(name));
  if (old === undefined || telling.length === 0 || active === false) return;
  yield {
    rule: "job-changed",
    severity: "warning",
    ...where,
    what: `The ${kind} ${nameOf(xmlid, now)} does something else, or at other times.`,
    meaning,
    evidence: shown(telling, old, now),
  };
}

const tells = new Set([
  ...["active", "code", "model_id", "state", "user_id", "interval_number", "interval_type", "nextcall", "numbercall", "priority"],
  ...[
    "trigger",
    "trigger_field_ids",
    "trg_date_id",
    "trg_date_range",
    "filter_domain",
    "filter_pre_domain",
    "action_server_ids",
    "webhook_url",
  ],
]);

function* template(
  xmlid: string,
  old: DeclaredValues | undefined,
  now: DeclaredValues,
  outcome: RecordPrediction | undefined,
  { after }: AnalysisGround,
): Iterable<Finding> {
  const fields =
    old === undefined ? [] : changedFields(old, now, after.registry).filter((name) => name !== "name" && name !== "description");
  if (fields.length === 0) return;
  yield {
    rule: "message-changed",
    severity: "note",
    module: now.module,
    file: now.last.file,
    line: now.last.line,
    what: `The ${templates[now.model]} ${nameOf(xmlid, now)} is different.`,
    meaning:
      outcome?.becomes === "kept"
        ? "Where it exists it stays as it was: it is noupdate."
        : outcome?.becomes === "overwritten"
          ? "The tenant's own wording is overwritten."
          : null,
    evidence: shown(fields, old, now),
  };
}

function stopped(xmlid: string, model: string, what: string): Finding {
  return {
    rule: "job-stops",
    severity: "note",
    module: xmlid.slice(0, xmlid.indexOf(".")),
    file: null,
    line: null,
    what: `The ${jobs[model] ?? "job"} ${xmlid} acts no more. ${what}`,
    meaning: null,
    evidence: [],
  };
}

function nameOf(xmlid: string, { values }: DeclaredValues): string {
  const name: DataValue | undefined = values.get("name");
  return name?.kind === "text" ? `"${name.text}" (${xmlid})` : xmlid;
}

function shown(fields: readonly string[], old: DeclaredValues | undefined, now: DeclaredValues): string[] {
  return fields.map((name) => {
    const value = now.values.get(name);
    const is = value?.kind === "ref" ? xmlidsIn(value).join(", ") : shownValue(value);
    return old === undefined ? `${name}: ${is}` : `${name}: ${shownValue(old.values.get(name))} → ${is}`;
  });
}
