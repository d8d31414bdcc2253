import type { ExpectedScript } from "../../domain/impact/impact.ts";

export type LogLevel = "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";

/** One record of an Odoo log. Format: odoo/netsvc.py, `%(asctime)s %(pid)s %(levelname)s %(dbname)s %(name)s: %(message)s`. */
export interface LogRecord {
  /** As it stands there, in the server's time: `2026-01-31 10:15:00,123`. */
  readonly at: string;
  readonly pid: number;
  readonly level: LogLevel;
  /** null where the log says `?`: no database yet. */
  readonly database: string | null;
  readonly logger: string;
  readonly message: string;
  /** Lines that followed without a head of their own: tracebacks, messages of several lines. */
  readonly more: readonly string[];
  /** Position in the log, from 1. */
  readonly line: number;
}

export interface OdooLog {
  readonly records: readonly LogRecord[];
  /** Lines before the first record: what was written before logging was set up. */
  readonly preamble: readonly string[];
}

/** A script that was seen to start, with the number of the line that says so. */
export interface ScriptSeen extends ExpectedScript {
  readonly line: number;
}

/** One warning or error with what varies taken out, so that two runs can be compared. */
export interface LogProblem {
  readonly level: "WARNING" | "ERROR" | "CRITICAL";
  readonly logger: string;
  /** The first line of the message, normalised. */
  readonly pattern: string;
  /** The first occurrence in full, cut at 2,000 characters. */
  readonly example: string;
  readonly count: number;
  readonly line: number;
}

const head = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3}) (\d+) (DEBUG|INFO|WARNING|ERROR|CRITICAL) (\S+) ([^\s:]+): ?(.*)$/;
const exampleCharsMax = 2_000;

/** Reads a log; nothing in it is an error, what has no head belongs to the record before it. */
export function parseLog(text: string): OdooLog {
  const records: (LogRecord & { more: string[] })[] = [];
  const preamble: string[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.replace(/[ \r]+$/, "");
    const match = head.exec(line);
    const last = records.at(-1);
    if (match !== null) records.push(recordOf(match, index + 1));
    else if (last !== undefined) last.more.push(line);
    else if (line !== "") preamble.push(line);
  });
  for (const record of records) while (record.more.at(-1) === "") record.more.pop();
  return { records, preamble };
}

/** Migration scripts in the order they started. Source: odoo/modules/migration.py, exec_script. */
export function scriptsSeen(log: OdooLog): ScriptSeen[] {
  return log.records.flatMap((record) => {
    if (record.logger !== "odoo.modules.migration") return [];
    const match = /^module (\w+): Running migration (\[>[^\]]+\]|\[[^\]>$]+>\]|\[\$[^\]]+\]) (.+)$/.exec(record.message);
    const [, module, bracket, name] = match ?? [];
    if (module === undefined || bracket === undefined || name === undefined) return [];
    const stage = bracket.startsWith("[>") ? "pre" : bracket.startsWith("[$") ? "end" : "post";
    return [{ module, version: bracket.replace(/[[\]<>$]/g, ""), stage, file: `${name}.py`, line: record.line }];
  });
}

/** Modules that the run updated or installed, in order. Source: odoo/modules/loading.py; a plain load logs these at DEBUG. */
export function modulesLoaded(log: OdooLog): string[] {
  return log.records.flatMap((record) => {
    if (record.logger !== "odoo.modules.loading" || record.level !== "INFO") return [];
    const module = /^Module (\w+) loaded in /.exec(record.message)?.[1];
    return module === undefined ? [] : [module];
  });
}

/** Did the run come to its end? Odoo says so once, after the last check of an update. */
export function reachedEnd(log: OdooLog): boolean {
  return (
    log.records.some((record) => record.logger === "odoo.modules.loading" && record.message === "Modules loaded.") &&
    log.records.some((record) => record.message.startsWith("Registry loaded in ") && record.logger.startsWith("odoo."))
  );
}

/** Warnings and worse, the same kind counted together, in order of first appearance. */
export function problemsIn(log: OdooLog): LogProblem[] {
  const seen = new Map<string, LogProblem>();
  for (const record of log.records) {
    if (record.level === "DEBUG" || record.level === "INFO") continue;
    const pattern = normalise(record.message, record.database);
    const key = `${record.level}\n${record.logger}\n${pattern}`;
    const known = seen.get(key);
    const example = [record.message, ...record.more].join("\n").slice(0, exampleCharsMax);
    seen.set(
      key,
      known === undefined
        ? { level: record.level, logger: record.logger, pattern, example, count: 1, line: record.line }
        : { ...known, count: known.count + 1 },
    );
  }
  return [...seen.values()];
}

/**
 * Takes out what differs between two runs of the same thing: the database's name, times, addresses, paths up to the module,
 * durations, ids, process ids.
 */
export function normalise(message: string, database: string | null): string {
  const named = database === null ? message : message.replaceAll(database, "<database>");
  return named
    .replace(/\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?/g, "<time>")
    .replace(/0x[0-9a-f]+/gi, "<address>")
    .replace(/(?:\/[\w.@+-]+)+\/(?=[\w.-]+)/g, "…/")
    .replace(/\b\d+(?:\.\d+)?(?=s\b)/g, "<n>")
    .replace(/\b\d+\b/g, "<n>")
    .trim();
}

/** Of a traceback the end says what went wrong and where. */
const tracebackLinesShown = 5;

/** The end of a log for people: its last records from ERROR on, each kind once, or its last lines. */
export function tailOf(text: string, lines: number): string[] {
  const kinds = new Map<string, LogRecord>();
  for (const record of parseLog(text).records) {
    if (record.level !== "ERROR" && record.level !== "CRITICAL") continue;
    const kind = `${record.logger} ${normalise(record.message, record.database)}`;
    // Taken out and put in again, so that the latest comes last.
    kinds.delete(kind);
    kinds.set(kind, record);
  }
  const errors = [...kinds.values()].flatMap(({ at, level, logger, message, more }) => [
    `${at} ${level} ${logger}: ${message}`,
    ...more.slice(-tracebackLinesShown),
  ]);
  return (errors.length > 0 ? errors : text.split("\n").filter((line) => line.trim() !== "")).slice(-lines);
}

function recordOf(match: RegExpExecArray, line: number): LogRecord & { more: string[] } {
  const [, at = "", pid = "", level = "INFO", database = "?", logger = "", message = ""] = match;
  return { at, pid: Number(pid), level: level as LogLevel, database: database === "?" ? null : database, logger, message, more: [], line };
}
