import type { DeploymentItem, DeploymentView } from "../../http/contract/deployments.ts";
import { isRehearsal } from "./outcome-text.ts";
import { duration } from "./quantities.ts";
import { fields, table } from "./table.ts";

const outcomeSentences: Readonly<Record<DeploymentView["outcome"], string>> = {
  "new-and-verified": "new and verified",
  "old-and-intact": "old and intact: it went back, nothing was lost",
  "needs-person": "stands still, safe, and needs a person",
  recovered: "recovered: users are back on the old release",
  running: "at work",
};

const rehearsalSentences: Readonly<Partial<Record<DeploymentView["outcome"], string>>> = {
  "new-and-verified": "rehearsed: it went through on a copy",
  "old-and-intact": "rehearsal failed: it didn't go through on a copy, and nothing live was changed",
};

export function deploymentText(deployment: DeploymentView): string {
  return [
    fields([
      ["Deployment", `${deployment.id} of ${deployment.change}`],
      ["Takes", `${deployment.environment} to ${deployment.release}`],
      ["Outcome", outcomeSentence(deployment)],
      ["State", deployment.state],
      ["Reason", deployment.reason],
      ["Meanwhile", deployment.trouble?.safety ?? null],
      ["Wanted back", deployment.recoveryWish === null ? null : `by ${deployment.recoveryWish.actor}: ${deployment.recoveryWish.reason}`],
      ["Next", deployment.trouble === null ? null : `look at it, then ${deployment.trouble.next}`],
      ["Class", `${deployment.plannedClass} planned, ${deployment.observedClass ?? "none"} observed`],
      [
        "Users waited",
        deployment.holdMs === null ? "not at all" : `${duration(deployment.holdMs)} (predicted ${duration(deployment.predictedHoldMs)})`,
      ],
      ["Took", duration(deployment.elapsedMs)],
    ]),
    "",
    itemTable(deployment.items.filter((item) => item.part === "plan")),
    ...wayBack(deployment),
    ...deployment.items.flatMap(evidence),
  ].join("\n");
}

function outcomeSentence(deployment: DeploymentView): string {
  return (isRehearsal(deployment) ? rehearsalSentences[deployment.outcome] : undefined) ?? outcomeSentences[deployment.outcome];
}

/** The recovery's items once it began; until then what it would be. */
function wayBack({ items, recovery }: DeploymentView): string[] {
  const back = items.filter((item) => item.part === "recovery");
  if (back.length === 0) return [];
  if (back.every((item) => item.state === "waiting")) return ["", `Way back: ${recovery.sentence}`];
  return ["", "Recovery", itemTable(back)];
}

function itemTable(items: readonly DeploymentItem[]): string {
  return table(
    ["#", "item", "state", "took", "found"],
    items.map((item) => [
      String(item.position + 1),
      item.id,
      item.state,
      item.elapsedMs === null ? "–" : duration(item.elapsedMs),
      found(item),
    ]),
  );
}

function found(item: DeploymentItem): string {
  if (item.verdict !== null) return `${item.verdict.kind}: ${item.verdict.reason}`;
  return item.error?.message ?? "";
}

/** What a gate that didn't pass rests on. */
function evidence(item: DeploymentItem): string[] {
  const rows = item.verdict?.rows.filter((row) => row.outcome !== "passed") ?? [];
  if (rows.length === 0) return [];
  return [
    "",
    `${item.id} rests on:`,
    ...rows.map((row) => `  ${row.outcome}  ${row.title}: expected ${show(row.expected)}, seen ${show(row.seen)} (${row.source})`),
  ];
}

function show(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 400 ? `${text.slice(0, 397)}…` : text;
}
