/**
 * What one release answered its users, as the gateway counted it. Every answer is exactly one of server error, error in body,
 * business error, unread, or well.
 */
export interface AnswersSeen {
  /** How long ago users were sent there, or the gateway started. */
  readonly sinceMs: number;
  readonly answers: number;
  /** Status 500 and above, whatever the body says. */
  readonly serverErrors: number;
  /** JSON answers below 500 that carry an error which is not the user's own doing. */
  readonly errorsInBody: number;
  /** JSON errors that a user may meet on a good day: access, validation, a session that ended. */
  readonly businessErrors: number;
  /** JSON answers that couldn't be read: packed in a way that isn't known, cut, or with a beginning longer than what is read. */
  readonly unread: number;
  /** Requests that were sent and never answered, or that nobody listened to; a client that left by itself isn't among them. */
  readonly unanswered: number;
  /** How often each exception was seen, by its name, among server errors and errors in bodies; at most 50 names. */
  readonly errorNames: Readonly<Record<string, number>>;
  /** From the last byte of a request to the head of its answer; a client that left counts with the time that it waited. */
  readonly latencyMs: { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number } | null;
}

export const noAnswers: AnswersSeen = {
  sinceMs: 0,
  answers: 0,
  serverErrors: 0,
  errorsInBody: 0,
  businessErrors: 0,
  unread: 0,
  unanswered: 0,
  errorNames: {},
  latencyMs: null,
};
