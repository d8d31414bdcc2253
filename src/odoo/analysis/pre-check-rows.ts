import type { PlannedCheck } from "../../app/ports/schema.ts";
import type { PreCheck, PreCheckAnswer } from "../../domain/impact/prediction.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { rowMaker } from "./evidence.ts";

export interface PreCheckInput {
  /** Beside each question its answer. */
  readonly asked: readonly { readonly check: PlannedCheck; readonly answer: PreCheckAnswer }[];
  /** A rehearsal finds out what such rows lead to, so they don't stop it. */
  readonly rehearsing: boolean;
  readonly at: string;
}

const prefix = "pre-check-";
const expected = "no row that isn't so";
const none = "none";

/** One row for each question that the data must answer with nothing. */
export function preCheckRows({ asked, rehearsing, at }: PreCheckInput): EvidenceRow[] {
  const row = rowMaker("live database", at);
  return asked.map(({ check, answer }) => {
    const id = preCheckRowId(check.id);
    const title = check.what.replace(/[.]$/, "");
    if (answer.kind === "none") return row(id, title, "passed", expected, none);
    const seen =
      answer.kind === "rows"
        ? { total: answer.total, examples: answer.examples, otherwise: consequence(check) }
        : { notAnswered: answer.why, otherwise: consequence(check) };
    if (rehearsing) return row(id, title, "passed", "a rehearsal finds out", seen);
    if (check.harmlessIn !== undefined) return row(id, title, "passed", expected, { ...seen, harmlessIn: check.harmlessIn });
    return row(id, title, answer.kind === "rows" ? "failed" : "inconclusive", expected, seen);
  });
}

function consequence({ otherwise }: PreCheck): string {
  return otherwise === "fails" ? "Odoo's update fails" : "Odoo warns, leaves the constraint out and calls the update a success";
}

/** `unique:project_task:code_uniq` → `pre-check-unique-project-task-code-uniq` */
export function preCheckRowId(check: string): string {
  return `${prefix}${check
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")}`;
}

/** Of a rehearsal that went well: the questions whose answer did no harm, by the ids of their rows. */
export function harmlessChecks(rows: readonly EvidenceRow[]): string[] {
  return rows.filter((row) => isPreCheckRow(row) && row.seen !== none).map(({ id }) => id);
}

/** The reason of a verdict that fails by this row. */
export function preCheckReason({ title, seen }: EvidenceRow, change: string): string {
  const { total = 0, examples = [], otherwise = "" } = seen as { total?: number; examples?: readonly string[]; otherwise?: string };
  const some = examples.slice(0, 3).join("; ");
  return `${title}. ${total} ${total === 1 ? "row isn't" : "rows aren't"} so: ${some}${total > 3 ? " …" : ""}. With them ${otherwise}. Put them right; or, if scripts of the release do, rehearse it (plimsoll rehearse ${change}), then plan and approve it again.`;
}

export function isPreCheckRow({ id }: EvidenceRow): boolean {
  return id.startsWith(prefix);
}
