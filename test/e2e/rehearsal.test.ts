import { cp, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ChangeView, PlanView } from "../../src/http/contract/changes.ts";
import type { RehearsalView } from "../../src/http/contract/rehearsals.ts";
import type { Load } from "../parts/load.ts";
import { approvedChange, deploymentOf, type CommandResult } from "../parts/plimsoll.ts";
import { editedRelease } from "./bad-input-kit.ts";
import { smallAddons, startSmallTenant, until, type SmallTenant } from "./small-tenant.ts";

/** Where mail servers of the tenant point to: whoever connects is counted. */
interface Sink {
  readonly port: number;
  connections(): number;
  close(): void;
}

const environment = "acme-rehearsing";
let small: SmallTenant;
let load: Load;
let sink: Sink;

beforeAll(async () => {
  small = await startSmallTenant({ environment });
  sink = await startSink();
  await small.tenant.cluster.query("postgres", "ALTER SYSTEM SET log_connections = on");
  await small.tenant.cluster.query("postgres", "SELECT pg_reload_conf()");
  load = await small.load();
}, 300_000);
afterAll(async () => {
  await load?.stop();
  sink?.close();
  await small?.dispose();
});

async function startSink(): Promise<Sink> {
  const seen = { connections: 0 };
  const server: Server = createServer((socket) => {
    seen.connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  return { port: address.port, connections: () => seen.connections, close: () => server.close() };
}

/** A mail server that points to the sink, and a scheduled action that is due and connects to it anywhere but in production. */
async function makeTalkative(port: number): Promise<void> {
  const { cluster, database } = small.tenant;
  await cluster.query(
    database,
    `INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_authentication, smtp_encryption, active, sequence)
      VALUES ('sink', '127.0.0.1', ${port}, 'login', 'none', true, 1)`,
  );
  await cluster.query(
    database,
    `WITH action AS (
      INSERT INTO ir_act_server (name, type, binding_type, state, usage, model_id, code)
        SELECT '{"en_US": "Talk"}', 'ir.actions.server', 'action', 'code', 'ir_cron', id,
          'if env.cr.dbname != "acme":
    env["ir.mail_server"].search([], limit=1).test_smtp_connection()' FROM ir_model WHERE model = 'ir.cron' RETURNING id)
      INSERT INTO ir_cron (ir_actions_server_id, cron_name, user_id, active, interval_number, interval_type, nextcall, priority, failure_count)
        SELECT id, 'Talk', 1, true, 1, 'minutes', now() AT TIME ZONE 'UTC' - interval '1 hour', 1, 0 FROM action`,
  );
}

/** `odoo-acme-rehearsing-update-…` → how often, of the connections to copies since the last call. */
async function whoConnectedToCopies(): Promise<Map<string, number>> {
  const log = await serverLog();
  const names = [...log.matchAll(/connection authorized: user=\S+ database=acme_pl_\S+ application_name=(\S+)/g)].map(
    (match) => match[1] ?? "",
  );
  const counted = new Map<string, number>();
  for (const name of names) counted.set(name, (counted.get(name) ?? 0) + 1);
  return counted;
}

async function rolesThatConnectedTo(database: string): Promise<string[]> {
  const log = await serverLog();
  return [
    ...new Set(
      [...log.matchAll(new RegExp(`connection authorized: user=(\\S+) database=${database} `, "g"))].map((match) => match[1] ?? ""),
    ),
  ];
}

async function serverLog(): Promise<string> {
  const [row] = await small.tenant.cluster.query<{ data_directory: string }>("postgres", "SHOW data_directory");
  return readFile(join(dirname(row?.data_directory ?? ""), "server.log"), "utf8");
}

async function draft(release: string): Promise<string> {
  const { id } = await small.plimsoll.json<ChangeView>("change", "create", "--environment", environment, "--release", release);
  return id;
}

function rehearse(change: string, ...more: string[]): Promise<CommandResult> {
  return small.plimsoll.run("rehearse", change, ...more, "-o", "json");
}

async function passing(change: string, ...more: string[]): Promise<RehearsalView> {
  const run = await rehearse(change, ...more);
  expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0);
  return JSON.parse(run.stdout) as RehearsalView;
}

/** Does something to the schema that reading the sources doesn't tell. */
const ghost = `
    @api.model_create_multi
    def create(self, vals_list):
        self.env.cr.execute("SELECT 1 FROM information_schema.columns WHERE table_name = 'pl_note' AND column_name = 'pl_ghost'")
        if not self.env.cr.fetchone():
            self.env.cr.execute("ALTER TABLE pl_note ADD COLUMN pl_ghost integer")
        return super().create(vals_list)
`;
const note = '<record id="pl_note_ghost" model="pl.note"><field name="name">A note</field></record>';

async function makeGhost(name: string): Promise<void> {
  await editedRelease(small, name, async (module) => {
    await cp(join(smallAddons("r2-field"), "pl_small"), module, { recursive: true });
    const edit = async (file: string, change: (text: string) => string): Promise<void> =>
      writeFile(join(module, file), change(await readFile(join(module, file), "utf8")));
    await edit("__manifest__.py", (text) => text.replace("19.0.1.1.0", "19.0.1.6.0"));
    await edit("views/pl_note_views.xml", (text) => text.replace("</odoo>", `${note}</odoo>`));
    await edit("models/pl_note.py", (text) => `${text.replace("import fields", "import api, fields")}${ghost}`);
  });
}

describe("a rehearsal on a real Odoo, under load", () => {
  it("says what a change will do, speaks to nobody, and leaves nothing", async () => {
    await makeTalkative(sink.port);
    const before = await small.databases();
    const change = await draft("r2-field");
    const rehearsal = await passing(change);
    expect(rehearsal).toMatchObject({
      rehearses: change,
      verdict: "passed",
      copy: "dump",
      next: `plimsoll change plan ${change}`,
      found: { observedClass: "K3", warningsToRead: [], usersWaitedMs: null, expired: [] },
    });
    expect(rehearsal.found?.differences["columnsAdded"]).toMatchObject({ count: 1, first: ["res_partner.pl_priority_note"] });
    expect(rehearsal.found?.peakMemoryBytes).toBeGreaterThan(50_000_000);
    expect(rehearsal.found?.locks).toEqual(expect.any(Array));
    expect(await small.databases()).toEqual(before);
    const { items } = await deploymentOf(small.plimsoll, rehearsal.change);
    expect(items.every((item) => item.state === "done")).toBe(true);
    const speakers = Object.entries(rehearsal.found?.apart.speakers ?? {});
    expect(speakers.map(([name]) => name)).toContain("activeCrons");
    expect(speakers.filter(([, count]) => count !== 0)).toEqual([]);
    expect(sink.connections()).toBe(0);
    const strangers = [...(await whoConnectedToCopies()).keys()].filter(
      (name) => !/^plimsoll\/|^odoo-acme-rehearsing-(update|shell|try-d)/.test(name),
    );
    expect(strangers).toEqual([]);
    // The control of the experiment: production's scheduled action did run, and the sink counts.
    await until(
      "the scheduled action of production",
      120_000,
      () =>
        small.tenant.cluster.query<{ n: number }>(
          "acme",
          "SELECT count(*)::int AS n FROM ir_cron WHERE cron_name = 'Talk' AND lastcall IS NOT NULL",
        ),
      ([row]) => row?.n === 1,
    );
    await fetch(`http://127.0.0.1:${sink.port}`).catch(() => undefined);
    expect(sink.connections()).toBe(1);
  });

  it("fails where the change would, names the cause, and drops its copy", async () => {
    const before = await small.databases();
    const change = await draft("r3-raises");
    const run = await rehearse(change);
    expect(run.exitCode, run.stderr).toBe(7);
    const rehearsal = JSON.parse(run.stdout) as RehearsalView;
    expect(rehearsal).toMatchObject({ verdict: "failed", found: null });
    expect(rehearsal.reason).toMatch(/ValueError.*post-migrate\.py/);
    expect(await small.databases()).toEqual(before);
    const shown = await small.plimsoll.run("change", "show", change);
    expect(shown.stdout).toMatch(/Rehearsal .*failed/);
  });

  it("is refused for a release that changes nothing, with what to do instead", async () => {
    const change = await draft("r1");
    const run = await rehearse(change);
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toMatch(/nothing to rehearse/);
    const changes = await small.plimsoll.json<{ items: ChangeView[] }>("change", "list");
    expect(changes.items.find((each) => each.kind === "rehearsal")).toMatchObject({ state: "cancelled" });
  });

  it("lets users wait for a moment only when the copy is made by template", async () => {
    const rehearsal = await passing(await draft("r2-field"), "--copy", "template");
    expect(rehearsal.found?.usersWaitedMs).toBeGreaterThan(0);
    expect(load.failures()).toEqual([]);
  });

  it("keeps the environment's own role out of a copy that belongs to another one", async () => {
    const { cluster, passwordFile } = small.tenant;
    const password = (await readFile(passwordFile, "utf8")).trim();
    await cluster.createRole("rehearser", { password, createdb: true });
    const yaml = (text: string): string =>
      text.replace("  dataDirectory:", `    rehearsal: { user: rehearser, password: { fromFile: ${passwordFile} } }\n  dataDirectory:`);
    await small.plimsoll.json("apply", "-f", small.tenant.declaration(yaml));
    const rehearsal = await passing(await draft("r2-field"));
    const roles = await rolesThatConnectedTo(`acme_pl_${rehearsal.deployment.toLowerCase().replace("-", "")}`);
    expect(roles).toEqual(["rehearser"]);
    expect(rehearsal.found?.apart.role).toContain("belongs to the role rehearser");
    await small.plimsoll.json("apply", "-f", small.tenant.declaration());
  });

  it("is wanted by policy before a change begins, and then is what the change is held to", async () => {
    await small.plimsoll.json(
      "apply",
      "-f",
      small.tenant.declaration((yaml) => yaml.replace("  limits:", "  requires: [rehearsal]\n  limits:")),
    );
    const raised = await small.raise("19.0.1.5.0");
    const unrehearsed = await approvedChange(small.plimsoll, environment, raised);
    const refused = await small.plimsoll.run("change", "run", unrehearsed, "--watch");
    expect(refused.exitCode).toBe(7);
    expect(refused.stderr + refused.stdout).toContain(`plimsoll rehearse ${unrehearsed}`);

    const change = await draft(raised);
    const rehearsal = await passing(change);
    const { plan, digest, sentences } = await small.plimsoll.json<PlanView>("change", "plan", change);
    expect(plan.rehearsal?.deployment).toBe(rehearsal.deployment);
    expect(plan.predictedHoldMs).toMatchObject({
      value: rehearsal.found?.hold.value,
      basis: expect.stringContaining(rehearsal.deployment),
    });
    expect(sentences.join("\n")).toMatch(/Rehearsed as D-\d+/);
    await small.plimsoll.json("change", "approve", change, "--digest", digest);
    const run = await small.plimsoll.run("change", "run", change, "--watch");
    expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0);
    const { items, holdMs } = await deploymentOf(small.plimsoll, change);
    const rows = items.find((item) => item.id === "database-truth")?.verdict?.rows ?? [];
    expect(rows.find((row) => row.id === "differences-as-rehearsed")?.outcome).toBe("passed");
    process.stderr.write(`predicted ${plan.predictedHoldMs.value} ms, users waited ${holdMs} ms\n`);
    for (const item of items) process.stderr.write(`  ${item.id} ${item.elapsedMs}\n`);
    process.stderr.write(`${JSON.stringify(rehearsal.found?.partsMs)}\n`);
    const after = await small.plimsoll.json<ChangeView>("change", "show", rehearsal.change);
    expect(after.state).toBe("done");
  });

  it("failed no request and lost no acknowledged write in all of this", async () => {
    await load.stop();
    expect(load.failures()).toEqual([]);
    expect(await small.lost(load.acknowledged())).toEqual([]);
  });

  it("stands in for a prediction that was wrong", async () => {
    await small.plimsoll.json("apply", "-f", small.tenant.declaration());
    await makeGhost("r-ghost");
    const unrehearsed = await approvedChange(small.plimsoll, environment, "r-ghost");
    expect((await small.plimsoll.run("change", "run", unrehearsed, "--watch")).exitCode).toBe(7);
    const { outcome, reason } = await deploymentOf(small.plimsoll, unrehearsed);
    expect(outcome).toBe("old-and-intact");
    expect(reason).toMatch(/not predicted: columnsAdded: pl_note\.pl_ghost.*plimsoll rehearse C-/);

    const change = await draft("r-ghost");
    const rehearsal = await passing(change);
    const { digest } = await small.plimsoll.json<PlanView>("change", "plan", change);
    await small.plimsoll.json("change", "approve", change, "--digest", digest);
    const run = await small.plimsoll.run("change", "run", change, "--watch");
    expect(run.exitCode, `${run.stdout}\n${run.stderr}`).toBe(0);
    const { items } = await deploymentOf(small.plimsoll, change);
    const rows = items.find((item) => item.id === "database-truth")?.verdict?.rows ?? [];
    expect(rows.find((row) => row.id === "differences-as-predicted")).toMatchObject({
      outcome: "passed",
      seen: { asRehearsed: rehearsal.deployment, notPredicted: ["columnsAdded: pl_note.pl_ghost"] },
    });
  });
});
