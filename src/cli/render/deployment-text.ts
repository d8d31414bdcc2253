import type { DeploymentItem, DeploymentView } from "../../http/contract/deployments.ts";
import { duration } from "./quantities.ts";
import { fields, table } from "./table.ts";

const outcomeSentences: Readonly<Record<DeploymentView["outcome"], string>> = {
  "new-and-verified": "new and verified",
  "old-and-intact": "old and intact: it went back, nothing was lost",
  "needs-person": "stands still, safe, and needs a person",
  running: "at work",
};

export function deploymentText(deployment: DeploymentView): string {
  return [
    fields([
      ["Deployment", `${deployment.id} of ${deployment.change}`],
      ["Takes", `${deployment.environment} to ${deployment.release}`],
      ["Outcome", outcomeSentences[deployment.outcome]],
      ["State", deployment.state],
      ["Reason", deployment.reason],
      ["Meanwhile", deployment.trouble?.safety ?? null],
      ["Next", deployment.trouble === null ? null : `look at it, then ${deployment.trouble.next}`],
      ["Class", `${deployment.plannedClass} planned, ${deployment.observedClass ?? "none"} observed`],
      [
        "Users waited",
        deployment.holdMs === null ? "not at all" : `${duration(deployment.holdMs)} (predicted ${duration(deployment.predictedHoldMs)})`,
      ],
      ["Took", duration(deployment.elapsedMs)],
    ]),
    "",
    table(
      ["#", "item", "state", "took", "found"],
      deployment.items.map((item) => [
        String(item.position + 1),
        item.id,
        item.state,
        item.elapsedMs === null ? "–" : duration(item.elapsedMs),
        found(item),
      ]),
    ),
    ...deployment.items.flatMap(evidence),
  ].join("\n");
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
