import { describe, expect, it } from "vitest";
import type { SqlReader } from "../../app/ports/tenant-database.ts";
import { dangersOf, neutralise, type Neutralisation } from "./neutralise.ts";

const base = ["ir_cron", "ir_mail_server", "ir_act_server", "ir_config_parameter"];

/** A database as far as neutralising can tell: which tables it has, what fails, what counts give. */
function database(of: { tables?: readonly string[]; fails?: RegExp; counts?: Readonly<Record<string, number>>; breaks?: RegExp } = {}): {
  readonly sql: SqlReader;
  readonly ran: string[];
} {
  const ran: string[] = [];
  const query = async (text: string): Promise<Record<string, unknown>[]> => {
    ran.push(text);
    if (of.breaks?.test(text) === true) throw new Error("Connection terminated unexpectedly");
    if (of.fails?.test(text) === true) throw Object.assign(new Error('column "x" does not exist'), { severity: "ERROR", code: "42703" });
    if (text.includes("relname = ANY")) return (of.tables ?? base).map((name) => ({ name }));
    const table = /SELECT count\(\*\) AS n FROM (\w+)/.exec(text)?.[1];
    return table === undefined ? [] : [{ n: of.counts?.[table] ?? 0 }];
  };
  return { sql: { query: query as SqlReader["query"] }, ran };
}

const scripts = [
  { module: "base", sql: "UPDATE of_base" },
  { module: "acme", sql: "UPDATE of_acme" },
];

describe("neutralise", () => {
  it("runs the modules' scripts in order, then its own measures for the tables that are there, then counts", async () => {
    const { sql, ran } = database({ tables: [...base, "queue_job"] });
    const done = await neutralise(sql, scripts, []);
    expect(done.scripts).toEqual(["base", "acme"]);
    expect(done.measures).toEqual(expect.arrayContaining(["crons", "mail-servers", "webhooks", "queue-jobs", "identity"]));
    expect(done.measures).not.toContain("payment-providers");
    expect(dangersOf(done)).toEqual([]);
    const acts = ran.filter((text) => /^(UPDATE|DELETE)/.test(text));
    expect(acts.slice(0, 3)).toEqual(["UPDATE of_base", "UPDATE of_acme", "UPDATE ir_cron SET active = false WHERE active"]);
    expect(ran.findIndex((text) => text.includes("FROM ir_cron WHERE active"))).toBeGreaterThan(ran.indexOf(acts.at(-1) ?? ""));
  });

  it("takes a script that fails back alone, names it, and goes on", async () => {
    const { sql, ran } = database({ fails: /of_base/ });
    const done = await neutralise(sql, scripts, []);
    expect(done.scripts).toEqual(["acme"]);
    expect(dangersOf(done)).toEqual(['The script of base failed: column "x" does not exist']);
    const at = ran.indexOf("UPDATE of_base");
    expect(ran.slice(at - 1, at + 3)).toEqual([
      "SAVEPOINT neutralise",
      "UPDATE of_base",
      "ROLLBACK TO SAVEPOINT neutralise",
      "RELEASE SAVEPOINT neutralise",
    ]);
  });

  it.each<[string, Parameters<typeof database>[0], RegExp]>([
    ["a measure of ours fails", { fails: /UPDATE ir_mail_server/ }, /The measure mail-servers failed/],
    ["a scheduled action is still active", { counts: { ir_cron: 2 } }, /Active scheduled actions: 2, expected 0/],
    ["a mail server is still active", { counts: { ir_mail_server: 1 } }, /Outgoing mail servers: 1/],
    ["jobs of a queue still wait", { tables: [...base, "queue_job"], counts: { queue_job: 3 } }, /Queue jobs that wait: 3/],
    ["texts still wait", { tables: [...base, "sms_sms"], counts: { sms_sms: 4 } }, /Messages that wait to be sent: 4/],
    ["a count fails", { fails: /count\(\*\) AS n FROM ir_cron/ }, /could not be counted: active scheduled actions/],
    ["nothing of base was read", { tables: [] }, /could not be counted: .*mail servers/],
  ])("is no pass when %s", async (_what, of, danger) => {
    expect(dangersOf(await neutralise(database(of).sql, scripts, [])).join("\n")).toMatch(danger);
  });

  it("takes modules without code for unknown, not for harmless", async () => {
    const done: Neutralisation = await neutralise(database().sql, scripts, ["zeta", "alpha"]);
    expect(done.withoutCode).toEqual(["alpha", "zeta"]);
    expect(dangersOf(done).join("\n")).toMatch(/unknown, they have no code: alpha, zeta/);
  });

  it("ends when the session is lost: that is no fault of a script", async () => {
    await expect(neutralise(database({ breaks: /of_acme/ }).sql, scripts, [])).rejects.toThrow("Connection terminated");
  });
});
