import { z } from "zod";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { candidateName } from "../../../domain/rollout/names.ts";
import type { ItemContext, StepKind } from "../../../app/ports/step.ts";
import type { DatabaseInfo } from "../../../app/ports/tenant-database.ts";
import { readSnapshot } from "../../../odoo/inventory/catalogue-snapshot.ts";
import { readOutbox } from "../../../odoo/inventory/outbox-reads.ts";
import { readUpdateTruth } from "../../../odoo/inventory/update-truth.ts";

type Input = { readonly database: string };
type Output = {
  readonly candidate: { readonly oid: number; readonly name: string };
  readonly snapshot: Digest;
  readonly truth: Digest;
  readonly linked: number;
  /** What had not been sent, or was due, when the database was closed (`Outbox`). */
  readonly outbox: Digest;
};
type Needs = "tenant-database" | "filestore" | "evidence-store";

const claimSchema = z.object({ live: z.object({ oid: z.number(), name: z.string() }) });

/** The clone that will be updated, and what it was before anything ran on it. */
export const checkpoint: StepKind<Input, Output, Needs> = {
  id: "checkpoint",
  summary: "Clone the closed database",
  input: z.strictObject({ database: z.string().min(1) }),
  needs: ["tenant-database", "filestore", "evidence-store"],
  limits: { timeoutMs: 3_600_000, attempts: 2 },

  // The clone may be there without its links or its snapshot; making it anew costs less than telling these apart.
  async observe(cx, input) {
    const left = await candidateOf(cx, input);
    return left === undefined ? { state: "not-started" } : { state: "partly", what: `${left.name} exists` };
  },

  async apply(cx, input) {
    const database = cx.use["tenant-database"];
    await database.claim();
    const left = await candidateOf(cx, input);
    if (left !== undefined && left.mark?.role !== "candidate") throw notACandidate(left);
    if (left !== undefined) await database.drop(left);
    const name = candidateName(input.database, cx.deployment.id);
    const mark = { environment: cx.environment.name, deployment: cx.deployment.id, epoch: cx.deployment.epoch, role: "candidate" } as const;
    cx.progress(null, "cloning the database");
    const candidate = await database.clone(claimSchema.parse(cx.outputOf("claim")).live, name, mark);
    const { linked } = (await cx.use.filestore.exists(input.database))
      ? await cx.use.filestore.linkMissing(input.database, name, { signal: cx.signal })
      : { linked: 0 };
    await database.unfence(candidate);
    await database.logSequences(name);
    cx.progress(null, "reading what the clone is before the update");
    const [snapshot, truth, outbox] = await database.read(
      name,
      async (sql) => [await readSnapshot(sql), await readUpdateTruth(sql), await readOutbox(sql)] as const,
    );
    const evidence = cx.use["evidence-store"];
    return {
      candidate: { oid: candidate.oid, name },
      snapshot: await evidence.put(snapshot as unknown as Json),
      truth: await evidence.put(truth as unknown as Json),
      linked,
      outbox: await evidence.put(outbox as unknown as Json),
    };
  },

  /** Only closed here, because users still wait; the claim's undo drops it once they are served. */
  async undo(cx, input) {
    await cx.use["tenant-database"].claim();
    const left = await candidateOf(cx, input);
    if (left !== undefined) await cx.use["tenant-database"].fence(left);
  },

  describe: (input) => `Clone ${input.database} and remember its schema, records and totals.`,
};

/** A record that was set back leads here: what people wrote may be in it. */
function notACandidate({ name, mark }: DatabaseInfo): PlimsollError {
  return new PlimsollError("STATE_UNEXPECTED", `The database ${name} is there, and its comment says ${mark?.role ?? "nothing"}.`, {
    why: "Only a clone that nobody worked on is made anew.",
    fix: "Nothing was dropped. See docs/runbooks/stuck-deployment.md, section 7.",
    liftedBy: "a person",
  });
}

async function candidateOf(cx: ItemContext<Needs>, input: Input): Promise<DatabaseInfo | undefined> {
  const name = candidateName(input.database, cx.deployment.id);
  const found = (await cx.use["tenant-database"].databases()).find((item) => item.name === name);
  if (found !== undefined && found.mark !== null && found.mark.deployment !== cx.deployment.id) {
    throw new PlimsollError("STATE_UNEXPECTED", `The database ${name} belongs to deployment ${found.mark.deployment}.`, {
      fix: "Nothing was touched. Find out who made it; rename or drop it by hand.",
    });
  }
  return found;
}
