import { createHash } from "node:crypto";
import { Client, types } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../test/parts/cluster.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { readSnapshot } from "./catalogue-snapshot.ts";
import { readPreflightFacts } from "./preflight-reads.ts";
import { readRowCounts } from "./row-counts.ts";
import { readTenantFacts } from "./tenant-facts.ts";
import { readUpdateTruth } from "./update-truth.ts";

/** The part of Odoo's schema that inventory reads, with a model `x.thing` of a module `a`. */
const schema = `
CREATE TABLE ir_module_module (id serial PRIMARY KEY, name text, state text, latest_version text);
CREATE TABLE res_lang (id serial PRIMARY KEY, code text, active boolean);
CREATE TABLE ir_config_parameter (id serial PRIMARY KEY, key text, value text);
CREATE TABLE ir_model_data (id serial PRIMARY KEY, module text, name text, model text, res_id int, noupdate boolean);
CREATE TABLE ir_model (id serial PRIMARY KEY, model text, name jsonb, state text, transient boolean);
CREATE TABLE ir_model_fields (id serial PRIMARY KEY, model_id int, model text, name text, ttype text, relation text, required boolean, store boolean, state text,
  related text, compute text, depends text, selectable boolean, company_dependent boolean);
CREATE TABLE ir_model_fields_selection (id serial PRIMARY KEY, field_id int, value text);
CREATE TABLE ir_model_relation (id serial PRIMARY KEY, name text, model int, module int);
CREATE TABLE ir_model_constraint (id serial PRIMARY KEY, name text, definition text, model int, module int, type text);
CREATE TABLE ir_ui_view (id serial PRIMARY KEY, name text, arch_db jsonb, arch_updated boolean, inherit_id int, active boolean);
CREATE TABLE ir_act_server (id serial PRIMARY KEY, state text, code text, model_id int);
CREATE TABLE res_users (id serial PRIMARY KEY, active boolean, share boolean);
CREATE TABLE x_thing (id serial PRIMARY KEY, name text, code text NOT NULL, amount float8);
CREATE VIEW x_report AS SELECT id, name FROM x_thing;
ALTER TABLE x_thing ADD CONSTRAINT x_thing_name_uniq UNIQUE (name);
COMMENT ON CONSTRAINT x_thing_name_uniq ON x_thing IS 'UNIQUE(name)';
CREATE INDEX x_thing_code_idx ON x_thing (code);
COMMENT ON INDEX x_thing_code_idx IS 'INDEX (code)';
INSERT INTO ir_module_module (name, state, latest_version) VALUES ('base', 'installed', '19.0.1.3'), ('a', 'installed', '19.0.1.0'), ('b', 'uninstalled', NULL), ('studio_customization', 'installed', NULL);
INSERT INTO ir_model (model, name, state, transient) VALUES ('x.thing', '{"en_US": "Thing"}', 'base', false), ('x.report', '{}', 'base', false), ('x.mixin', '{}', 'base', false), ('x.wizard', '{}', 'base', true);
INSERT INTO ir_model_fields (model_id, model, name, ttype, required, store, state) VALUES (1, 'x.thing', 'name', 'char', false, true, 'base'), (1, 'x.thing', 'code', 'char', true, true, 'base'),
  (1, 'x.thing', 'image', 'binary', true, true, 'base'), (2, 'x.report', 'name', 'char', true, true, 'base');
INSERT INTO ir_model_fields_selection (field_id, value) VALUES (1, 'one');
INSERT INTO ir_model_constraint (name, definition, model, module, type) VALUES ('x_thing_name_uniq', 'UNIQUE(name)', 1, 2, 'u'), ('x_thing_code_idx', 'INDEX (code)', 1, 2, 'i'),
  ('x_thing_empty_idx', '', 1, 2, 'i'), ('x_report_idx', 'INDEX (name)', 2, 2, 'i'), ('x_mixin_uniq', 'UNIQUE(x)', 3, 2, 'u');
INSERT INTO ir_model_data (module, name, model, res_id, noupdate) VALUES ('a', 'view', 'ir.ui.view', 1, false), ('a', 'thing', 'x.thing', 1, true);
INSERT INTO ir_ui_view (name, arch_db, arch_updated) VALUES ('a view', '{}', false);
INSERT INTO res_users (active, share) VALUES (true, false), (true, true), (false, false);
INSERT INTO x_thing (name, code, amount) SELECT 'thing ' || n, n, 0.1 FROM generate_series(1, 10) AS n;
`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.createRole("odoo", { password: "pw", createdb: true });
});

afterAll(async () => {
  await cluster.stop();
});

beforeEach(async () => {
  await cluster.query("postgres", "DROP DATABASE IF EXISTS acme WITH (FORCE)");
  await cluster.query("postgres", "CREATE DATABASE acme OWNER odoo TEMPLATE template0");
});

