/** A name as PostgreSQL reads it verbatim: the only way by which names enter SQL text. */
export function quoteIdentifier(name: string): string {
  if (name.includes("\0")) throw new RangeError("a PostgreSQL identifier can't contain a NUL character");
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A text as PostgreSQL reads it verbatim, for statements that take no parameters (COMMENT, ALTER DATABASE). Backslashes
 * make it an escape string, so that the server's `standard_conforming_strings` doesn't matter.
 */
export function quoteLiteral(text: string): string {
  if (text.includes("\0")) throw new RangeError("a PostgreSQL text can't contain a NUL character");
  const doubled = text.replaceAll("'", "''");
  return doubled.includes("\\") ? ` E'${doubled.replaceAll("\\", "\\\\")}'` : `'${doubled}'`;
}
