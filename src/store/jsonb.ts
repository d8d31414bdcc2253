/**
 * JSON text that PostgreSQL's jsonb takes: it knows neither NUL nor lone surrogates, and logs of other people's programs
 * contain both.
 */
export function toJsonb(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "string" ? member.toWellFormed().replaceAll("\0", "\uFFFD") : member,
  );
}