async function odoo(...statements: readonly string[]): Promise<void> {
  for (const statement of [schema, ...statements]) await cluster.query("acme", statement);
  // Made by the superuser, used by Odoo's role.
  await cluster.query("acme", "GRANT ALL ON ALL TABLES IN SCHEMA public TO odoo");
}

async function read<T>(work: (sql: SqlReader) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: cluster.dsn("acme", "odoo"),
    application_name: "plimsoll/test",
    types: { getTypeParser: (oid: number) => (oid === 20 ? Number : types.getTypeParser(oid, "text")) } as never,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    return await work({ query: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows });
  } finally {
    await client.end();
  }
}

const hash = (text: string): `sha256:${string}` => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const facts = (): ReturnType<typeof readTenantFacts> => read((sql) => readTenantFacts(sql, hash, "2026-01-31T10:00:00.000Z"));
const truth = (): ReturnType<typeof readUpdateTruth> => read(readUpdateTruth);

describe("tenant facts", () => {
  it("refuse what isn't Odoo, and another series, naming both", async () => {
    await expect(facts()).rejects.toMatchObject({ code: "DATABASE_NOT_ODOO" });
    await odoo("DELETE FROM ir_module_module WHERE name = 'base'");
    await expect(facts()).rejects.toMatchObject({ code: "DATABASE_NOT_ODOO" });
    await cluster.query("acme", "INSERT INTO ir_module_module (name, state, latest_version) VALUES ('base', 'installed', '18.0.1.3')");
    await expect(facts()).rejects.toMatchObject({ code: "DATABASE_OTHER_SERIES", message: expect.stringMatching(/18\.0.*19\.0/) });
  });

  it("say what is installed, and what the tenant made", async () => {
    await odoo(
      "INSERT INTO res_lang (code, active) VALUES ('nl_BE', true), ('en_US', true), ('de_DE', false)",
      "INSERT INTO ir_ui_view (name, arch_db) VALUES ('own view', '{}')",
      "UPDATE ir_ui_view SET arch_updated = true WHERE id = 1",
      "INSERT INTO ir_act_server (state, code) VALUES ('code', 'pass')",
      "INSERT INTO ir_model_fields (model_id, model, name, ttype, state) VALUES (1, 'x.thing', 'x_note', 'char', 'manual')",
      "INSERT INTO ir_config_parameter (key, value) VALUES ('base.partially_updated_database', '1')",
    );
    expect(await facts()).toMatchObject({
      databaseName: "acme",
      owner: "odoo",
      series: "19.0",
      partiallyUpdated: true,
      activeUsers: 1,
      languages: ["en_US", "nl_BE"],
      modules: [
        { name: "a", state: "installed", version: "19.0.1.0", imported: false },
        { name: "base", version: "19.0.1.3" },
        { name: "studio_customization", imported: true },
      ],
      customisations: {
        manualModels: [],
        manualFields: ["x.thing.x_note"],
        editedViews: ["a.view"],
        ownViews: ["own view"],
        serverActions: 1,
        automations: 0,
      },
    });
  });

  it("have fingerprints that change with the schema and the customisations, and only then", async () => {
    await odoo();
    const first = await facts();
    await cluster.query("acme", "INSERT INTO x_thing (name, code) VALUES ('more', 'x')");
    expect(await facts()).toMatchObject({
      schemaFingerprint: first.schemaFingerprint,
      customisationFingerprint: first.customisationFingerprint,
    });
    await cluster.query("acme", "ALTER TABLE x_thing ALTER name SET NOT NULL");
    const second = await facts();
    expect(second.schemaFingerprint).not.toBe(first.schemaFingerprint);
    await cluster.query("acme", "INSERT INTO ir_ui_view (name, arch_db) VALUES ('own', '{}')");
    const third = await facts();
    expect(third.customisationFingerprint).not.toBe(second.customisationFingerprint);
    await cluster.query("acme", `UPDATE ir_ui_view SET arch_db = '{"en_US": "<form/>"}' WHERE name = 'own'`);
    expect((await facts()).customisationFingerprint).not.toBe(third.customisationFingerprint);
    expect((await facts()).schemaFingerprint).toBe(second.schemaFingerprint);
  });

  it("count a module with the state of a data module as imported where the column exists", async () => {
    await odoo("ALTER TABLE ir_module_module ADD imported boolean", "UPDATE ir_module_module SET imported = true WHERE name = 'a'");
    expect((await facts()).modules.find((module) => module.name === "a")).toMatchObject({ imported: true });
  });
});

