import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { ProcessResult } from "../../app/ports/runtime-kind.ts";
import type { DatabaseMark } from "../../app/ports/tenant-database.ts";
import type { AdminSql } from "./admin-session.ts";
import { clearTarget, reapplyDatabaseSettings } from "./clone.ts";
import type { DatabaseRow, Realm } from "./database-list.ts";
import { allDatabases, unexpected } from "./database-list.ts";
import { findDumpPrograms, type DumpTools } from "./dump-tools.ts";
import { fenceDatabase } from "./fence.ts";
import { commentText } from "./mark.ts";
import { quoteIdentifier, quoteLiteral } from "../../domain/shared/sql-quoting.ts";

/** Who connects, and as what: passwords go to the programs in their environment. */
export interface DumpLogin {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly application: string;
  /** By which strays of a dead worker are found and ended. */
  readonly markers: Readonly<Record<string, string>>;
}

export interface CopyRequest {
  readonly source: string;
  readonly target: string;
  readonly mark: DatabaseMark;
  readonly from: DumpLogin;
  readonly to: DumpLogin;
  readonly signal: AbortSignal;
  readonly progress: (message: string) => void;
  /** Runs once the data is there, as the only session: statistics, without which an update on the copy would take another time than on the original. */
  readonly finish: () => Promise<void>;
}

const copyMsMax = 6 * 3_600_000;
const graceMs = 5_000;
const bytesOfNameMax = 63;
const saidMax = 20;

/**
 * `pg_dump | pg_restore` through a named pipe, so that nothing of the tenant's is written anywhere but into the copy. The copy
 * begins closed, marked, as a template and without PUBLIC's right to connect; while it is filled it takes one session.
 *
 * @param sql of the role that will own the copy
 */
export async function copyDatabaseByDump(sql: AdminSql, realm: Realm, tools: DumpTools, request: CopyRequest): Promise<DatabaseRow> {
  const { source, target, signal } = request;
  if (Buffer.byteLength(target) > bytesOfNameMax)
    throw unexpected(`The name "${target}" is longer than the ${bytesOfNameMax} bytes that PostgreSQL keeps.`, { target });
  if (target === realm.live) throw unexpected("A copy can't have the live name.", { target });
  const from = (await allDatabases(sql)).find((one) => one.name === source);
  if (from === undefined)
    throw new PlimsollError("DATABASE_MISSING", `There is no database "${source}" in the cluster.`, { facts: { database: source } });
  const [version] = await sql.query<{ major: number }>("SELECT current_setting('server_version_num')::int / 10000 AS major");
  const programs = await findDumpPrograms(tools, version?.major ?? 0, signal);
  await clearTarget(sql, realm, target);
  await createEmpty(sql, from, request);
  const made = async (): Promise<DatabaseRow> => {
    const row = (await allDatabases(sql)).find((one) => one.name === target);
    if (row === undefined) throw unexpected(`The copy "${target}" disappeared as soon as it was made.`, { target });
    return row;
  };
  const copy = await made();
  try {
    await alter(sql, target, "ALLOW_CONNECTIONS true");
    await pipe(tools, request, programs);
    await request.finish();
  } finally {
    await fenceDatabase(sql, realm, copy);
  }
  await alter(sql, target, "CONNECTION LIMIT -1");
  return made();
}

