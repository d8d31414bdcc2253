import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { Finding } from "../../../domain/impact/finding.ts";
import { isTrue, shownValue, xmlidsIn } from "../../../odoo/analysis/records/data-value.ts";
import { changedFields, declaredBy, type DeclaredValues } from "../../../odoo/analysis/records/declared-values.ts";

const permissions = ["perm_read", "perm_write", "perm_create", "perm_unlink"] as const;

/** Access rights, record rules and groups, as the data files give them. Without an old release there is nothing to compare. */
export function* dataPrivileges({ before, after, prediction }: AnalysisGround): Iterable<Finding> {
  if (before === null) return;
  const [old, now] = [declaredBy(before), declaredBy(after)];
  const kept = new Set(prediction?.records.flatMap(({ xmlid, becomes }) => (becomes === "kept" ? [xmlid] : [])));
  for (const [xmlid, declared] of now) {
    if (!after.own.has(declared.module)) continue;
    const was = old.get(xmlid);
    const fields = changedFields(was, declared, after.registry);
    if (fields.length === 0) continue;
    const found = change(xmlid, was, declared, fields);
    if (found !== null)
      yield {
        ...found,
        module: declared.module,
        file: declared.last.file,
        line: declared.last.line,
        meaning: kept.has(xmlid) ? "Where it exists it stays as it was: it is noupdate." : null,
      };
  }
  for (const [xmlid, { model, module, values }] of old) {
    if (now.has(xmlid) || !before.own.has(module) || !after.universe.has(module)) continue;
    const place = { module, file: null, line: null, meaning: null } as const;
    if (model === "ir.rule")
      yield {
        rule: "rule-removed",
        severity: "warning",
        ...place,
        what: `The record rule ${xmlid} is gone from the files: what it kept people from may be open.`,
        evidence: [`domain: ${shownValue(values.get("domain_force"))}`],
      };
    else if (model === "ir.model.access")
      yield {
        rule: "access-narrowed",
        severity: "note",
        ...place,
        what: `The access right ${xmlid} is gone.`,
        evidence: [granted(values)],
      };
  }
}

type Change = Pick<Finding, "rule" | "severity" | "what" | "evidence">;

function change(xmlid: string, was: DeclaredValues | undefined, now: DeclaredValues, fields: readonly string[]): Change | null {
  const evidence = fields.map((name) => `${name}: ${shownValue(was?.values.get(name))} → ${shownValue(now.values.get(name))}`);
  if (now.model === "ir.model.access") return access(xmlid, was, now, evidence);
  if (now.model === "ir.rule")
    return {
      rule: "rule-changed",
      severity: "warning",
      what:
        was === undefined
          ? `The record rule ${xmlid} is new: people may see or change fewer records than before.`
          : `The record rule ${xmlid} lets people see or change other records than before.`,
      evidence,
    };
  const links = groupLinks[now.model];
  const widened = links?.filter((name) => fields.includes(name) && added(was, now, name).length > 0) ?? [];
  if (widened.length === 0) return null;
  const gains = widened.map((name) => `${linkWords[name] ?? name} ${added(was, now, name).join(", ")}`);
  // Nobody is in a new group but whom its file or another group puts there, which is told of that one.
  if (was === undefined && now.model === "res.groups" && !added(was, now, "user_ids").some((user) => !odooUsers.has(user))) return null;
  return {
    rule: "group-widened",
    severity: "warning",
    what: `${xmlid} (${now.model}) ${was === undefined ? "is new and" : "is changed and now"} ${gains.join(" and ")}.`,
    evidence,
  };
}

const linkWords: Readonly<Record<string, string>> = {
  implied_ids: "gives what these groups give:",
  user_ids: "has the users",
  users: "has the users",
  group_ids: "belongs to the groups",
  groups_id: "belongs to the groups",
};

/** Who may everything anyway. */
const odooUsers: ReadonlySet<string> = new Set(["base.user_root", "base.user_admin"]);

const groupLinks: Readonly<Record<string, readonly string[]>> = {
  "res.groups": ["implied_ids", "user_ids", "users"],
  "res.users": ["group_ids", "groups_id"],
};

function added(was: DeclaredValues | undefined, now: DeclaredValues, name: string): string[] {
  const had = new Set(xmlidsIn(was?.values.get(name)));
  return xmlidsIn(now.values.get(name)).filter((target) => !had.has(target));
}

function access(xmlid: string, was: DeclaredValues | undefined, now: DeclaredValues, evidence: readonly string[]): Change {
  const group = (of: DeclaredValues | undefined): string => xmlidsIn(of?.values.get("group_id"))[0] ?? "";
  const gained = permissions.filter(
    (name) => isTrue(now.values.get(name), false) !== false && isTrue(was?.values.get(name), false) !== true,
  );
  const otherGroup = was !== undefined && group(was) !== group(now);
  const subject = shownValue(now.values.get("model_id"));
  if (gained.length === 0 && !otherGroup)
    return { rule: "access-narrowed", severity: "note", what: `The access right ${xmlid} on ${subject} gives less or the same.`, evidence };
  const whom = group(now) === "" ? "everybody, portal users and visitors included" : group(now);
  return {
    rule: "access-widened",
    severity: "warning",
    what: `The access right ${xmlid} gives ${whom} ${gained.length === 0 ? "what another group had" : gained.map((name) => name.slice(5)).join(", ")} on ${subject}.`,
    evidence: was === undefined ? [granted(now.values)] : evidence,
  };
}

function granted(values: DeclaredValues["values"]): string {
  return permissions.map((name) => `${name}: ${shownValue(values.get(name))}`).join(", ");
}
