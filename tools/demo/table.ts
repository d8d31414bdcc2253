import type { LossExport, LossReceipt } from "../../src/domain/recovery/loss-receipt.ts";

/** One row of what the demo shows. */
export interface DemoDeployment {
  readonly release: string;
  readonly plannedClass: string;
  readonly observedClass: string | null;
  readonly outcome: string;
  readonly holdMs: number | null;
  readonly requests: number;
  readonly failed: number;
  /** What a recovery discarded, and the rows themselves; null: nothing was taken back. */
  readonly lossReceipt: LossReceipt | null;
  readonly exported: LossExport | null;
  readonly gates: readonly { readonly gate: string; readonly verdict: string; readonly reason: string }[];
}

/** The table that `npm run demo` ends with. */
export function renderTable(deployments: readonly DemoDeployment[]): string {
  const head = ["release", "planned", "observed", "outcome", "hold", "requests", "failed"];
  const rows = deployments.map((item) => [
    item.release,
    item.plannedClass,
    item.observedClass ?? "–",
    item.outcome,
    item.holdMs === null ? "–" : `${(item.holdMs / 1000).toFixed(1)} s`,
    String(item.requests),
    String(item.failed),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const gates = deployments.flatMap((item) => [
    "",
    `${item.release}:`,
    ...(item.lossReceipt === null ? [] : [`  loss receipt: ${item.lossReceipt.sentence}`]),
    ...(item.gates.length === 0 ? ["  no gate was reached"] : item.gates.map((gate) => `  ${gate.gate}: ${gate.verdict}. ${gate.reason}`)),
  ]);
  return [line(head), line(widths.map((width) => "─".repeat(width))), ...rows.map(line), ...gates].join("\n");
}
