import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { PreCheck, PreCheckAnswer } from "../../domain/impact/prediction.ts";
import { withinTime } from "./within-time.ts";

const examplesMax = 20;
const exampleCharactersMax = 200;
/** For one question, and for all of them. */
const usualBounds: PreCheckBounds = { eachMs: 20_000, allMs: 120_000 };

export interface PreCheckBounds {
  readonly eachMs: number;
  readonly allMs: number;
}

/** Asks each question once. The reader must be inside a READ ONLY transaction; what can't be answered is said, never passed over. */
export async function askPreChecks(
  sql: SqlReader,
  checks: readonly Pick<PreCheck, "sql">[],
  bounds: PreCheckBounds = usualBounds,
): Promise<PreCheckAnswer[]> {
  const until = performance.now() + bounds.allMs;
  const answers: PreCheckAnswer[] = [];
  for (const check of checks) answers.push(await ask(sql, check.sql, Math.min(until, performance.now() + bounds.eachMs)));
  return answers;
}

async function ask(sql: SqlReader, question: string, until: number): Promise<PreCheckAnswer> {
  try {
    // With a parameter PostgreSQL takes one statement and no more.
    const rows = await withinTime(sql, until, () =>
      sql.query<{ example: string | null; total: number }>(`SELECT asked.example, asked.total FROM (${question}) AS asked LIMIT $1`, [
        examplesMax,
      ]),
    );
    if (rows === null) return { kind: "unanswered", why: "PostgreSQL took too long to answer" };
    const [first] = rows;
    if (first === undefined) return { kind: "none" };
    const total = Number(first.total);
    if (!Number.isFinite(total)) return { kind: "unanswered", why: "the answer has no total" };
    return { kind: "rows", total, examples: rows.map(({ example }) => (example ?? "").slice(0, exampleCharactersMax)) };
  } catch (error) {
    // Refused by PostgreSQL. A session that is gone fails at the next question, and then at the gate.
    if (error instanceof Error && "code" in error && typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code))
      return { kind: "unanswered", why: error.message };
    throw error;
  }
}
