import type { DatabaseMark } from "../../app/ports/tenant-database.ts";

const roles: readonly string[] = ["live", "candidate", "original", "abandoned", "copy"] satisfies readonly DatabaseMark["role"][];

/** Longest comment of somebody else that is carried along. */
const noteCharactersMax = 10_000;

/** A database's COMMENT: our mark, and what its owner had written there before. */
export interface DatabaseComment {
  readonly mark: DatabaseMark | null;
  readonly note: string | null;
}

/** Reads a COMMENT. Anything that isn't exactly our JSON is the owner's own text. */
export function parseComment(comment: string | null): DatabaseComment {
  if (comment === null) return { mark: null, note: null };
  const value = parseObject(comment);
  if (value === null || value["plimsoll"] !== 1) return { mark: null, note: comment };
  const { environment, deployment, epoch, role, note } = value;
  const known =
    typeof environment === "string" && typeof deployment === "string" && Number.isSafeInteger(epoch) && roles.includes(String(role));
  if (!known) return { mark: null, note: comment };
  const mark: DatabaseMark = { environment, deployment, epoch: epoch as number, role: role as DatabaseMark["role"] };
  return { mark, note: typeof note === "string" ? note : null };
}

/** The COMMENT that carries a mark, as JSON text. */
export function commentText(mark: DatabaseMark, note: string | null): string {
  const { environment, deployment, epoch, role } = mark;
  const kept = note === null || note.length > noteCharactersMax ? {} : { note };
  return JSON.stringify({ plimsoll: 1, environment, deployment, epoch, role, ...kept });
}

function parseObject(text: string): Record<string, unknown> | null {
  if (!text.startsWith("{")) return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
