import type { JsonSeen } from "./json-scan.ts";

/** Every answer is exactly one of these. A status from 500 on is a server error, whatever its body says. */
export type AnswerKind = "ok" | "server-error" | "error-in-body" | "business-error" | "unread";

export interface AnswerJudged {
  readonly kind: AnswerKind;
  /** The exception of an error that isn't the user's own doing. */
  readonly name: string | null;
}

const sessionExpired = 100;
const unnamed = "an error without a name";

/** What users meet on a good day. Sources: odoo/exceptions.py, odoo/http.py. */
const business = new Set([
  "odoo.exceptions.UserError",
  "odoo.exceptions.ValidationError",
  "odoo.exceptions.AccessError",
  "odoo.exceptions.AccessDenied",
  "odoo.exceptions.MissingError",
  "odoo.exceptions.LockError",
  "odoo.exceptions.RedirectWarning",
  "odoo.exceptions.Warning",
  "odoo.exceptions.except_orm",
  "odoo.http.SessionExpiredException",
  "odoo.addons.base.models.ir_actions.ServerActionWithWarningsError",
  "odoo.addons.web.controllers.action.MissingActionError",
]);
const werkzeugServerErrors = new Set([
  "InternalServerError",
  "NotImplemented",
  "BadGateway",
  "ServiceUnavailable",
  "GatewayTimeout",
  "HTTPVersionNotSupported",
]);

/** @param seen what was read of a JSON answer; null: it isn't JSON; "unreadable": it is, in a form that can't be read */
export function judgeAnswer(status: number, seen: JsonSeen | "unreadable" | null): AnswerJudged {
  if (status >= 500)
    return { kind: "server-error", name: seen === null || seen === "unreadable" ? null : (seen.rpcName ?? seen.plainName) };
  if (seen === null) return ok;
  if (seen === "unreadable") return unread;
  if (seen.rpcError) {
    if (seen.code === sessionExpired || isBusiness(seen.rpcName)) return { kind: "business-error", name: null };
    // Without a name, what wasn't read might have named it.
    return seen.rpcName === null && !seen.conclusive ? unread : { kind: "error-in-body", name: seen.rpcName ?? unnamed };
  }
  if (status >= 400 && (seen.conclusive || seen.plainName !== null)) return { kind: "business-error", name: null };
  return seen.conclusive ? ok : unread;
}

const ok: AnswerJudged = { kind: "ok", name: null };
const unread: AnswerJudged = { kind: "unread", name: null };

function isBusiness(name: string | null): boolean {
  if (name === null) return false;
  const ofWerkzeug = /^werkzeug\.exceptions\.(\w+)$/.exec(name)?.[1];
  return business.has(name) || (ofWerkzeug !== undefined && !werkzeugServerErrors.has(ofWerkzeug));
}