describe("a snapshot", () => {
  it("holds names, types, definitions, records and exact rows", async () => {
    await odoo(
      `CREATE SCHEMA "odd ""one"; CREATE TABLE "odd ""one"."a'b" AS SELECT 1 AS n; GRANT USAGE ON SCHEMA "odd ""one" TO odoo; GRANT SELECT ON "odd ""one"."a'b" TO odoo`,
    );
    const snapshot = await read(readSnapshot);
    expect(snapshot.tables).toEqual(expect.arrayContaining(["x_thing", `odd "one.a'b`]));
    expect(snapshot.views).toEqual(["x_report"]);
    expect(snapshot.columns["x_thing.code"]).toEqual({ type: "text", notNull: true, hasDefault: false });
    expect(snapshot.constraints["x_thing.x_thing_name_uniq"]).toBe("UNIQUE (name)");
    expect(snapshot.indexes["x_thing_code_idx"]).toContain("USING btree (code)");
    expect(snapshot.records["a.thing"]).toEqual({ model: "x.thing", id: 1, noupdate: true });
    expect(snapshot.fields["x.thing.code"]).toEqual({ id: 2, kind: "char stored required" });
    expect(snapshot.selections).toEqual({ "x.thing.name: one": 1 });
    expect(snapshot.transientTables).toEqual(["x_wizard"]);
    expect(snapshot.rows["x_thing"]).toBe(10);
    expect(snapshot.rows[`odd "one.a'b`]).toBe(1);
    expect(snapshot.estimatedTables).toEqual([]);
    expect(snapshot.invariants).toEqual({ "active users": "2 rows" });
  });

  it("marks what it had no time to count, and goes on", async () => {
    await odoo("INSERT INTO x_thing (name, code) SELECT 'n' || g, 'c' FROM generate_series(1, 300000) AS g", "ANALYZE x_thing");
    const { counts, after } = await read(async (sql) => ({
      counts: await readRowCounts(sql, 3),
      after: await sql.query("SELECT current_setting('statement_timeout') AS ms"),
    }));
    expect(counts.estimatedTables).toContain("x_thing");
    expect(counts.rows["x_thing"]).toBeGreaterThan(100_000);
    expect(after).toEqual([{ ms: "0" }]);
  });

  it("sums floats so that the order of rows doesn't matter, and leaves out rows that a module made", async () => {
    await odoo(
      "CREATE TABLE account_analytic_line (id serial, unit_amount float8, amount numeric)",
      "INSERT INTO account_analytic_line (unit_amount, amount) SELECT 0.1, 1 FROM generate_series(1, 10)",
      "CREATE TABLE res_partner (id serial)",
      "INSERT INTO res_partner SELECT FROM generate_series(1, 3)",
      "INSERT INTO ir_model_data (module, name, model, res_id) VALUES ('base', 'main', 'res.partner', 1), ('__import__', 'p2', 'res.partner', 2)",
    );
    const { invariants } = await read(readSnapshot);
    expect(invariants).toMatchObject({ "analytic lines": "10 rows, 1.0 units, amount 10", contacts: "2 rows" });
  });
});

