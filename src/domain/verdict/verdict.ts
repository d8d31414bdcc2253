import type { Json } from "../shared/canonical-json.ts";

/** The answer of a gate. Only `passed` lets a plan go on (S6). */
export type VerdictKind = "passed" | "failed" | "errored" | "inconclusive";

/** One row of what a verdict rests on: what was expected, what was seen, and where it was read. */
export interface EvidenceRow {
  /** Stable id of the row within its gate, in kebab case: `versions-equal-manifests`. */
  readonly id: string;
  /** A sentence that a person understands without Odoo's source. */
  readonly title: string;
  readonly outcome: VerdictKind;
  readonly expected: Json;
  readonly seen: Json;
  /** `database catalogue`, `update log`, … */
  readonly source: string;
  /** RFC 3339, UTC. */
  readonly at: string;
}

export interface Verdict {
  readonly kind: VerdictKind;
  /** One sentence; for anything but `passed` it names the cause. */
  readonly reason: string;
  readonly rows: readonly EvidenceRow[];
}

const severity: Record<VerdictKind, number> = { passed: 0, inconclusive: 1, errored: 2, failed: 3 };

/** A verdict over rows: the worst row decides; no rows at all is inconclusive, because nothing was shown. */
export function verdictOf(rows: readonly EvidenceRow[], passedReason: string): Verdict {
  if (rows.length === 0) return { kind: "inconclusive", reason: "No evidence was gathered.", rows };
  const worst = rows.reduce((a, b) => (severity[b.outcome] > severity[a.outcome] ? b : a));
  if (worst.outcome === "passed") return { kind: "passed", reason: passedReason, rows };
  const others = rows.filter((row) => row.outcome !== "passed").length - 1;
  const more = others === 0 ? "" : ` (and ${others} more)`;
  return { kind: worst.outcome, reason: `${worst.title}: expected ${show(worst.expected)}, seen ${show(worst.seen)}${more}`, rows };
}

function show(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
}
