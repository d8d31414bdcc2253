import { PlimsollError } from "../domain/shared/errors.ts";
import type { ItemError } from "./ledger-entries.ts";

/** What the record keeps of an error. Other people's errors keep their message: it is all that there is. */
export function itemError(error: unknown): ItemError {
  if (error instanceof PlimsollError) {
    const why = error.text.why === undefined ? "" : ` ${error.text.why}`;
    const message = `${error.message}${why}`.slice(0, 2_000);
    return { code: error.code, message, ...(error.text.fix === undefined ? {} : { fix: error.text.fix }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "UNEXPECTED", message: message.slice(0, 2_000) };
}

/** May it be tried again? What nobody foresaw may, within the step's attempts: a broken connection looks like this. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof PlimsollError)) return true;
  return error.retry === "retryable" || error.code === "STEP_TIMED_OUT";
}

/** The world refused our epoch, or the session that carried it is gone: only a new claim can go on. */
export function isWorldLost(error: unknown): boolean {
  return error instanceof PlimsollError && (error.code === "LEASE_LOST" || error.code === "EPOCH_SUPERSEDED");
}

/** What heads a reason: the kind's summary without its full stop. */
export function title(kind: { readonly summary: string }): string {
  return kind.summary.replace(/\.$/, "");
}
