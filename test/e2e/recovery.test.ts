import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LossView } from "../../src/http/contract/losses.ts";
import type { LossExport } from "../../src/domain/recovery/loss-receipt.ts";
import type { EnvironmentDetail } from "../../src/http/contract/environments.ts";
import { giveApiKeys } from "../parts/api-keys.ts";
import type { Load } from "../parts/load.ts";
import { approvedChange, deploymentOf } from "../parts/plimsoll.ts";
import { startSmallTenant, until, type SmallTenant } from "./small-tenant.ts";

/*
 * A person takes users back after a release was verified, while they go on writing. Odoo, PostgreSQL, gateway and processes
 * are real; the small tenant has no mail, so the queue of outgoing mails is made by hand, with Odoo's columns.
 */

const outgoing = `
  CREATE TABLE mail_message (id serial PRIMARY KEY, subject varchar, create_date timestamp);
  CREATE TABLE mail_mail (id serial PRIMARY KEY, mail_message_id int, email_to text, state varchar, write_date timestamp);
  INSERT INTO mail_message (subject) VALUES ('Invoice INV/2026/0012'), ('Reminder');
  INSERT INTO mail_mail (mail_message_id, email_to, state) VALUES (1, 'office@harbour.example', 'outgoing'), (2, 'desk@harbour.example', 'outgoing');
  ALTER TABLE mail_message OWNER TO odoo;
  ALTER TABLE mail_mail OWNER TO odoo;`;

let small: SmallTenant;
let load: Load;
let key: string;
let change: string;
let originalOid: number | null;
const kept: { id: number; content: string; file: string }[] = [];

beforeAll(async () => {
  small = await startSmallTenant({ limits: { soak: "2s" } });
  for (const statement of outgoing.split(";").slice(0, -1)) await small.tenant.cluster.query("acme", statement);
  await small.tenant.cluster.query("acme", "ALTER TABLE mail_mail OWNER TO odoo");
  [key = ""] = await giveApiKeys(small.tenant.cluster, "acme", "admin");
  for (const text of ["a contract", "a photograph"]) await attach(text);
  load = await small.load();
}, 300_000);
afterAll(async () => {
  await load?.stop();
  await small?.dispose();
});

