import { z } from "zod";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { cloneOfLiveMs } from "../../../domain/plan/hold-parts.ts";
import { candidateName, copyBeforeName } from "../../../domain/rollout/names.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import type { DatabaseInfo, DatabaseMark } from "../../../app/ports/tenant-database.ts";
import { readSnapshot } from "../../../odoo/inventory/catalogue-snapshot.ts";
import { readUpdateTruth } from "../../../odoo/inventory/update-truth.ts";
import { cloneWhileUsersWait, letUsersOn } from "./clone-while-users-wait.ts";
import { makeHarmless } from "./make-harmless.ts";

type Input = {
  readonly database: string;
  readonly by: "dump" | "template";
  /** Whose modules say what has to be stopped in a copy: the release that serves; null: the base's modules only. */
  readonly release: Digest | null;
  /** By template: requests in flight may take this long. */
  readonly drainMs: number;
  /** The copy belongs to the role that the declaration names for rehearsals. */
  readonly ownRole?: boolean | undefined;
};

type Output = {
  readonly candidate: { readonly oid: number; readonly name: string };
  readonly snapshot: Digest;
  readonly truth: Digest;
  readonly linked: number;
  readonly sizeBytes: number;
  /** The copy as it was before the update, closed for good: on a copy of it the old release is asked about what the new one can't do. */
  readonly before?: { readonly oid: number; readonly name: string };
  /** What of this a change does while users wait: clone by template, looking for attachments that came since, and reading what the clone is. */
  readonly cloneMs: number;
  readonly relinkMs?: number;
  readonly readMs: number;
  /** How long users waited for the copy; null: they didn't. */
  readonly usersWaitedMs: number | null;
  readonly ownRole: boolean;
};

export type CopyNeeds = "tenant-database" | "filestore" | "evidence-store" | "gateway" | "runtime";

/** The copy that a rehearsal updates: of the live database, neutralised before anything else can connect to it. */
export const copyLive: StepKind<Input, Output, CopyNeeds> = {
  id: "copy-live",
  summary: "Copy the live database and make the copy harmless",
  input: z.strictObject({
    database: z.string().min(1),
    by: z.enum(["dump", "template"]),
    release: digestSchema.nullable(),
    drainMs: z.int().positive(),
    ownRole: z.boolean().optional(),
  }),
  needs: ["tenant-database", "filestore", "evidence-store", "gateway", "runtime"],
  limits: { timeoutMs: 6 * 3_600_000, attempts: 2 },

  // It may be there and still able to send mail and start actions, or without its links or its snapshot; making it anew is simplest to be sure of.
  async observe(cx, input) {
    const left = await ours(cx, input);
    return left.length === 0 ? { state: "not-started" } : { state: "partly", what: `${left[0]?.name} exists` };
  },

  async apply(cx, input) {
    const { "tenant-database": database, filestore, "evidence-store": evidence } = cx.use;
    await database.claim();
    await letUsersOn(cx, input);
    for (const left of await ours(cx, input)) await database.drop(left);
    const name = candidateName(input.database, cx.deployment.id);
    const startedMs = cx.clock.monotonicMs();
    const copied = input.by === "dump" ? await byDump(cx, input, name) : await cloneWhileUsersWait(cx, input, name, markOf(cx));
    cx.evidence("copyMs", Math.round(cx.clock.monotonicMs() - startedMs));
    cx.progress(null, "making the copy harmless");
    cx.evidence("neutralised", (await makeHarmless(cx, copied.copy, input.release)) as unknown as Json);
    cx.evidence("role", roleSentence(cx, input));
    cx.evidence("network", (await cx.use.runtime.networkIsolation()).sentence);
    const { before, ms } = await keepBefore(cx, input, copied.copy);
    const cloneMs = copied.cloneMs ?? (await asOfLive(cx, input, copied.copy, ms));
    cx.progress(null, "linking attachments");
    const linked = await link(cx, input, name, filestore);
    // A change has made most links before users wait; then it goes through all of them once more.
    const [more, relinkMs] = await timed(cx, () => link(cx, input, name, filestore));
    await database.unfence(copied.copy);
    cx.progress(null, "reading what the copy is before the update");
    const [[snapshot, truth], readMs] = await timed(cx, async () => {
      await database.logSequences(name);
      const read = await database.read(name, async (sql) => [await readSnapshot(sql), await readUpdateTruth(sql)] as const);
      return [await evidence.put(read[0] as unknown as Json), await evidence.put(read[1] as unknown as Json)] as const;
    });
    return {
      candidate: { oid: copied.copy.oid, name },
      snapshot,
      truth,
      linked: linked + more,
      sizeBytes: copied.copy.sizeBytes,
      before: { oid: before.oid, name: before.name },
      cloneMs,
      relinkMs,
      readMs,
      usersWaitedMs: copied.usersWaitedMs,
      ownRole: input.ownRole === true,
    };
  },

  /** Users first; then nothing of the copy is left. */
  async undo(cx, input) {
    const { "tenant-database": database, filestore } = cx.use;
    if (input.by === "template") {
      await database.claim();
      await letUsersOn(cx, input);
    }
    const left = await ours(cx, input);
    if (left.length > 0) await database.claim();
    for (const one of left) await database.drop(one);
    await filestore.remove(candidateName(input.database, cx.deployment.id));
  },

  describe: (input) =>
    input.by === "dump"
      ? `Copy ${input.database} by dump, without disturbing anybody, and make the copy harmless before anything else can connect to it.`
      : `Copy ${input.database} by template: users wait while it is cloned, and scheduled actions that run are broken off; then make the copy harmless before anything else can connect to it.`,
};

