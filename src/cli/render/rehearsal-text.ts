import type { RehearsalFindings, RehearsalView } from "../../http/contract/rehearsals.ts";
import { bytes, duration } from "./quantities.ts";
import { fields } from "./table.ts";

const verdicts: Readonly<Record<RehearsalView["verdict"], string>> = {
  passed: "passed: this release goes through on this environment",
  failed: "failed: the change would have gone back; nothing live was touched",
  running: "at work",
  "needs-person": "stands still and needs a person; nothing live was touched",
};

const kinds: Readonly<Record<string, string>> = {
  tablesAdded: "tables new",
  tablesRemoved: "tables dropped",
  columnsAdded: "columns new",
  columnsRemoved: "columns dropped",
  columnsRetyped: "columns of another type",
  columnsRequired: "columns now required",
  columnsRelaxed: "columns no longer required",
  constraintsAdded: "constraints new",
  constraintsRemoved: "constraints gone",
  indexesAdded: "indexes new",
  indexesRemoved: "indexes gone",
  recordsAdded: "records of modules new",
  recordsRemoved: "records of modules removed",
  modulesAdded: "modules installed",
  modulesRemoved: "modules uninstalled",
  fieldsRemoved: "fields removed",
  selectionsRemoved: "choices removed",
  rowsLost: "tables with fewer rows",
  otherChanges: "sequences, views and others",
};

const namesShownMax = 6;
const locksShownMax = 5;

/** A rehearsal as a release manager reads it. */
export function rehearsalText(view: RehearsalView): string {
  const { found } = view;
  return [
    fields([
      ["Rehearsal", `${view.deployment} (${view.change}) of ${view.rehearses}: ${view.environment} to ${view.release}`],
      ["Verdict", verdicts[view.verdict]],
      ["Reason", view.reason],
      ["Users will wait", found === null ? null : holdText(found)],
      ["Of which", found === null ? null : partsText(found)],
      ["Class", found === null ? null : `${found.observedClass} observed`],
      ["Peak memory", found === null || found.peakMemoryBytes === null ? null : `${bytes(found.peakMemoryBytes)} in Odoo's update`],
      ["Locked longest", found === null ? null : locksText(found)],
      ["Copy", copyText(view)],
      ["Kept apart", found === null ? null : `${found.apart.role} ${found.apart.network}`],
      ["Counts until", found === null ? null : expiryText(found)],
      ["Next", view.next],
    ]),
    ...(found === null ? [] : ["", ...differenceLines(found), "", ...warningLines(found)]),
  ].join("\n");
}

/** One line for those who look at the change. */
export function rehearsalLine(view: RehearsalView): string {
  const { found } = view;
  if (view.verdict !== "passed" || found === null) return `${view.deployment} (${view.change}), ${verdicts[view.verdict]}`;
  return `${view.deployment} (${view.change}), passed; users will wait ${holdText(found)}; ${found.expired.length > 0 ? "counts no more" : "counts"}: ${expiryText(found)}`;
}

function holdText({ hold }: RehearsalFindings): string {
  return `about ${duration(hold.value)} (${duration(hold.low)} to ${duration(hold.high)})`;
}

function partsText({ partsMs }: RehearsalFindings): string {
  const parts = Object.entries(partsMs).sort(([, a], [, b]) => b - a);
  return parts
    .filter(([, ms]) => ms >= 100)
    .map(([part, ms]) => `${part} ${duration(ms)}`)
    .join(", ");
}

function locksText({ locks }: RehearsalFindings): string {
  if (locks === null) return "couldn't be looked at";
  if (locks.length === 0) return "no table for long enough to be seen";
  const shown = locks.slice(0, locksShownMax).map(({ table, ms }) => `${table} ${duration(ms)}`);
  return `${shown.join(", ")}${locks.length > locksShownMax ? ` and ${locks.length - locksShownMax} more` : ""} (on the clone, where nobody waits for it)`;
}

function copyText({ copy, found, tookMs }: RehearsalView): string {
  const how =
    copy === "dump"
      ? "by dump, users weren't disturbed"
      : `by template${found?.usersWaitedMs === null || found === null ? "" : `, users waited ${duration(found.usersWaitedMs)}`}`;
  return `${how}${tookMs === null ? "" : `; the rehearsal took ${duration(tookMs)}`}`;
}

function expiryText({ expired, expiresAt }: RehearsalFindings): string {
  return expired.length > 0
    ? `over: ${expired.join("; ")}`
    : `until ${expiresAt}, or until release, base, modules, schema or customisations change`;
}

function differenceLines({ differences }: RehearsalFindings): string[] {
  const some = Object.entries(differences);
  if (some.length === 0) return ["Nothing will differ in schema and records."];
  return [
    "What will differ:",
    ...some.map(([kind, { count, first }]) => {
      const names = first.slice(0, namesShownMax);
      const more = count > names.length ? ` and ${count - names.length} more` : "";
      return `  ${kinds[kind] ?? kind}: ${count} (${names.join(", ")}${more})`;
    }),
  ];
}

function warningLines({ warningsToRead, warningCount }: RehearsalFindings): string[] {
  if (warningsToRead.length === 0)
    return [`Warnings: none to read${warningCount === 0 ? "" : ` (${warningCount} are known to be harmless)`}.`];
  return ["Warnings to read; who approves the change agrees to them:", ...warningsToRead.map((line) => `  ${line.split("\n")[0]}`)];
}
