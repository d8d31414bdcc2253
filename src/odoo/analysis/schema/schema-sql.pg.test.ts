import { afterAll, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../../test/parts/cluster.ts";
import type { SchemaChange } from "./schema-change.ts";
import { castBetween } from "./casts.ts";
import { preChecksFor } from "./pre-checks.ts";
import { expressionSamples, sampleColumns, sideOf, tenantOf } from "./test-kit.ts";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  const columns = Object.entries(sampleColumns).map(([name, type]) => `${name} ${type}`);
  await cluster.query("postgres", `CREATE TABLE sample (id serial PRIMARY KEY, ${columns.join(", ")})`);
});

afterAll(() => cluster.stop());

it.each(expressionSamples)("PostgreSQL writes %s as %s", async (written, expected) => {
  await cluster.query("postgres", `ALTER TABLE sample ADD CONSTRAINT c CHECK (${written})`);
  const [row] = await cluster.query<{ text: string }>(
    "postgres",
    "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = 'c'",
  );
  await cluster.query("postgres", "ALTER TABLE sample DROP CONSTRAINT c");
  expect(row?.text).toBe(`CHECK (${expected})`);
});

const types = [
  "character varying",
  "text",
  "integer",
  "numeric",
  "double precision",
  "boolean",
  "date",
  "timestamp without time zone",
  "jsonb",
  "bytea",
];

it.each(types.flatMap((from) => types.filter((to) => to !== from).map((to) => [from, to] as const)))(
  "a cast from %s to %s",
  async (from, to) => {
    const cast = cluster.query("postgres", `SELECT NULL::${from}::${to}`).then(
      () => "exists",
      () => "is missing",
    );
    expect(await cast).toBe(castBetween(from, to) === "never" ? "is missing" : "exists");
  },
);

const of = { table: "res_partner", model: "res.partner", declared: null } as const;
const object = { ...of, kind: "constraint-added", existing: true } as const;
const changes: readonly SchemaChange[] = [
  { ...of, kind: "column-added", column: "ref", type: "character varying", fill: "nothing", required: "refused" },
  { ...of, kind: "column-required", column: "email", fill: "nothing" },
  { ...of, kind: "column-retyped", column: "email", from: "character varying", to: "integer", using: "cast" },
  { ...of, kind: "column-retyped", column: "name", from: "character varying", to: "date", using: "cast" },
  { ...of, kind: "column-retyped", column: "data", from: "jsonb", to: "numeric", using: "cast" },
  { ...of, kind: "foreign-key-added", column: "boss", target: "res_users", existing: true },
  { ...object, name: "u", written: "UNIQUE(name, email)", unique: true },
  { ...object, kind: "index-added", name: "i", written: "(lower(email)) WHERE active IS TRUE", unique: true },
  { ...object, name: "c", written: "CHECK(length(email) > 3 OR name IS NULL)", unique: false },
];

it("the questions are understood, and answer with an example and a total", async () => {
  const side = sideOf({});
  const { catalogue } = tenantOf(side, { rows: { res_partner: 3 } });
  const more = { notNull: false, hasDefault: false };
  const columns = {
    ...catalogue.columns,
    "res_partner.data": { type: "jsonb", ...more },
    "res_partner.boss": { type: "integer", ...more },
  };
  const { preChecks, uncertain } = preChecksFor(changes, { ...catalogue, columns }, side.registry);
  expect(uncertain).toEqual([]);
  await cluster.query("postgres", "CREATE TABLE res_users (id serial PRIMARY KEY)");
  await cluster.query(
    "postgres",
    "CREATE TABLE res_partner (id serial PRIMARY KEY, name varchar, email varchar, active boolean, data jsonb, boss integer)",
  );
  await cluster.query(
    "postgres",
    `INSERT INTO res_partner (name, email, active, data, boss) VALUES ('2020-01-01', '12', true, '1', NULL), ('A', 'x', true, '"a"', 7), ('A', 'x', true, NULL, 7), (NULL, NULL, true, NULL, NULL)`,
  );
  const answers = await Promise.all(
    preChecks.map(async ({ id, sql }) => [id, await cluster.query<{ example: string; total: string }>("postgres", sql)] as const),
  );
  expect(Object.fromEntries(answers.map(([id, rows]) => [id, rows.map(({ example, total }) => `${example} of ${total}`)]))).toEqual({
    "nulls:res_partner:ref": ["1 of 4", "2 of 4", "3 of 4", "4 of 4"],
    "nulls:res_partner:email": ["4 of 1"],
    "uncastable:res_partner:email": ["x of 2", "x of 2"],
    "uncastable:res_partner:name": ["A of 2", "A of 2"],
    "uncastable:res_partner:data": ['"a" of 1'],
    "orphans:res_partner:boss": ["7 of 2", "7 of 2"],
    "unique:res_partner:u": ["A, x (2 times) of 1"],
    "unique:res_partner:i": ["x (2 times) of 1"],
    "check:res_partner:c": ["1 of 3", "2 of 3", "3 of 3"],
  });
});