function markOf(cx: ItemContext<CopyNeeds>): DatabaseMark {
  return { environment: cx.environment.name, deployment: cx.deployment.id, epoch: cx.deployment.epoch, role: "copy" };
}

async function byDump(
  cx: ItemContext<CopyNeeds>,
  input: Input,
  name: string,
): Promise<{ copy: DatabaseInfo; cloneMs: null; usersWaitedMs: null }> {
  cx.progress(null, "copying the database while users work");
  const owner = input.ownRole === true ? cx.environment.database.rehearsal : undefined;
  if (input.ownRole === true && owner === undefined) {
    throw new PlimsollError("STATE_UNEXPECTED", "The declaration no longer names a role for rehearsals.", {
      fix: "Rehearse again; the plan of this rehearsal was made for another declaration.",
    });
  }
  const copy = await cx.use["tenant-database"].copyByDump(input.database, name, markOf(cx), {
    signal: cx.signal,
    progress: (message) => cx.progress(null, message),
    ...(owner === undefined ? {} : { owner }),
  });
  return { copy, cloneMs: null, usersWaitedMs: null };
}

/** Made in the way in which a change makes its clone while users wait, so that its time is that one's. */
async function keepBefore(
  cx: ItemContext<CopyNeeds>,
  input: Input,
  copy: DatabaseInfo,
): Promise<{ readonly before: DatabaseInfo; readonly ms: number }> {
  cx.progress(null, "keeping a second copy from before the update");
  const name = copyBeforeName(input.database, cx.deployment.id);
  const [before, ms] = await timed(cx, () => cx.use["tenant-database"].clone(copy, name, markOf(cx)));
  return { before, ms };
}

async function asOfLive(cx: ItemContext<CopyNeeds>, input: Input, copy: DatabaseInfo, cloneMs: number): Promise<number> {
  const databases = await cx.use["tenant-database"].databases();
  const sizeOf = (name: string): number | null => databases.find((one) => one.name === name)?.sizeBytes ?? null;
  return cloneOfLiveMs(cloneMs, { copy: sizeOf(copy.name), live: sizeOf(input.database) });
}

async function link(cx: ItemContext<CopyNeeds>, input: Input, name: string, filestore: CopyContextFilestore): Promise<number> {
  if (!(await filestore.exists(input.database))) return 0;
  return (await filestore.linkMissing(input.database, name, { signal: cx.signal })).linked;
}

type CopyContextFilestore = ItemContext<"filestore">["use"]["filestore"];

function roleSentence(cx: ItemContext<CopyNeeds>, input: Input): string {
  return input.ownRole === true
    ? `The copy belongs to the role ${cx.environment.database.rehearsal?.user}; the environment's own role can't connect to it.`
    : "The copy shares the tenant's role. No scheduled action of production finds it: it is a template, which Odoo doesn't list, and production serves its own database by name.";
}

async function timed<T>(cx: ItemContext<CopyNeeds>, work: () => Promise<T>): Promise<[T, number]> {
  const startedMs = cx.clock.monotonicMs();
  const result = await work();
  return [result, Math.round(cx.clock.monotonicMs() - startedMs)];
}

/** The copy, and what is kept of it from before the update. */
async function ours(cx: ItemContext<CopyNeeds>, input: Input): Promise<DatabaseInfo[]> {
  const names = [candidateName(input.database, cx.deployment.id), copyBeforeName(input.database, cx.deployment.id)];
  const found = (await cx.use["tenant-database"].databases()).filter((item) => names.includes(item.name));
  const strange = found.find((item) => item.mark !== null && item.mark.deployment !== cx.deployment.id);
  if (strange !== undefined) {
    throw new PlimsollError("STATE_UNEXPECTED", `The database ${strange.name} belongs to deployment ${strange.mark?.deployment}.`, {
      fix: "Nothing was touched. Find out who made it; rename or drop it by hand.",
    });
  }
  return found;
}
