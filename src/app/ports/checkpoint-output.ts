import type { Json } from "../../domain/shared/canonical-json.ts";
import type { DatabaseRole } from "./odoo-runtime.ts";
import type { ItemContext } from "./step.ts";

/**
 * What was on record about the database before the update: of a change it is the checkpoint's, of a rehearsal its copy's. Both
 * have the members `candidate`, `snapshot` and `truth`.
 *
 * @returns undefined when neither step ran
 */
export function checkpointOutput(cx: Pick<ItemContext, "outputOf">): Json | undefined {
  return cx.outputOf("checkpoint") ?? cx.outputOf("copy-live");
}

/**
 * A successor's claim closes copies of earlier epochs, which may be at anything. A rehearsal's own is harmless, and its later
 * steps go on with it: users aren't waiting for them.
 */
export async function reopenCopy(cx: ItemContext<"tenant-database">): Promise<void> {
  const copy = cx.outputOf("copy-live") as { readonly candidate?: { readonly oid: number } } | undefined;
  if (copy === undefined) return;
  const database = cx.use["tenant-database"];
  const found = (await database.databases()).find((one) => one.oid === copy.candidate?.oid);
  if (found?.mark?.role === "copy" && !found.allowsConnections) await database.unfence(found);
}

/** How Odoo runs on what is updated: on a rehearsal's copy without a network, and by the role that the copy may belong to. */
export function copyAccess(cx: Pick<ItemContext, "outputOf" | "environment">): {
  readonly network?: "none";
  readonly role?: DatabaseRole;
} {
  const copy = cx.outputOf("copy-live") as { readonly ownRole?: Json } | undefined;
  if (copy === undefined) return {};
  const role = copy.ownRole === true ? cx.environment.database.rehearsal : undefined;
  return { network: "none", ...(role === undefined ? {} : { role }) };
}
