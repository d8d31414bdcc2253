/** What may be done about an error: nothing, try again within bounds, or a person has to look. */
export type RetryClass = "terminal" | "retryable" | "person";

/**
 * Every error that Plimsoll raises on purpose. `retry` is what the engine may do about it, `status` the HTTP status of its
 * problem document, `exit` the exit code of the command line. Each code has a page in docs/reference/errors.md.
 */
export const errorTable = {
  INPUT_INVALID: { retry: "terminal", status: 422, exit: 1 },
  NOT_FOUND: { retry: "terminal", status: 404, exit: 1 },
  CONFLICT: { retry: "terminal", status: 409, exit: 1 },
  NOT_AUTHORISED: { retry: "terminal", status: 401, exit: 4 },
  SERVER_UNREACHABLE: { retry: "retryable", status: 503, exit: 1 },
  PORT_IN_USE: { retry: "terminal", status: 409, exit: 1 },
  RELEASE_NO_MODULE: { retry: "terminal", status: 422, exit: 1 },
  RELEASE_MANIFEST_BROKEN: { retry: "terminal", status: 422, exit: 1 },
  RELEASE_MODULE_TWICE: { retry: "terminal", status: 422, exit: 1 },
  RELEASE_OTHER_SERIES: { retry: "terminal", status: 422, exit: 1 },
  RELEASE_LINK_OUTSIDE: { retry: "terminal", status: 422, exit: 1 },
  RELEASE_FILE_UNREADABLE: { retry: "terminal", status: 422, exit: 1 },
  RELEASE_FILE_OVERSIZED: { retry: "terminal", status: 422, exit: 1 },
  RELEASE_NAME_NOT_PORTABLE: { retry: "terminal", status: 422, exit: 1 },
  RELEASE_ALTERED: { retry: "person", status: 409, exit: 1 },
  DATABASE_UNREACHABLE: { retry: "retryable", status: 502, exit: 1 },
  DATABASE_PASSWORD_WRONG: { retry: "terminal", status: 422, exit: 1 },
  DATABASE_MISSING: { retry: "terminal", status: 422, exit: 1 },
  DATABASE_NOT_ODOO: { retry: "terminal", status: 422, exit: 1 },
  DATABASE_OTHER_SERIES: { retry: "terminal", status: 422, exit: 1 },
  DATABASE_RIGHTS_MISSING: { retry: "terminal", status: 422, exit: 1 },
  DATABASE_BUSY: { retry: "retryable", status: 409, exit: 3 },
  SECRET_UNREADABLE: { retry: "terminal", status: 422, exit: 1 },
  FILESTORE_MISSING: { retry: "terminal", status: 422, exit: 1 },
  FILESTORE_OTHER_FILESYSTEM: { retry: "terminal", status: 422, exit: 1 },
  DISK_TOO_SMALL: { retry: "terminal", status: 422, exit: 1 },
  DEPLOYMENT_RUNNING: { retry: "retryable", status: 409, exit: 3 },
  ENVIRONMENT_HELD: { retry: "person", status: 409, exit: 3 },
  PLAN_DIGEST_MISMATCH: { retry: "terminal", status: 409, exit: 5 },
  PLAN_STALE: { retry: "terminal", status: 409, exit: 3 },
  PLAN_UNSUPPORTED: { retry: "terminal", status: 409, exit: 1 },
  NOT_APPROVED: { retry: "terminal", status: 409, exit: 3 },
  ODOO_UNHEALTHY: { retry: "terminal", status: 502, exit: 1 },
  UPDATE_FAILED: { retry: "terminal", status: 502, exit: 1 },
  UPDATE_OVER_BUDGET: { retry: "terminal", status: 504, exit: 6 },
  DRAIN_OVER_BOUND: { retry: "terminal", status: 504, exit: 6 },
  GATE_NOT_PASSED: { retry: "terminal", status: 409, exit: 3 },
  LOSS_GREW: { retry: "terminal", status: 409, exit: 3 },
  OUTBOX_UNSETTLED: { retry: "terminal", status: 409, exit: 3 },
  EPOCH_SUPERSEDED: { retry: "terminal", status: 409, exit: 1 },
  LEASE_LOST: { retry: "terminal", status: 409, exit: 1 },
  STEP_TIMED_OUT: { retry: "terminal", status: 504, exit: 6 },
  CANCELLED: { retry: "terminal", status: 409, exit: 5 },
  STATE_UNEXPECTED: { retry: "person", status: 500, exit: 1 },
  WAIT_TIMED_OUT: { retry: "retryable", status: 504, exit: 6 },
} as const;

export type ErrorCode = keyof typeof errorTable;

export interface ErrorRow {
  readonly retry: RetryClass;
  readonly status: number;
  readonly exit: number;
}

export function errorRow(code: ErrorCode): ErrorRow {
  return errorTable[code];
}

/** What a person reads: what happened (the message), why, how to go on, and for a refusal who can lift it and when. */
export interface ErrorText {
  readonly why?: string;
  readonly fix?: string;
  readonly liftedBy?: string;
  readonly nextAllowedAt?: string;
  /** Structured facts, safe to show: never a secret. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
  /** More than one thing wrong: one line each. */
  readonly because?: readonly string[];
}

/** An error that Plimsoll expects; anything else that is thrown is a defect of Plimsoll. */
export class PlimsollError extends Error {
  override readonly name = "PlimsollError";
  readonly code: ErrorCode;
  readonly text: ErrorText;

  constructor(code: ErrorCode, message: string, text: ErrorText = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.text = text;
  }

  get retry(): RetryClass {
    return errorRow(this.code).retry;
  }
}
