import { normalise } from "./log-grammar.ts";

/** One kind of error in the log of web workers, as `tailOf` shows it. */
export interface ServingError {
  /** What two errors of a kind have in common. */
  readonly kind: string;
  readonly at: string;
  readonly critical: boolean;
  readonly line: string;
}

interface ServingAllowance {
  readonly logger: RegExp;
  readonly message: RegExp;
  readonly reason: string;
}

/** Errors that web workers of a healthy Odoo write while people work. */
const servingAllowances: readonly ServingAllowance[] = [
  {
    logger: /^odoo\.http$/,
    message: /^Exception during request handling/,
    reason: "Somebody got an answer that carries this error, and the answers are counted. Source: odoo/http.py.",
  },
  {
    logger: /^odoo\.sql_db$/,
    message: /^bad query:/,
    reason: "Odoo asks again, or turns it into an answer that is counted: duplicates, concurrent changes. Source: odoo/sql_db.py.",
  },
];

const head = /^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2},\d{3}) (ERROR|CRITICAL) ([^\s:]+): (.*)$/;

/** Errors at the end of a log that nothing explains. @param tail lines as `tailOf` gives them */
export function servingErrors(tail: readonly string[], database: string): ServingError[] {
  return tail.flatMap((line) => {
    const [, at, level, logger, message] = head.exec(line) ?? [];
    if (at === undefined || logger === undefined || message === undefined) return [];
    if (servingAllowances.some((allowance) => allowance.logger.test(logger) && allowance.message.test(message))) return [];
    const shown = `${level} ${logger}: ${message}`.slice(0, 300);
    return [{ kind: `${logger} ${normalise(message, database)}`, at, critical: level === "CRITICAL", line: shown }];
  });
}
