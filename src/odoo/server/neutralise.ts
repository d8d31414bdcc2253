import type { NeutraliseScript } from "../../app/ports/odoo-runtime.ts";
import type { SqlReader } from "../../app/ports/tenant-database.ts";

/** What could still speak to the world from a copy; each must be 0. null: it could not be counted. */
export interface Speakers {
  readonly activeCrons: number | null;
  readonly mailServers: number | null;
  readonly fetchmailServers: number | null;
  readonly paymentProviders: number | null;
  readonly webhooks: number | null;
  readonly waitingMessages: number | null;
  readonly waitingJobs: number | null;
}

/** What was done to a copy before anything else could connect to it. */
export interface Neutralisation {
  /** Modules whose own script ran. */
  readonly scripts: readonly string[];
  readonly failedScripts: readonly Failed[];
  /** Installed modules without code: what they would have neutralised is unknown. */
  readonly withoutCode: readonly string[];
  /** Ids of our own measures that applied to this database. */
  readonly measures: readonly string[];
  readonly failedMeasures: readonly Failed[];
  readonly speakers: Speakers;
}

interface Failed {
  /** The module, or the id of a measure. */
  readonly name: string;
  readonly error: string;
}

const errorCharsMax = 500;

/** A mail server to a name that nothing answers to: without any active one Odoo falls back to the one of its configuration file. */
const nowhere = "invalid";

interface Measure {
  readonly id: string;
  /** It applies when all of these tables are there. */
  readonly tables: readonly string[];
  readonly sql: string;
}

/**
 * What the modules' own scripts leave open: Odoo's keep the autovacuum running, the credentials of production valid and
 * queues waiting, and modules of others often have no script at all.
 */
const measures: readonly Measure[] = [
  { id: "crons", tables: ["ir_cron"], sql: "UPDATE ir_cron SET active = false WHERE active" },
  { id: "cron-triggers", tables: ["ir_cron_trigger"], sql: "DELETE FROM ir_cron_trigger" },
  {
    id: "mail-servers",
    tables: ["ir_mail_server"],
    sql: `UPDATE ir_mail_server SET active = false WHERE active AND smtp_host IS DISTINCT FROM '${nowhere}'`,
  },
  { id: "fetchmail-servers", tables: ["fetchmail_server"], sql: "UPDATE fetchmail_server SET active = false WHERE active" },
  {
    id: "payment-providers",
    tables: ["payment_provider"],
    sql: "UPDATE payment_provider SET state = 'disabled' WHERE state <> 'disabled'",
  },
  {
    id: "webhooks",
    tables: ["ir_act_server"],
    sql: "UPDATE ir_act_server SET webhook_url = NULL WHERE state = 'webhook' AND webhook_url IS NOT NULL",
  },
  { id: "waiting-mails", tables: ["mail_mail"], sql: "UPDATE mail_mail SET state = 'cancel' WHERE state = 'outgoing'" },
  { id: "waiting-texts", tables: ["sms_sms"], sql: "UPDATE sms_sms SET state = 'canceled' WHERE state IN ('outgoing', 'process')" },
  {
    id: "queue-jobs",
    tables: ["queue_job"],
    sql: "UPDATE queue_job SET state = 'cancelled' WHERE state IN ('wait_dependencies', 'pending', 'enqueued', 'started')",
  },
  { id: "push-devices", tables: ["mail_push_device"], sql: "DELETE FROM mail_push_device" },
  {
    id: "push-keys",
    tables: ["ir_config_parameter"],
    sql: "DELETE FROM ir_config_parameter WHERE key IN ('mail.web_push_vapid_private_key', 'mail.web_push_vapid_public_key', 'mail.sfu_server_key')",
  },
  { id: "iap-tokens", tables: ["iap_account"], sql: "UPDATE iap_account SET account_token = 'none' || id || '+disabled'" },
  { id: "api-keys", tables: ["res_users_apikeys"], sql: "DELETE FROM res_users_apikeys" },
  {
    id: "identity",
    tables: ["ir_config_parameter"],
    // Cookies and signed links of production must not open this copy, and nobody may take it for production.
    sql: "UPDATE ir_config_parameter SET value = gen_random_uuid()::text WHERE key IN ('database.secret', 'database.uuid')",
  },
];

/**
 * Makes a copy harmless, on the one session that may enter it: the scripts of its installed modules as Odoo would run them, then
 * measures of our own, then a count of what could still speak. A script that fails is taken back alone, and named.
 */
