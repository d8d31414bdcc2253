import { PlimsollError } from "../../domain/shared/errors.ts";

/** Where a connection goes; never with its password. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

const unreachableCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
  "EPIPE",
  "57P03",
]);
const lostCodes = new Set(["57P01", "57P02", "08006", "08003", "ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** The SQLSTATE or the system's error code. Node wraps the attempts on several addresses into one AggregateError. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  if ("errors" in error && Array.isArray(error.errors)) return errorCode(error.errors[0]);
  return null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Did the session end under a statement, so that nobody knows more than what the server shows? */
export function isConnectionLost(error: unknown): boolean {
  const code = errorCode(error);
  if (code !== null) return lostCodes.has(code);
  return /connection terminated|not queryable|client was closed|connection error/i.test(messageOf(error));
}

/** What a failed connection means to a person. Errors of Plimsoll itself pass unchanged. */
export function connectError(error: unknown, to: Endpoint): unknown {
  if (error instanceof PlimsollError) return error;
  const code = errorCode(error);
  const message = messageOf(error);
  const where = `${to.host}:${to.port}`;
  const facts = { host: to.host, port: to.port, user: to.user, database: to.database };
  if ((code !== null && unreachableCodes.has(code)) || (code === null && /timeout|terminated/i.test(message))) {
    return new PlimsollError(
      "DATABASE_UNREACHABLE",
      `PostgreSQL at ${where} can't be reached.`,
      {
        why: code === null ? message : `${code}: ${message || "no connection"}`,
        fix: "Check that it runs, and host and port in the environment's declaration.",
        facts,
      },
      error,
    );
  }
  if (code === "28P01" || code === "28000" || (code === null && /password/i.test(message))) {
    return new PlimsollError(
      "DATABASE_PASSWORD_WRONG",
      `PostgreSQL at ${where} refuses the role "${to.user}".`,
      { why: message, fix: "Check user and password in the environment's declaration, and pg_hba.conf.", facts },
      error,
    );
  }
  if (code === "3D000") {
    return new PlimsollError(
      "DATABASE_MISSING",
      `There is no database "${to.database}" at ${where}.`,
      { why: message, fix: "Check the database's name in the environment's declaration.", facts },
      error,
    );
  }
  if (code === "53300")
    return new PlimsollError("DATABASE_BUSY", `PostgreSQL at ${where} takes no more connections.`, { why: message, facts }, error);
  if (code === "55000") {
    return new PlimsollError(
      "DATABASE_BUSY",
      `Database "${to.database}" at ${where} is closed.`,
      { why: message, liftedBy: "the deployment that closed it", facts },
      error,
    );
  }
  if (code === "42501") return rightsMissing(`CONNECT on database "${to.database}"`, to.user, message, error);
  return error;
}

/** @param right the right that is missing, in PostgreSQL's words: `CREATEDB`, `ownership of database "x"` */
export function rightsMissing(right: string, role: string, why: string, cause?: unknown): PlimsollError {
  return new PlimsollError(
    "DATABASE_RIGHTS_MISSING",
    `The role "${role}" lacks a right: ${right}.`,
    { why, fix: `Give the role "${role}" ${right}.`, facts: { role, right } },
    cause,
  );
}

/** What a failure while a tenant database is read means to a person. Errors of Plimsoll itself pass, and so does the unknown. */
export function readError(error: unknown, to: Endpoint): unknown {
  if (error instanceof PlimsollError) return error;
  if (isConnectionLost(error)) {
    return new PlimsollError(
      "DATABASE_UNREACHABLE",
      `PostgreSQL at ${to.host}:${to.port} ended the session while "${to.database}" was read.`,
      { why: messageOf(error), fix: "Look why in PostgreSQL's log; ask again when it has passed." },
      error,
    );
  }
  if (errorCode(error) !== "42501") return error;
  return new PlimsollError(
    "DATABASE_RIGHTS_MISSING",
    `The role "${to.user}" may not read database "${to.database}".`,
    {
      why: messageOf(error),
      fix: "Name the role as which Odoo connects: the owner of the database and of its tables.",
      facts: { role: to.user, database: to.database },
    },
    error,
  );
}

/** What a failed statement means to a person: 42501 names the right, the rest passes. */
export function statementError(error: unknown, doing: { readonly right: string; readonly role: string }): unknown {
  if (error instanceof PlimsollError) return error;
  return errorCode(error) === "42501" ? rightsMissing(doing.right, doing.role, messageOf(error), error) : error;
}
