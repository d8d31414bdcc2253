import type { ItemContext } from "../../../app/ports/step.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import type { OdooRuntime } from "../../../app/ports/odoo-runtime.ts";
import type { DatabaseInfo, SqlReader } from "../../../app/ports/tenant-database.ts";
import { readModules } from "../../../odoo/inventory/modules.ts";
import { copyName } from "../../../domain/rollout/names.ts";
import { dangersOf, neutralise, type Neutralisation } from "../../../odoo/server/neutralise.ts";

export type Needs = "runtime" | "tenant-database" | "evidence-store" | "filestore";

/** A copy of the candidate or of what was before it, closed, with everything in it that can speak to the world. */
export interface ClosedCopy {
  readonly database: DatabaseInfo;
  /** Name of the tree with its attachments. */
  readonly attachments: string;
  readonly release: Digest | null;
  /** Asked for while the copy was made; null: they can only be named from within, because its source is closed. */
  readonly scripts: (() => Promise<Scripts>) | null;
}

/** What was done to make it harmless. */
export interface TreatedCopy {
  readonly database: DatabaseInfo;
  readonly done: Neutralisation;
  /** Why it may not be entered; empty: it is harmless. */
  readonly dangers: readonly string[];
}

type Scripts = Awaited<ReturnType<OdooRuntime["neutraliseScripts"]>>;

/** What a dead worker left of an earlier copy. */
export async function removeCopy(cx: ItemContext<Needs>, live: string): Promise<void> {
  const name = copyName(live, cx.deployment.id);
  const left = (await cx.use["tenant-database"].databases()).find((item) => item.name === name);
  if (left !== undefined) await cx.use["tenant-database"].drop(left);
  await cx.use.filestore.remove(name);
}

/**
 * Copies a database under the name of the deployment's copy.
 *
 * @param of `open`: the source is closed for the moment of the copying only; it is open afterwards, whatever it was before.
 *   `attachments`: name of the tree with its attachments, where that isn't its own name
 */
export async function copyAside(
  cx: ItemContext<Needs>,
  source: DatabaseInfo,
  of: { readonly live: string; readonly open: boolean; readonly release: Digest | null; readonly attachments?: string },
): Promise<ClosedCopy> {
  const database = cx.use["tenant-database"];
  const name = copyName(of.live, cx.deployment.id);
  const mark = { environment: cx.environment.name, deployment: cx.deployment.id, epoch: cx.deployment.epoch, role: "copy" } as const;
  const modules = source.allowsConnections ? await database.read(source.name, installedWithCode) : null;
  const scripts = modules === null ? null : begun(cx.use.runtime.neutraliseScripts(of.release, modules));
  if (source.allowsConnections) await database.fence(source);
  const copy = await database.clone(source, name, mark);
  if (of.open) await database.unfence(source);
  return { database: copy, attachments: of.attachments ?? source.name, release: of.release, scripts };
}

/** Links the attachments and takes everything out of the copy that could speak, on the one session that may enter it. */
export async function makeHarmless(cx: ItemContext<Needs>, copy: ClosedCopy, signal: AbortSignal): Promise<TreatedCopy> {
  const { filestore, runtime } = cx.use;
  if (await filestore.exists(copy.attachments)) await filestore.linkMissing(copy.attachments, copy.database.name, { signal });
  const done = await cx.use["tenant-database"].editAlone(copy.database, async (sql) => {
    const found = copy.scripts === null ? runtime.neutraliseScripts(copy.release, await installedWithCode(sql)) : copy.scripts();
    const { scripts, withoutCode } = await found;
    return neutralise(sql, scripts, withoutCode);
  });
  return { database: copy.database, done, dangers: dangersOf(done) };
}

/** Base first, as everything stands on it. Imported modules consist of data and have no code anywhere. */
async function installedWithCode(sql: SqlReader): Promise<readonly string[]> {
  const modules = (await readModules(sql)).filter((module) => module.state === "installed" && !module.imported);
  const names = modules.map((module) => module.name).sort();
  return [...names.filter((name) => name === "base"), ...names.filter((name) => name !== "base")];
}

/** Begins now and may fail before anybody waits for it. */
function begun(work: Promise<Scripts>): () => Promise<Scripts> {
  work.catch(() => undefined);
  return () => work;
}
