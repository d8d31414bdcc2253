import { z } from "zod";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { candidateName, copyName } from "../../../domain/rollout/names.ts";
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
  /** What of this a change does while users wait: clone by template, the rest of the links, and reading what the clone is. */
  readonly cloneMs: number;
  readonly linkMs: number;
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

  // It may be there with its speech organs, or without its links or its snapshot; making it anew is simplest to be sure of.
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
    const cloneMs = copied.cloneMs ?? (await measureClone(cx, input, copied.copy));
    cx.progress(null, "linking attachments");
    const [linked, linkMs] = await timed(cx, () => link(cx, input, name, filestore));
    await database.unfence(copied.copy);
    cx.progress(null, "reading what the copy is before the update");
    const [[snapshot, truth], readMs] = await timed(cx, async () => {
      await database.logSequences(name);
      return database.read(name, async (sql) => [await readSnapshot(sql), await readUpdateTruth(sql)] as const);
    });
    return {
      candidate: { oid: copied.copy.oid, name },
      snapshot: await evidence.put(snapshot as unknown as Json),
      truth: await evidence.put(truth as unknown as Json),
      linked,
      sizeBytes: copied.copy.sizeBytes,
      cloneMs,
      linkMs,
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
      : `Copy ${input.database} by template: users wait for about a second and scheduled actions that run are broken off; then make the copy harmless before anything else can connect to it.`,
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

/** How long the clone by template takes that a change makes while users wait; tried on the copy, where nobody does. */
async function measureClone(cx: ItemContext<CopyNeeds>, input: Input, copy: DatabaseInfo): Promise<number> {
  cx.progress(null, "measuring how long a clone takes");
  const database = cx.use["tenant-database"];
  const [clone, ms] = await timed(cx, () => database.clone(copy, copyName(input.database, cx.deployment.id), markOf(cx)));
  await database.drop(clone);
  return ms;
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

/** The copy, and the clone of it by which cloning was measured. */
async function ours(cx: ItemContext<CopyNeeds>, input: Input): Promise<DatabaseInfo[]> {
  const names = [candidateName(input.database, cx.deployment.id), copyName(input.database, cx.deployment.id)];
  const found = (await cx.use["tenant-database"].databases()).filter((item) => names.includes(item.name));
  const strange = found.find((item) => item.mark !== null && item.mark.deployment !== cx.deployment.id);
  if (strange !== undefined) {
    throw new PlimsollError("STATE_UNEXPECTED", `The database ${strange.name} belongs to deployment ${strange.mark?.deployment}.`, {
      fix: "Nothing was touched. Find out who made it; rename or drop it by hand.",
    });
  }
  return found;
}
