import { candidateName } from "../../domain/rollout/names.ts";
import type { ItemContext } from "./step.ts";
import type { DatabaseInfo, DatabaseMark } from "./tenant-database.ts";

/**
 * Drops what this deployment made and needs no more, with the attachments that were linked for its candidate or copy. The live
 * database never, nor anything of another deployment.
 *
 * @returns the names of those that were dropped
 */
export async function dropDatabases(
  cx: Pick<ItemContext<"tenant-database" | "filestore">, "deployment" | "use">,
  from: { readonly live: string; readonly databases: readonly DatabaseInfo[] },
  roles: readonly Exclude<DatabaseMark["role"], "live">[],
): Promise<readonly string[]> {
  const ended: readonly DatabaseMark["role"][] = roles;
  const ours = from.databases.filter(
    ({ mark, name }) => mark?.deployment === cx.deployment.id && ended.includes(mark.role) && name !== from.live,
  );
  for (const one of ours) await cx.use["tenant-database"].drop(one);
  await cx.use.filestore.remove(candidateName(from.live, cx.deployment.id));
  return ours.map(({ name }) => name);
}