describe("the truth after an update", () => {
  it("finds nothing wrong where all is as listed", async () => {
    await odoo();
    expect(await truth()).toMatchObject({
      constraintCount: 2,
      constraintProblems: [],
      requiredCount: 1,
      requiredWithoutNotNull: [],
      requiredWithoutColumn: [],
    });
  });

  it.each([
    [
      "a missing constraint",
      "ALTER TABLE x_thing DROP CONSTRAINT x_thing_name_uniq",
      { name: "x_thing_name_uniq", type: "constraint", found: "missing" },
    ],
    [
      "a constraint made from another definition",
      "COMMENT ON CONSTRAINT x_thing_name_uniq ON x_thing IS 'UNIQUE(code)'",
      { name: "x_thing_name_uniq", found: "different" },
    ],
    ["a missing index", "DROP INDEX x_thing_code_idx", { name: "x_thing_code_idx", type: "index", found: "missing" }],
    [
      "an index that isn't valid",
      "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'x_thing_code_idx'::regclass",
      { name: "x_thing_code_idx", found: "different" },
    ],
    [
      "a missing foreign key",
      `INSERT INTO ir_model_fields (model_id, model, name, ttype, required, store) VALUES (1, 'x.thing', 'partner', 'many2one', false, true);
       INSERT INTO ir_model_constraint (name, model, module, type) VALUES ('x_thing_partner_fkey', 1, 2, 'f')`,
      { name: "x_thing_partner_fkey", type: "foreign key", found: "missing" },
    ],
    [
      "a missing foreign key of a relation table whose name begins with that of the model's",
      `INSERT INTO ir_model_relation (name, model, module) VALUES ('x_thing_partner_rel', 1, 2);
       INSERT INTO ir_model_constraint (name, model, module, type) VALUES ('x_thing_partner_rel_thing_id_fkey', 1, 2, 'f')`,
      { name: "x_thing_partner_rel_thing_id_fkey", type: "foreign key", found: "missing" },
    ],
    [
      "a missing foreign key whose name PostgreSQL had to shorten",
      `INSERT INTO ir_model_fields (model_id, model, name, ttype, required, store) VALUES (1, 'x.thing', repeat('long_', 12), 'many2one', false, true);
       INSERT INTO ir_model_constraint (name, model, module, type) VALUES ('x_thing_long_long_long_long_long_long_long_long_long_long_fkey', 1, 2, 'f')`,
      { name: "x_thing_long_long_long_long_long_long_long_long_long_long_fkey", type: "foreign key", found: "missing" },
    ],
    [
      "a missing constraint of a model with a table of another name",
      "INSERT INTO ir_model_constraint (name, definition, model, module, type) VALUES ('x_thing_other', 'CHECK(true)', 3, 2, 'u')",
      { name: "x_thing_other", found: "missing" },
    ],
  ])("finds %s", async (_what, statement, expected) => {
    await odoo(statement);
    expect((await truth()).constraintProblems).toEqual([expect.objectContaining({ module: "a", ...expected })]);
  });

  it("finds required fields whose column may be empty or is missing", async () => {
    await odoo(
      "ALTER TABLE x_thing ALTER code DROP NOT NULL",
      "INSERT INTO ir_model_fields (model_id, model, name, ttype, required, store) VALUES (1, 'x.thing', 'gone', 'char', true, true)",
    );
    expect(await truth()).toMatchObject({ requiredWithoutNotNull: ["x_thing.code"], requiredWithoutColumn: ["x.thing.gone"] });
  });

  it("takes a module's own version of another module's constraint for what it is", async () => {
    // partner_firstname does so with base's check of a partner's name.
    await odoo(
      "COMMENT ON CONSTRAINT x_thing_name_uniq ON x_thing IS 'UNIQUE(name, code)'",
      "INSERT INTO ir_model_constraint (name, definition, model, module, type) VALUES ('x_thing_name_uniq', 'UNIQUE(name, code)', 1, 1, 'u')",
    );
    expect((await truth()).constraintProblems).toEqual([]);
  });

  it("doesn't miss the foreign key of a many2one that a release removed: Odoo keeps its row", async () => {
    await odoo("INSERT INTO ir_model_constraint (name, model, module, type) VALUES ('x_thing_partner_fkey', 1, 2, 'f')");
    expect((await truth()).constraintProblems).toEqual([]);
  });

  it("leaves constraints of uninstalled modules alone", async () => {
    await odoo("INSERT INTO ir_model_constraint (name, definition, model, module, type) VALUES ('x_thing_b', 'CHECK(true)', 1, 3, 'u')");
    expect((await truth()).constraintProblems).toEqual([]);
  });
});

describe("preflight", () => {
  it("sees rights, transactions, dumps and sessions", async () => {
    await odoo("UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'a'");
    await cluster.query("postgres", "ALTER DATABASE acme SET log_min_duration_statement TO '5s'");
    const client = new Client({ connectionString: cluster.dsn("acme"), application_name: "pg_dump" });
    client.on("error", () => undefined);
    await client.connect();
    await client.query("BEGIN; SELECT 1");
    try {
      const seen = await read(readPreflightFacts);
      expect(seen).toMatchObject({
        database: "acme",
        pendingModules: [{ name: "a", state: "to upgrade" }],
        partiallyUpdated: false,
        walBytes: null,
        role: {
          role: "odoo",
          superuser: false,
          createdb: true,
          ownsDatabase: true,
          signalBackend: false,
          settingsOutOfReach: ["log_min_duration_statement"],
          rolesOutOfReach: ["postgres_admin"],
        },
        transactions: [{ application: "pg_dump", user: "postgres_admin", ageMs: null }],
        dumps: [expect.stringMatching(/^pg_dump, process \d+$/)],
        replication: { inRecovery: false, replicas: [] },
        sessions: [{ application: "pg_dump", user: "postgres_admin", sessions: 1 }],
      });
    } finally {
      await client.end();
    }
  });

  it("sees transactions of its own role with their age, and the prepared ones it may see", async () => {
    await odoo();
    const client = new Client({ connectionString: cluster.dsn("acme", "odoo"), application_name: "report" });
    client.on("error", () => undefined);
    await client.connect();
    await client.query("BEGIN; SELECT pg_sleep(0.2)");
    try {
      const { transactions } = await read(readPreflightFacts);
      expect(transactions).toMatchObject([{ application: "report", user: "odoo", state: "idle in transaction" }]);
      expect(transactions[0]?.ageMs).toBeGreaterThanOrEqual(200);
    } finally {
      await client.end();
    }
  });
});