export async function neutralise(
  sql: SqlReader,
  scripts: readonly NeutraliseScript[],
  withoutCode: readonly string[],
): Promise<Neutralisation> {
  const failedScripts: Failed[] = [];
  for (const { module, sql: text } of scripts) await attempt(sql, module, text, failedScripts);
  const there = await tablesOf(sql);
  const applied = measures.filter((measure) => measure.tables.every((table) => there.has(table)));
  const failedMeasures: Failed[] = [];
  for (const { id, sql: text } of applied) await attempt(sql, id, text, failedMeasures);
  return {
    scripts: scripts.map(({ module }) => module).filter((module) => !failedScripts.some((failed) => failed.name === module)),
    failedScripts,
    withoutCode: [...withoutCode].sort(),
    measures: applied.map(({ id }) => id).filter((id) => !failedMeasures.some((failed) => failed.name === id)),
    failedMeasures,
    speakers: await countSpeakers(sql, there),
  };
}

/** Why a copy may not be entered yet, one sentence each; empty: it is harmless. */
export function dangersOf(done: Neutralisation): string[] {
  const uncounted = Object.entries(done.speakers).filter(([, count]) => count === null);
  const speaking = Object.entries(done.speakers).filter(([, count]) => count !== null && count !== 0);
  return [
    ...done.failedScripts.map(({ name, error }) => `The script of ${name} failed: ${error}`),
    ...done.failedMeasures.map(({ name, error }) => `The measure ${name} failed: ${error}`),
    ...(done.withoutCode.length === 0
      ? []
      : [`What these modules would have stopped is unknown, they have no code: ${done.withoutCode.join(", ")}.`]),
    ...speaking.map(([name, count]) => `${speakerNames[name as keyof Speakers]}: ${count}, expected 0.`),
    ...(uncounted.length === 0
      ? []
      : [`These could not be counted: ${uncounted.map(([name]) => speakerNames[name as keyof Speakers].toLowerCase()).join(", ")}.`]),
  ];
}

const speakerNames: Readonly<Record<keyof Speakers, string>> = {
  activeCrons: "Active scheduled actions",
  mailServers: "Outgoing mail servers",
  fetchmailServers: "Incoming mail servers",
  paymentProviders: "Payment providers",
  webhooks: "Webhooks",
  waitingMessages: "Messages that wait to be sent",
  waitingJobs: "Queue jobs that wait",
};

async function attempt(sql: SqlReader, name: string, text: string, failed: Failed[]): Promise<void> {
  const error = await attempted(sql, () => sql.query(text));
  if (error !== null) failed.push({ name, error: error.message.slice(0, errorCharsMax) });
}

/** Runs something in a savepoint. @returns what PostgreSQL refused it with; null when it didn't */
async function attempted(sql: SqlReader, work: () => Promise<unknown>): Promise<Error | null> {
  await sql.query("SAVEPOINT neutralise");
  let refused: Error | null = null;
  try {
    await work();
  } catch (error) {
    // Only what PostgreSQL answered is a fault of the statement; anything else ends the edit.
    if (!(error instanceof Error) || !("severity" in error)) throw error;
    refused = error;
    await sql.query("ROLLBACK TO SAVEPOINT neutralise");
  }
  await sql.query("RELEASE SAVEPOINT neutralise");
  return refused;
}

const countedTables = [
  "ir_cron",
  "ir_mail_server",
  "fetchmail_server",
  "payment_provider",
  "ir_act_server",
  "mail_mail",
  "sms_sms",
  "queue_job",
] as const;

async function tablesOf(sql: SqlReader): Promise<ReadonlySet<string>> {
  const wanted = [...new Set([...countedTables, ...measures.flatMap((measure) => measure.tables)])];
  const rows = await sql.query<{ name: string }>(
    "SELECT relname::text AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema::regnamespace AND relname = ANY($1)",
    [wanted],
  );
  return new Set(rows.map((row) => row.name));
}

async function countSpeakers(sql: SqlReader, there: ReadonlySet<string>): Promise<Speakers> {
  // Of base: not there means that nothing was read, which is no zero.
  const base = there.has("ir_cron") && there.has("ir_mail_server") && there.has("ir_act_server");
  const count = async (table: (typeof countedTables)[number], condition: string): Promise<number | null> => {
    if (!there.has(table)) return base ? 0 : null;
    let n: number | null = null;
    await attempted(sql, async () => {
      n = (await sql.query<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE ${condition}`))[0]?.n ?? null;
    });
    return n;
  };
  const mails = await count("mail_mail", "state = 'outgoing'");
  const texts = await count("sms_sms", "state IN ('outgoing', 'process')");
  return {
    activeCrons: await count("ir_cron", "active"),
    mailServers: await count("ir_mail_server", `active AND smtp_host IS DISTINCT FROM '${nowhere}'`),
    fetchmailServers: await count("fetchmail_server", "active"),
    paymentProviders: await count("payment_provider", "state <> 'disabled'"),
    webhooks: await count("ir_act_server", "state = 'webhook' AND webhook_url IS NOT NULL AND webhook_url NOT LIKE 'neutralization%'"),
    waitingMessages: mails === null || texts === null ? null : mails + texts,
    waitingJobs: await count("queue_job", "state IN ('wait_dependencies', 'pending', 'enqueued', 'started')"),
  };
}