async function odoo<T>(model: string, method: string, body: object): Promise<T> {
  const response = await fetch(`${small.tenant.gatewayUrl}/json/2/${model}/${method}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", "x-odoo-database": "acme" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${model}.${method}: ${response.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}

async function attach(text: string): Promise<void> {
  const content = Buffer.from(`${text} ${"x".repeat(50_000)}`).toString("base64");
  const [id = 0] = await odoo<number[]>("ir.attachment", "create", { vals_list: [{ name: text, datas: content }] });
  const [row] = await small.tenant.cluster.query<{ file: string }>("acme", "SELECT store_fname AS file FROM ir_attachment WHERE id = $1", [
    id,
  ]);
  kept.push({ id, content, file: join(small.tenant.dataDirectory, "filestore", "acme", row?.file ?? "") });
}

/** One user who writes now and then, from before a recovery until after it: what is written meanwhile stays within what may be lost more. */
function slowWriter(): { readonly acknowledged: string[]; readonly failures: string[]; stop(): Promise<void> } {
  const state = { stopped: false, acknowledged: [] as string[], failures: [] as string[] };
  const loop = (async () => {
    for (let turn = 0; !state.stopped && turn < writesMax; turn++) {
      const token = `slow-${turn}-${Math.random().toString(36).slice(2, 10)}`;
      await odoo("pl.note", "create", { vals_list: [{ name: token }] }).then(
        () => state.acknowledged.push(token),
        (error: unknown) => state.failures.push(String(error)),
      );
      await new Promise((resolve) => setTimeout(resolve, 1_500));
    }
  })();
  return {
    acknowledged: state.acknowledged,
    failures: state.failures,
    async stop() {
      state.stopped = true;
      await loop;
    },
  };
}

const writesMax = 9;

async function noteNames(database = "acme"): Promise<readonly string[]> {
  return (await small.tenant.cluster.query<{ name: string }>(database, "SELECT name FROM pl_note ORDER BY id")).map(({ name }) => name);
}

async function refusal(...args: string[]): Promise<{ readonly exitCode: number | null; readonly code: string; readonly text: string }> {
  const result = await small.plimsoll.run(...args);
  expect(result.exitCode, result.stdout).not.toBe(0);
  const text = `${result.stdout}${result.stderr}`;
  return { exitCode: result.exitCode, code: /[A-Z]+(_[A-Z]+)+/.exec(text)?.[0] ?? "", text };
}

const receipt = (...more: string[]): Promise<LossView> => small.plimsoll.json<LossView>("change", "receipt", change, ...more);
const tree = (): string => join(small.tenant.directory, "lost.json");

describe("a recovery by a person, on a real Odoo under load", () => {
  let agreed: LossView;

  it("begins on a new and verified release, on which users and Odoo's vacuum have worked", async () => {
    originalOid = (await small.databases()).liveOid;
    change = await approvedChange(small.plimsoll, "acme-production", "r2-field");
    const early = await refusal("change", "receipt", change);
    expect(early.text).toMatch(/has not run/);
    const run = await small.plimsoll.run("change", "run", change, "--watch");
    expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0);
    expect(await deploymentOf(small.plimsoll, change)).toMatchObject({ outcome: "new-and-verified", state: "settling" });

    // Two attachments from before go, and the new release's vacuum removes their files.
    await odoo("ir.attachment", "unlink", { ids: kept.map(({ id }) => id) });
    const [vacuum] = await small.tenant.cluster.query<{ id: number }>(
      "acme",
      "SELECT res_id AS id FROM ir_model_data WHERE module = 'base' AND name = 'autovacuum_job'",
    );
    for (const { file } of kept)
      await until(
        `${file} is vacuumed`,
        60_000,
        async () => {
          await odoo("ir.cron", "method_direct_trigger", { ids: [vacuum?.id] }).catch(() => undefined);
          return stat(file).then(
            () => true,
            () => false,
          );
        },
        (there) => !there,
      );
    await small.tenant.cluster.query("acme", "UPDATE mail_mail SET state = 'sent', write_date = now() AT TIME ZONE 'UTC' WHERE id = 1");
    await attach("made on the new release");
  });

  it("says first what would be lost, in business words, with what would be sent twice", async () => {
    agreed = await receipt("--export", tree());
    expect(agreed).toMatchObject({ when: "now", environment: "acme-production" });
    const notes = agreed.receipt?.lines.find((line) => line.model === "pl.note");
    expect(notes?.created).toBeGreaterThan(0);
    expect(notes?.words).toBe(`${notes?.created} × note about a partner`);
    expect(agreed.receipt?.attachments.files).toBeGreaterThanOrEqual(1);
    expect(agreed.receipt?.repeats).toContainEqual({ kind: "mail", id: 1, what: "Invoice INV/2026/0012 to office@harbour.example" });
    expect(agreed.receipt?.repeats.map(({ kind, id }) => `${kind} ${id}`)).not.toContain("mail 2");
    expect(agreed.receipt?.otherWrites).toBeGreaterThan(0);
    const rows = JSON.parse(await readFile(tree(), "utf8")) as LossExport;
    expect(rows.models["pl.note"]).toHaveLength(notes?.created ?? -1);
    expect(rows.models["ir.attachment"]?.map((row) => row["name"])).toContain("made on the new release");
    expect(((await stat(tree())).mode & 0o077).toString(8)).toBe("0");
    const printed = await small.plimsoll.run("change", "receipt", change);
    expect(printed.stdout).toMatch(/note about a partner[\s\S]*would leave a second time[\s\S]*sha256:/);
  });

  it("is refused without a receipt, and with one of something else", async () => {
    expect((await refusal("change", "recover", change, "--reason", "test")).code).toBe("NOT_APPROVED");
    const other = `sha256:${"0".repeat(64)}`;
    expect((await refusal("change", "recover", change, "--reason", "test", "--receipt", other)).text).toMatch(/NOT_FOUND|not in the store/);
    expect((await small.databases()).liveOid).not.toBe(originalOid);
  });

  it("gives the old database its place again, with the old code, and loses nothing that isn't in the export", async () => {
    await load.stop();
    agreed = await receipt();
    const writer = slowWriter();
    const run = await small.plimsoll.run(
      "change",
      "recover",
      change,
      "--reason",
      "orders are wrong",
      "--receipt",
      agreed.digest ?? "",
      "--watch",
    );
    await writer.stop();
    const deployment = await deploymentOf(small.plimsoll, change);
    expect(deployment, `${run.stdout}\n${run.stderr}`).toMatchObject({ outcome: "recovered", state: "recovered" });
    const now = await small.databases();
    expect(now.liveOid).toBe(originalOid);
    const columns = await small.tenant.cluster.query(
      "acme",
      "SELECT 1 FROM information_schema.columns WHERE table_name = 'res_partner' AND column_name = 'pl_priority_note'",
    );
    expect(columns).toEqual([]);
    const fields = await odoo<Record<string, unknown>>("res.partner", "fields_get", { attributes: ["type"] });
    expect(Object.keys(fields)).toContain("pl_rating");
    expect(Object.keys(fields)).not.toContain("pl_priority_note");

    const recorded = await receipt("--export", tree());
    expect(recorded.when).toBe("recorded");
    const rows = JSON.parse(await readFile(tree(), "utf8")) as LossExport;
    const exported = (rows.models["pl.note"] ?? []).map((row) => JSON.stringify(row["name"]).slice(1, -1));
    const live = await noteNames();
    const line = recorded.receipt?.lines.find(({ model }) => model === "pl.note");
    expect(line?.created).toBe(exported.length);
    const seen = [...live, ...exported];
    const acknowledged = [...load.acknowledged(), ...writer.acknowledged];
    const notOnce = acknowledged.filter((token) => seen.filter((name) => name === token).length !== 1);
    expect(notOnce).toEqual([]);
    expect(load.acknowledged().length).toBeGreaterThan(20);
    expect([...load.failures(), ...writer.failures]).toEqual([]);
    expect(writer.acknowledged.length).toBeGreaterThan(1);
    expect(recorded.receipt?.repeats).toEqual(expect.arrayContaining(agreed.receipt?.repeats.map((each) => each) ?? []));
  });

  it("has every attachment of before again, byte for byte, through Odoo", async () => {
    for (const { id, content } of kept.slice(0, 2)) {
      const [read] = await odoo<{ datas: string }[]>("ir.attachment", "read", { ids: [id], fields: ["datas"] });
      expect(read?.datas === content, `attachment ${id}`).toBe(true);
    }
  });

  it("isn't taken back in its turn", async () => {
    expect((await refusal("change", "recover", change, "--reason", "again", "--receipt", agreed.digest ?? "")).text).toMatch(
      /was recovered/,
    );
  });

  it("holds the environment, with background work stopped, until a person has settled what would be sent twice", async () => {
    const next = await approvedChange(small.plimsoll, "acme-production", "r2-field");
    expect((await refusal("change", "run", next)).code).toBe("ENVIRONMENT_HELD");
    const background = async (): Promise<unknown> => {
      const shown = await small.plimsoll.json<EnvironmentDetail>("environment", "show", "acme-production");
      return JSON.stringify(shown.now.runtime);
    };
    expect(await background()).not.toMatch(/"background":"running"/);
    const unsettled = await refusal("environment", "lift-hold", "acme-production", "--reason", "looked at it");
    expect(unsettled).toMatchObject({ exitCode: 3, code: "OUTBOX_UNSETTLED" });
    expect(unsettled.text).toContain("office@harbour.example");
    await small.plimsoll.json("environment", "lift-hold", "acme-production", "--reason", "looked at it", "--outbox", "cancel");
    const mails = await small.tenant.cluster.query<{ state: string }>("acme", "SELECT state FROM mail_mail ORDER BY id");
    expect(mails.map(({ state }) => state)).toEqual(["cancel", "outgoing"]);
    await until("background work runs", 60_000, background, (seen) => /"background":"running"/.test(String(seen)));
  });

  it("lets the next change run", async () => {
    const version = await small.raise("19.0.1.3.0");
    const next = await approvedChange(small.plimsoll, "acme-production", version);
    const run = await small.plimsoll.run("change", "run", next, "--watch");
    expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0);
  });
});
