import { PlimsollError } from "../../domain/shared/errors.ts";
import type { DatabaseInfo } from "./tenant-database.ts";

/** The database that users were taken back from by a recovery of this deployment: what they wrote on the new release is in it. */
export function abandonedOf(databases: readonly DatabaseInfo[], deployment: string): DatabaseInfo | undefined {
  return databases.find(({ mark }) => mark?.deployment === deployment && mark.role === "abandoned");
}

/**
 * Marks tell what a record that was set back can't: a kept original stands for users on the new release, an abandoned database for
 * users who were taken back from it. Where this deployment's own items say that users were never let in, neither can be, and
 * nothing may be dropped, renamed or begun until a person has looked.
 *
 * @returns null when there is none of them
 */
export function usedBefore(databases: readonly DatabaseInfo[], deployment: string): PlimsollError | null {
  const kept = databases.find(({ mark }) => mark?.deployment === deployment && mark.role === "original");
  const found = abandonedOf(databases, deployment) ?? kept;
  if (found === undefined) return null;
  const why =
    found.mark?.role === "abandoned"
      ? "Users worked on it until they were taken back from the new release: what they wrote then is in it and nowhere else."
      : "It is the original that is kept while users are on the new release: the way back, and what it was before.";
  return new PlimsollError("STATE_UNEXPECTED", `${deployment} ran further than Plimsoll's record says: ${found.name} is kept by it.`, {
    why,
    fix: "Nothing was dropped. See docs/runbooks/stuck-deployment.md, section 7: put right by hand what is kept, then have the change go on.",
    liftedBy: "a person",
    facts: { deployment, database: found.name, oid: found.oid, role: found.mark?.role ?? null },
  });
}
