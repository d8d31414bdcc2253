import type { DatabaseConnection } from "../../domain/fleet/environment.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";

/** What an Odoo process is started for. `update` and `shell` end by themselves. */
export type ServerRole = "web" | "background" | "update" | "shell";

export interface ServerConfig {
  readonly role: ServerRole;
  readonly connection: Pick<DatabaseConnection, "host" | "port" | "user">;
  readonly password: string;
  /** The database this process serves; not always the environment's live name. */
  readonly database: string;
  readonly addonsPaths: readonly string[];
  readonly dataDirectory: string;
  /** What PostgreSQL shows as application_name; at most 63 bytes are kept there. */
  readonly applicationName: string;
  readonly webPort: number | null;
  readonly websocketPort: number | null;
  readonly workers: number;
  readonly cronThreads: number;
  /** Further options of the environment; those Plimsoll sets itself are refused. */
  readonly options: Readonly<Record<string, string>>;
}

/**
 * Options that Plimsoll sets itself, each with the reason. `dbfilter` is among them although it isn't written: Odoo exposes
 * exactly `db_name` when there is no filter, and a filter would make it list databases, which leaves out candidates (they are
 * templates until the swap) and databases of another owner.
 */
export const ownedOptions: Readonly<Record<string, string>> = {
  addons_path: "comes from the release and the base",
  config: "is the file that Plimsoll writes",
  data_dir: "is the environment's dataDirectory",
  db_app_name: "names the environment and generation",
  db_host: "is database.host",
  db_name: "is the generation's database",
  db_password: "is the secret that database.password refers to",
  db_port: "is database.port",
  db_user: "is database.user",
  dbfilter: "would widen what the generation's workers answer for",
  dev_mode: "reloads code under running workers",
  gevent_port: "is chosen per generation",
  http_enable: "follows from the role of the process",
  http_interface: "is the loopback; the gateway listens for users",
  http_port: "is chosen per generation",
  init: "installs modules when a server starts",
  list_db: "is off",
  log_db: "writes log lines into a tenant's database",
  log_level: "decides what gates read in the log",
  logfile: "is the supervisor's",
  max_cron_threads: "is cronThreads",
  pidfile: "isn't needed under the supervisor",
  proxy_mode: "is on behind the gateway",
  reinit: "changes the database when a server starts",
  stop_after_init: "follows from the role of the process",
  syslog: "hides the log from gates",
  test_enable: "runs tests on a tenant's database",
  test_file: "runs tests on a tenant's database",
  test_tags: "runs tests on a tenant's database",
  update: "changes the database when a server starts",
  with_demo: "is off",
  without_demo: "is on",
  workers: "is the environment's workers",
};

/** Options that only make sense while serving: an update must log everything and may take what memory and time it needs. */
const servingOnly = new Set([
  "log_handler",
  "limit_memory_hard",
  "limit_memory_soft",
  "limit_time_cpu",
  "limit_time_real",
  "limit_time_real_cron",
]);

/** The options of an environment that can't be used, one sentence each. */
export function refusedOptions(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const owned = ownedOptions[name];
    if (owned !== undefined) return [`${name} can't be set: it ${owned}.`];
    if (!/^[a-z][a-z0-9_]*$/.test(name)) return [`${JSON.stringify(name)} isn't the name of an Odoo option.`];
    if (hasControlCharacter(value)) return [`${name} contains a line break or control character.`];
    return [];
  });
}

/**
 * The text of an odoo.conf. It carries the password, so it belongs in a file of mode 0600 and nowhere else.
 *
 * @throws PlimsollError INPUT_INVALID for refused options, or values that the file format can't carry
 */
export function renderConfigFile(config: ServerConfig): string {
  const refused = refusedOptions(config.options);
  if (refused.length > 0) {
    throw new PlimsollError("INPUT_INVALID", "The environment sets Odoo options that it may not set.", {
      because: refused,
      fix: "Remove them from runtime.odoo.options.",
    });
  }
  const lines = [...ownLines(config), ...userLines(config)].map(([name, value]) => line(name, value));
  return `[options]\n${lines.join("\n")}\n`;
}

function ownLines(config: ServerConfig): [string, string][] {
  const serves = config.role === "web";
  const prefork = config.role === "background" ? 1 : serves ? config.workers : 0;
  return [
    ["db_host", config.connection.host],
    ["db_port", String(config.connection.port)],
    ["db_user", config.connection.user],
    ...(config.password === "" ? [] : [["db_password", config.password] as [string, string]]),
    ["db_name", config.database],
    ["db_app_name", config.applicationName],
    ["list_db", "False"],
    ["addons_path", config.addonsPaths.join(",")],
    ["data_dir", config.dataDirectory],
    ["http_enable", serves ? "True" : "False"],
    ["http_interface", "127.0.0.1"],
    ...(config.webPort === null ? [] : [["http_port", String(config.webPort)] as [string, string]]),
    ...(config.websocketPort === null ? [] : [["gevent_port", String(config.websocketPort)] as [string, string]]),
    ["proxy_mode", "True"],
    ["workers", String(prefork)],
    ["max_cron_threads", config.role === "background" ? String(config.cronThreads) : "0"],
    ["without_demo", "True"],
    ["log_level", "info"],
    ...(isOneShot(config.role)
      ? ([
          ["limit_memory_hard", "0"],
          ["limit_memory_soft", "0"],
        ] as [string, string][])
      : []),
  ];
}

function userLines(config: ServerConfig): [string, string][] {
  return Object.entries(config.options)
    .filter(([name]) => !(isOneShot(config.role) && servingOnly.has(name)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function isOneShot(role: ServerRole): boolean {
  return role === "update" || role === "shell";
}

function line(name: string, value: string): string {
  // Python's RawConfigParser strips values and Odoo reads the word None as nothing: such a value would arrive changed.
  const unfit =
    hasControlCharacter(value) || value !== value.trim() || value === "None" || (name === "db_password" && value.toLowerCase() === "false");
  if (unfit) {
    const what = name === "db_password" ? "The database password" : `The value of ${name}`;
    throw new PlimsollError("INPUT_INVALID", `${what} can't be written into an odoo.conf.`, {
      why: "Odoo's configuration file loses line breaks, spaces at either end, and the words None and False.",
    });
  }
  return `${name} = ${value}`;
}

function hasControlCharacter(value: string): boolean {
  return [...value].some((character) => character.charCodeAt(0) < 32 || character.charCodeAt(0) === 127);
}
