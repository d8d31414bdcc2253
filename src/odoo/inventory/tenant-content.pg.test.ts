import { Client, types } from "pg";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startCluster, type Cluster } from "../../../test/parts/cluster.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import type { TenantContent } from "../../domain/fleet/tenant-content.ts";
import { readTenantContent, type ContentBounds } from "./tenant-content.ts";

const schema = `
CREATE TABLE ir_module_module (id serial PRIMARY KEY, name text);
CREATE TABLE ir_model_data (id serial PRIMARY KEY, module text, name text, model text, res_id int);
CREATE TABLE ir_ui_view (id serial PRIMARY KEY, name text, key text, model text, type text, mode text, inherit_id int, priority int, active boolean,
  arch_db jsonb, arch_updated boolean, write_uid int);
CREATE TABLE res_groups (id serial PRIMARY KEY, write_uid int);
CREATE TABLE ir_act_window (id serial PRIMARY KEY, write_uid int);
CREATE TABLE odd (id serial PRIMARY KEY);
INSERT INTO ir_module_module (name) VALUES ('a');
INSERT INTO ir_ui_view (name, key, model, type, mode, priority, active, arch_db, arch_updated, write_uid) VALUES
  ('form', 'a.form', 'x', 'form', 'primary', 16, true, '{"en_US": "<form/>", "nl_BE": "<form string=\\"\\"/>"}', true, 2);
INSERT INTO ir_ui_view (name, model, type, mode, inherit_id, priority, active, arch_db) VALUES ('mine', 'x', 'form', 'extension', 1, 20, true, '{"nl_BE": "<data/>"}');
INSERT INTO res_groups (write_uid) VALUES (1), (2), (NULL), (6);
INSERT INTO ir_act_window (write_uid) VALUES (2);
INSERT INTO odd DEFAULT VALUES;
INSERT INTO ir_model_data (module, name, model, res_id) VALUES ('__export__', 'form', 'ir.ui.view', 1), ('a', 'form', 'ir.ui.view', 1),
  ('a', 'root', 'res.groups', 1), ('a', 'admin', 'res.groups', 2), ('a', 'sql', 'res.groups', 3), ('__import__', 'user', 'res.groups', 4), ('a', 'gone', 'res.groups', 9),
  ('a', 'action', 'ir.actions.act_window', 1), ('a', 'odd', 'x.odd', 1), ('a', 'lost', 'x.odd', 2), ('a', 'nowhere', 'x.none', 1), ('a', 'empty', 'res.groups', NULL);
`;

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());
beforeEach(async () => {
  await cluster.query("postgres", "DROP DATABASE IF EXISTS acme");
  await cluster.query("postgres", "CREATE DATABASE acme");
  await cluster.query("acme", schema);
});

async function read(bounds?: ContentBounds): Promise<{ content: TenantContent; timeout: unknown }> {
  const client = new Client({
    connectionString: cluster.dsn("acme"),
    types: { getTypeParser: (oid: number) => (oid === 20 ? Number : types.getTypeParser(oid, "text")) } as never,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    const sql: SqlReader = { query: async (text, parameters = []) => (await client.query(text, [...parameters])).rows };
    const content = await readTenantContent(sql, new Map([["x.odd", "odd"]]), bounds);
    return { content, timeout: (await sql.query("SELECT current_setting('statement_timeout') AS ms"))[0] };
  } finally {
    await client.end();
  }
}

it("reads views with their arch, their owner and whether they were edited", async () => {
  const { content } = await read();
  expect(content.views).toEqual([
    {
      id: 1,
      xmlid: "a.form",
      key: "a.form",
      name: "form",
      model: "x",
      type: "form",
      mode: "primary",
      inheritId: null,
      priority: 16,
      active: true,
      arch: "<form/>",
      edited: true,
    },
    expect.objectContaining({ id: 2, xmlid: null, mode: "extension", inheritId: 1, arch: "<data/>", edited: false }),
  ]);
});

it("finds what people wrote and what is gone, in tables of any name, and leaves people's own xmlids alone", async () => {
  const { content, timeout } = await read();
  expect(content.editedRecords).toEqual(["a.action", "a.admin"]);
  expect(content.missingRecords).toEqual(["a.gone", "a.lost"]);
  expect(content.unread).toBeUndefined();
  expect(timeout).toEqual({ ms: "0" });
});

it("says what it had no time or room for", async () => {
  expect((await read({ timeMs: 0, archBytes: 1000 })).content).toEqual({
    views: [],
    editedRecords: [],
    missingRecords: [],
    unread: ["*", "ir.ui.view"],
  });
  const { content } = await read({ timeMs: 5000, archBytes: 10 });
  expect(content.views.map(({ id }) => id)).toEqual([1]);
  expect(content.unread).toEqual(["ir.ui.view"]);
});

it("doesn't wait for a locked table beyond its time, and the transaction goes on", async () => {
  const client = new Client({ connectionString: cluster.dsn("acme") });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await client.query("BEGIN; LOCK TABLE res_groups");
    const { content, timeout } = await read({ timeMs: 500, archBytes: 1000 });
    expect(content.unread).toContain("res.groups");
    expect(content.views).toHaveLength(2);
    expect(timeout).toEqual({ ms: "0" });
  } finally {
    await client.end();
  }
});