async function createEmpty(sql: AdminSql, from: DatabaseRow, { target, mark }: CopyRequest): Promise<void> {
  const [shape] = await sql.query<{ encoding: string; collate: string; ctype: string }>(
    "SELECT pg_encoding_to_char(encoding) AS encoding, datcollate AS collate, datctype AS ctype FROM pg_database WHERE oid = $1",
    [from.oid],
  );
  if (shape === undefined) throw unexpected(`Database "${from.name}" disappeared.`, { database: from.name });
  const name = quoteIdentifier(target);
  const right = `ownership of database "${target}"`;
  await sql.command(
    `CREATE DATABASE ${name} WITH TEMPLATE = template0 ENCODING = ${quoteLiteral(shape.encoding)} ${await localeOf(sql, from, shape)} IS_TEMPLATE = true ALLOW_CONNECTIONS = false CONNECTION LIMIT = 1`,
    "CREATEDB",
  );
  await sql.transaction(async () => {
    await sql.command(`COMMENT ON DATABASE ${name} IS ${quoteLiteral(commentText(mark, null))}`, right);
    await sql.command(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`, right);
    await reapplyDatabaseSettings(sql, from, target);
  });
}

/** From PostgreSQL 15 on a database's locale may be ICU's, which has clauses of its own; their columns were renamed in 17. */
async function localeOf(sql: AdminSql, from: DatabaseRow, shape: { readonly collate: string; readonly ctype: string }): Promise<string> {
  const base = `LC_COLLATE = ${quoteLiteral(shape.collate)} LC_CTYPE = ${quoteLiteral(shape.ctype)}`;
  const [row] = await sql.query<{ provider: string | null; locale: string | null }>(
    `SELECT to_jsonb(d) ->> 'datlocprovider' AS provider, coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
      FROM pg_database d WHERE oid = $1`,
    [from.oid],
  );
  const locale = row?.locale;
  if (locale === null || locale === undefined) return base;
  if (row?.provider === "i") return `${base} LOCALE_PROVIDER = icu ICU_LOCALE = ${quoteLiteral(locale)}`;
  return row?.provider === "b" ? `${base} LOCALE_PROVIDER = builtin BUILTIN_LOCALE = ${quoteLiteral(locale)}` : base;
}

/** Both run at once; whichever fails ends the other, which would wait for it for ever. */
async function pipe(tools: DumpTools, request: CopyRequest, programs: { readonly dump: string; readonly restore: string }): Promise<void> {
  const { source, target, signal, progress } = request;
  const fifo = join(tools.directory, `${target}.pipe`);
  await mkdir(tools.directory, { recursive: true, mode: 0o700 });
  await rm(fifo, { force: true });
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const said: Record<"dump" | "restore", string[]> = { dump: [], restore: [] };
  const run = async (which: "dump" | "restore", argv: readonly string[], login: DumpLogin): Promise<ProcessResult> => {
    const result = await tools.processes.run({
      argv,
      env: environmentOf(login),
      timeoutMs: copyMsMax,
      graceMs,
      signal: either,
      line: (line) => {
        const table = /processing data for table "?(?:public\.)?([^"]+)"?/.exec(line)?.[1];
        if (table !== undefined) progress(`copying ${table}`);
        if (!/: (?:creating|processing|executing|connecting|implied|reading|saving|finished|launching|setting|entering)/.test(line))
          said[which] = [...said[which], line].slice(-saidMax);
      },
    });
    if (result.exitCode !== 0) stop.abort();
    return result;
  };
  try {
    const made = await tools.processes.run({
      argv: ["mkfifo", "-m", "600", fifo],
      env: { PATH: "/usr/bin:/bin" },
      timeoutMs: graceMs,
      graceMs,
      signal,
    });
    signal.throwIfAborted();
    if (made.exitCode !== 0) throw unexpected(`The pipe ${fifo} couldn't be made.`, { exitCode: made.exitCode });
    const into = `dbname='${target.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    const [dumped, restored] = await Promise.all([
      run("dump", [programs.dump, "-Fc", "-Z0", "--no-sync", "--no-owner", "--no-privileges", "-f", fifo], {
        ...request.from,
        markers: { ...request.from.markers, PGDATABASE: source },
      }),
      // Without a stated format it would look at the beginning first, and then open the pipe a second time.
      run(
        "restore",
        [programs.restore, "-Fc", "--no-owner", "--no-privileges", "--exit-on-error", "--verbose", "-d", into, fifo],
        request.to,
      ),
    ]);
    signal.throwIfAborted();
    if (dumped.exitCode === 0 && restored.exitCode === 0) return;
    throw copyFailed(request, [...said.dump.filter((line) => !endedByOther.test(line)), ...said.restore, ...said.dump]);
  } finally {
    await rm(fifo, { force: true });
  }
}

function environmentOf(login: DumpLogin): Record<string, string> {
  return {
    PATH: "/usr/bin:/bin",
    LC_ALL: "C",
    PGHOST: login.host,
    PGPORT: String(login.port),
    PGUSER: login.user,
    PGPASSWORD: login.password,
    PGAPPNAME: login.application,
    ...login.markers,
  };
}

/**
 * What pg_dump says when it is ended, or when nobody reads its pipe any more. Anything else that it says is the cause: a restore
 * whose input ends too early may well be seen to end first.
 */
const endedByOther = /terminated by user|could not write|broken pipe/i;

/** @param said the likeliest cause first */
function copyFailed({ source }: CopyRequest, said: readonly string[]): PlimsollError {
  const because = [...new Set(said.filter((line) => /error|fatal|denied/i.test(line)))];
  const message = `The copy of ${source} couldn't be made${because[0] === undefined ? "" : `: ${because[0]}`}.`;
  return new PlimsollError("STATE_UNEXPECTED", message, {
    why: "pg_dump or pg_restore ended before it was done; the live database was only read.",
    fix: "See what they said; a role that may not read every table, or an extension that only a superuser may create, are the usual reasons.",
    because,
  });
}

async function alter(sql: AdminSql, name: string, what: string): Promise<void> {
  await sql.command(`ALTER DATABASE ${quoteIdentifier(name)} WITH ${what}`, `ownership of database "${name}"`);
}
