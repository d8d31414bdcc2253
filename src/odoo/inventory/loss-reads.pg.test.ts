import { Client, types } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../test/parts/cluster.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { LossFacts } from "../../domain/fleet/loss-facts.ts";
import { readDatabaseClock, readLoss, readWriteCounters } from "./loss-reads.ts";
import { readLostRows } from "./lost-rows.ts";
import { cancelOutbox } from "./outbox-cancel.ts";
import { readOutbox, readOutboxStates } from "./outbox-reads.ts";
import { readReceiptFacts } from "./receipt-reads.ts";

/** The part of Odoo's schema that a loss receipt reads. Dates are in UTC and have no zone. */
const dates = "create_uid int, create_date timestamp, write_uid int, write_date timestamp";
const schema = `
CREATE TABLE ir_model (id serial PRIMARY KEY, model text, name jsonb, transient boolean);
CREATE TABLE ir_model_data (id serial PRIMARY KEY, module text, name text, model text, res_id int);
CREATE TABLE res_partner (id serial PRIMARY KEY, name varchar, signup_token varchar, ${dates});
CREATE TABLE account_move (id serial PRIMARY KEY, name varchar, move_type varchar, ${dates});
CREATE TABLE account_analytic_line (id serial PRIMARY KEY, name varchar, project_id int, unit_amount float8, ${dates});
CREATE TABLE product_template (id serial PRIMARY KEY, name jsonb, ${dates});
CREATE TABLE a_wizard (id serial PRIMARY KEY, name varchar, ${dates});
CREATE TABLE unknown_table (id serial PRIMARY KEY, note text, create_date timestamp);
CREATE TABLE ir_logging (id serial PRIMARY KEY, name varchar, ${dates});
CREATE TABLE partner_tag_rel (partner_id int, tag_id int);
CREATE TABLE ir_attachment (id serial PRIMARY KEY, name varchar, url varchar, file_size int, db_datas bytea, ${dates});
INSERT INTO ir_model (model, name, transient) VALUES ('res.partner', '{"en_US": "Contact", "de_DE": "Kontakt"}', false), ('account.move', '{"de_DE": "Buchung"}', false),
  ('account.analytic.line', '{"en_US": "Analytic Line"}', NULL), ('product.template', '{"en_US": "Product"}', false), ('a.wizard', '{}', true), ('ir.logging', '{}', false), ('ir.attachment', '{}', false);
`;
const outboxSchema = `
CREATE TABLE mail_message (id serial PRIMARY KEY, subject varchar, create_date timestamp);
CREATE TABLE mail_mail (id serial PRIMARY KEY, mail_message_id int, email_to text, state varchar, ${dates});
CREATE TABLE mail_notification (id serial PRIMARY KEY, mail_message_id int, notification_type varchar, notification_status varchar);
CREATE TABLE sms_sms (id serial PRIMARY KEY, number varchar, body text, state varchar, ${dates});
CREATE TABLE queue_job (id serial PRIMARY KEY, name varchar, state varchar);
CREATE TABLE ir_cron (id serial PRIMARY KEY, cron_name varchar, active boolean, nextcall timestamp, lastcall timestamp, interval_number int, interval_type varchar);
`;
const utcNow = "now() AT TIME ZONE 'UTC'";
const before = `${utcNow} - interval '1 hour'`;

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
  await run(schema);
});

async function run(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await cluster.query("acme", statement);
  await cluster.query("acme", "GRANT ALL ON ALL TABLES IN SCHEMA public TO odoo");
}

