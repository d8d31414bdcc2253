import { Client } from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../test/parts/cluster.ts";
import type { PreCheckAnswer } from "../../domain/impact/prediction.ts";
import { askPreChecks, type PreCheckBounds } from "./pre-check-reads.ts";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.query(
    "postgres",
    "CREATE TABLE task AS SELECT g AS id, CASE WHEN g <= 30 THEN 'same' ELSE g::text END AS code FROM generate_series(1, 60) g",
  );
});
afterAll(() => cluster.stop());

const duplicates = (column: string): string =>
  `SELECT concat_ws(', ', ${column}) || ' (' || count(*) || ' times)' AS example, count(*) OVER () AS total FROM task GROUP BY ${column} HAVING count(*) > 1 LIMIT 20`;
const long = "SELECT id::text AS example, count(*) OVER () AS total FROM task WHERE id <= 30 LIMIT 20";

async function ask(questions: readonly string[], bounds?: PreCheckBounds): Promise<PreCheckAnswer[]> {
  const client = new Client({ connectionString: cluster.dsn("postgres") });
  await client.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const sql = {
      query: async <R extends Record<string, unknown>>(text: string, parameters?: readonly unknown[]) =>
        (await client.query<R>(text, parameters === undefined ? undefined : [...parameters])).rows,
    };
    return await askPreChecks(
      sql,
      questions.map((one) => ({ sql: one })),
      bounds,
    );
  } finally {
    await client.end();
  }
}

it("answers with examples and the total, or that there is nothing", async () => {
  const [found, many, none] = await ask([duplicates("code"), long, duplicates("id")]);
  expect(found).toEqual({ kind: "rows", total: 1, examples: ["same (30 times)"] });
  expect(many).toMatchObject({ kind: "rows", total: 30, examples: { length: 20 } });
  expect(none).toEqual({ kind: "none" });
});

it("what PostgreSQL refuses, or takes too long for, is unanswered, and the next question is still asked", async () => {
  const slow = "SELECT pg_sleep(5)::text AS example, 1::bigint AS total";
  const answers = await ask(["SELECT nothing AS example, 1::bigint AS total FROM task", slow, duplicates("id")], {
    eachMs: 300,
    allMs: 10_000,
  });
  expect(answers.map(({ kind }) => kind)).toEqual(["unanswered", "unanswered", "none"]);
  expect(await ask([duplicates("id")], { eachMs: 300, allMs: 0 })).toMatchObject([{ kind: "unanswered" }]);
});

it("writes nothing, and asks one question only", async () => {
  const answers = await ask([
    "SELECT 1::text AS example, 1 AS total) AS asked; COMMIT; DROP TABLE task; SELECT * FROM (SELECT 1",
    "DELETE FROM task RETURNING code AS example, 1 AS total",
  ]);
  expect(answers.map(({ kind }) => kind)).toEqual(["unanswered", "unanswered"]);
  expect(await cluster.query("postgres", "SELECT count(*)::int AS n FROM task")).toEqual([{ n: 60 }]);
});