async function session<T>(begin: string, work: (sql: SqlReader) => Promise<T>): Promise<T> {
  const client = new Client({
    connectionString: cluster.dsn("acme", "odoo"),
    types: { getTypeParser: (oid: number) => (oid === 20 ? Number : types.getTypeParser(oid, "text")) } as never,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    // Odoo's sessions may have any time zone; its dates are in UTC all the same.
    await client.query("SET timezone TO 'Asia/Tokyo'");
    await client.query(begin);
    const result = await work({ query: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows });
    await client.query("COMMIT");
    return result;
  } finally {
    await client.end();
  }
}

const read = <T>(work: (sql: SqlReader) => Promise<T>): Promise<T> => session("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work);
const noTechnical = (model: string | null): boolean => model?.startsWith("ir.") === true;

/** Old rows, the moment, then what `statements` write. */
async function since(...statements: readonly string[]): Promise<string> {
  const at = await read(readDatabaseClock);
  await run("SELECT pg_sleep(1)", ...statements);
  return at ?? "";
}

const lossSince = (at: string): Promise<LossFacts> => read((sql) => readLoss(sql, at, noTechnical));

describe("what was written since a moment", () => {
  it("is told by the dates of the rows: created, changed, and by what kind", async () => {
    await run(
      `INSERT INTO res_partner (name, create_date, write_date) SELECT 'old ' || n, ${before}, ${before} FROM generate_series(1, 5) AS n`,
      `INSERT INTO product_template (name, create_date, write_date) VALUES ('{"en_US": "Chair"}', ${before}, ${before})`,
    );
    const at = await since(
      `INSERT INTO res_partner (name, create_date, write_date) VALUES ('Harbour Ltd', ${utcNow}, ${utcNow}), ('', ${utcNow}, ${utcNow})`,
      `UPDATE res_partner SET name = 'renamed', write_date = ${utcNow} WHERE name = 'old 3'`,
      `INSERT INTO account_move (name, move_type, create_date, write_date) VALUES ('INV/1', 'out_invoice', ${utcNow}, ${utcNow}), ('INV/2', 'out_invoice', ${utcNow}, ${utcNow}), ('BILL/1', 'in_invoice', ${utcNow}, ${utcNow})`,
      `INSERT INTO account_analytic_line (name, project_id, create_date, write_date) VALUES ('work', 1, ${utcNow}, ${utcNow}), ('rent', NULL, ${utcNow}, ${utcNow})`,
      `UPDATE product_template SET write_date = ${utcNow}`,
      `INSERT INTO a_wizard (name, create_date, write_date) VALUES ('wizard', ${utcNow}, ${utcNow})`,
      `INSERT INTO ir_logging (name, create_date, write_date) VALUES ('log', ${utcNow}, ${utcNow})`,
      `INSERT INTO unknown_table (note, create_date) VALUES ('note', ${utcNow})`,
    );
    const { counts, uncounted } = await lossSince(at);
    expect(uncounted).toEqual([]);
    expect(counts.map(({ table, kind, created, changed }) => `${table} ${kind}: ${created} created, ${changed} changed`).sort()).toEqual([
      "account_analytic_line analytic: 1 created, 0 changed",
      "account_analytic_line timesheet: 1 created, 0 changed",
      "account_move in_invoice: 1 created, 0 changed",
      "account_move out_invoice: 2 created, 0 changed",
      "product_template null: 0 created, 1 changed",
      "res_partner null: 2 created, 1 changed",
      "unknown_table null: 1 created, 0 changed",
    ]);
    const partner = counts.find(({ table }) => table === "res_partner");
    expect(partner).toMatchObject({ model: "res.partner", label: "Contact", examples: ["Harbour Ltd", "renamed"] });
    expect(counts.find(({ table }) => table === "product_template")?.examples).toEqual(["Chair"]);
    expect(counts.find(({ table }) => table === "account_move")?.label).toBe("Buchung");
    expect(counts.find(({ table }) => table === "unknown_table")).toMatchObject({ model: null, label: null, examples: [] });
  });

  it("is nothing when nobody wrote", async () => {
    await run(`INSERT INTO res_partner (name, create_date, write_date) VALUES ('old', ${before}, ${before}), ('undated', NULL, NULL)`);
    expect(await lossSince(await since())).toMatchObject({ counts: [], attachments: { files: 0, bytes: 0 }, mailsSent: 0 });
  });

  it("says which tables there was no time for", async () => {
    const { uncounted, counts } = await read((sql) => readLoss(sql, "2026-01-01T00:00:00.000Z", noTechnical, 0));
    expect(counts).toEqual([]);
    expect(uncounted).toContain("res_partner");
  });

  it("shows in PostgreSQL's counters what dates can't: deletions and links", async () => {
    await run(`INSERT INTO res_partner (name, create_date) SELECT 'p', ${before} FROM generate_series(1, 4)`, "SELECT pg_sleep(1.1)");
    const first = await read(readWriteCounters);
    await run("DELETE FROM res_partner WHERE id <= 3", "INSERT INTO partner_tag_rel VALUES (4, 1), (4, 2)");
    // The cluster's own sessions tell theirs when they end.
    const second = await read(readWriteCounters);
    expect((second["res_partner"] ?? 0) - (first["res_partner"] ?? 0)).toBe(3);
    expect(second["partner_tag_rel"]).toBe(2);
  });

  it("counts attachments with their bytes, without bundles, and mails that have left", async () => {
    await run(outboxSchema);
    const at = await since(
      `INSERT INTO ir_attachment (name, url, file_size, create_date) VALUES ('scan', NULL, 300, ${utcNow}), ('bundle', '/web/assets/x.js', 9000, ${utcNow}), ('old', NULL, 7, ${before})`,
      `INSERT INTO mail_message (subject, create_date) VALUES ('kept', ${utcNow}), ('deleted after sending', ${utcNow}), ('old', ${before})`,
      `INSERT INTO mail_mail (mail_message_id, state, write_date) VALUES (1, 'sent', ${utcNow}), (3, 'exception', ${utcNow})`,
      `INSERT INTO mail_notification (mail_message_id, notification_type, notification_status) VALUES (1, 'email', 'sent'), (2, 'email', 'sent'), (2, 'inbox', 'sent'), (3, 'email', 'sent')`,
    );
    expect(await lossSince(at)).toMatchObject({ attachments: { files: 1, bytes: 300 }, mailsSent: 2 });
  });
});

describe("the rows themselves", () => {
  const partners = { model: "res.partner", table: "res_partner", rows: 3 };

  it("come whole, created and changed, without tokens", async () => {
    await run(
      `INSERT INTO res_partner (name, create_date, write_date) VALUES ('old', ${before}, ${before}), ('changed', ${before}, ${before})`,
    );
    const at = await since(
      `INSERT INTO res_partner (name, signup_token, create_date, write_date) VALUES ('new', 'secret', ${utcNow}, ${utcNow})`,
      `UPDATE res_partner SET write_date = ${utcNow} WHERE name = 'changed'`,
    );
    const { models, leftOut } = await read((sql) => readLostRows(sql, [{ ...partners, rows: 2 }], at));
    expect(models["res.partner"]?.map((row) => row["name"])).toEqual(["changed", "new"]);
    expect(Object.keys(models["res.partner"]?.[1] ?? {})).toEqual(expect.arrayContaining(["id", "name", "create_date", "create_uid"]));
    expect(JSON.stringify(models)).not.toContain("secret");
    expect(leftOut).toEqual({});
  });

  it("are cut at a bound, which is told", async () => {
    const at = await since(`INSERT INTO res_partner (name, create_date) SELECT repeat('x', 1000), ${utcNow} FROM generate_series(1, 3)`);
    expect((await read((sql) => readLostRows(sql, [partners], at, { rows: 2, bytes: 1_000_000 }))).leftOut).toEqual({ "res.partner": 1 });
    const small = await read((sql) => readLostRows(sql, [partners], at, { rows: 10, bytes: 1_500 }));
    expect(small.models["res.partner"]).toHaveLength(1);
    expect(small.leftOut).toEqual({ "res.partner": 2 });
  });

  it("come page by page", async () => {
    const at = await since(`INSERT INTO res_partner (name, create_date) SELECT 'p' || n, ${utcNow} FROM generate_series(1, 1201) AS n`);
    const { models, leftOut } = await read((sql) => readLostRows(sql, [{ ...partners, rows: 1201 }], at));
    expect(new Set(models["res.partner"]?.map((row) => row["id"])).size).toBe(1201);
    expect(leftOut).toEqual({});
  });
});

describe("the outbox", () => {
  const fill = `
    INSERT INTO mail_message (subject) VALUES ('Invoice'), (NULL);
    INSERT INTO mail_mail (mail_message_id, email_to, state) VALUES (1, 'office@harbour.example', 'outgoing'), (2, NULL, 'outgoing'), (1, 'x', 'sent'), (1, 'y', 'exception');
    INSERT INTO sms_sms (number, body, state) VALUES ('+43 1', 'Your parcel', 'outgoing'), ('+43 2', 'sent', 'sent');
    INSERT INTO queue_job (name, state) VALUES ('push', 'pending'), ('done', 'done'), ('queued', 'enqueued');
    INSERT INTO ir_cron (cron_name, active, nextcall, lastcall, interval_number, interval_type) VALUES
      ('Due', true, ${before}, '2026-01-01 02:00:00.123456', 1, 'days'), ('Vacuum', true, ${before}, NULL, 1, 'days'), ('Later', true, ${utcNow} + interval '1 day', NULL, 1, 'days'), ('Off', false, ${before}, NULL, 1, 'days');
    INSERT INTO ir_model_data (module, name, model, res_id) VALUES ('base', 'autovacuum_job', 'ir.cron', 2);`;

  it("is empty where no module has one", async () => {
    expect(await read(readOutbox)).toEqual({ formatVersion: 1, entries: [], leftOut: 0 });
  });

  it("lists what waits or is due, and nothing that only cleans up", async () => {
    await run(outboxSchema, fill);
    const outbox = await read(readOutbox);
    expect(outbox.entries).toEqual([
      { kind: "mail", id: 1, what: "Invoice to office@harbour.example", lastRun: null },
      { kind: "mail", id: 2, what: "mail without subject", lastRun: null },
      { kind: "sms", id: 1, what: "Your parcel to +43 1", lastRun: null },
      { kind: "job", id: 1, what: "push", lastRun: null },
      { kind: "job", id: 3, what: "queued", lastRun: null },
      { kind: "cron", id: 1, what: "Due", lastRun: "2026-01-01T02:00:00.123456Z" },
    ]);
  });

  it("tells what became of each, and marks exactly the chosen ones as cancelled", async () => {
    await run(outboxSchema, fill);
    const outbox = await read(readOutbox);
    await run("DELETE FROM mail_mail WHERE id = 2", "UPDATE mail_mail SET state = 'sent' WHERE id = 1");
    const states = await read((sql) => readOutboxStates(sql, outbox));
    expect(states.map(({ kind, id, state }) => `${kind} ${id} ${state}`)).toEqual([
      "mail 1 sent",
      "mail 2 null",
      "sms 1 outgoing",
      "job 1 pending",
      "job 3 enqueued",
      "cron 1 2026-01-01T02:00:00.123456Z",
    ]);
    const repeats = outbox.entries
      .filter(({ kind, id }) => !(kind === "job" && id === 3))
      .map(({ kind, id, what }) => ({ kind, id, what }));
    // Of the five one mail has left and one is gone.
    expect(await session("BEGIN", (sql) => cancelOutbox(sql, repeats))).toBe(3);
    expect(await session("BEGIN", (sql) => cancelOutbox(sql, repeats))).toBe(0);
    const after = await cluster.query<{ state: string }>(
      "acme",
      "SELECT state FROM mail_mail WHERE id = 1 UNION ALL SELECT state FROM sms_sms WHERE id = 1 UNION ALL SELECT state FROM queue_job WHERE id IN (1, 3) UNION ALL SELECT (nextcall > now() AT TIME ZONE 'UTC' + interval '23 hours')::text FROM ir_cron WHERE id = 1",
    );
    expect(after.map((row) => row.state)).toEqual(["sent", "canceled", "cancelled", "enqueued", "true"]);
  });

  it("is read together with what was lost", async () => {
    await run(outboxSchema, fill);
    const outbox = await read(readOutbox);
    const at = await since(`INSERT INTO res_partner (name, create_date) VALUES ('new', ${utcNow})`);
    const facts = await read((sql) =>
      readReceiptFacts(sql, {
        since: at,
        outbox,
        technical: noTechnical,
        exported: (loss) => loss.counts.map(({ table, created }) => ({ model: table, table, rows: created })),
        countingMsMax: 10_000,
      }),
    );
    expect(facts.rows.models["res_partner"]).toHaveLength(1);
    expect(facts.states).toHaveLength(outbox.entries.length);
  });
});
