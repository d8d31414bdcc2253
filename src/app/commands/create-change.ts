import { z } from "zod";
import type { Change } from "../../domain/change/change.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { findEnvironment, findRelease } from "../find.ts";
import { releaseReference, resourceName } from "../names.ts";
import type { UseCase } from "../use-case.ts";

const removalsMax = 10_000;
const table = z.string().regex(/^[^\s.]{1,63}$/, "must be the name of a table");
const column = z.string().regex(/^[^\s.]{1,63}\.[^\s.]{1,63}$/, "must be table.column");
const record = z.string().regex(/^\w{1,256}\.\S{1,256}$/, "must be an external id: module.name");
const moduleName = z.string().regex(/^\w{1,256}$/, "must be the name of a module");

const agreedRemovals = z.strictObject({
  tables: z.array(table).max(removalsMax).default([]),
  columns: z.array(column).max(removalsMax).default([]),
  records: z.array(record).max(removalsMax).default([]),
  modules: z.array(moduleName).max(removalsMax).default([]),
});

export interface CreateChangeInput {
  readonly kind: string;
  readonly environment: string;
  readonly release: string;
  readonly reason: string;
  readonly agreedRemovals: { readonly tables: string[]; readonly columns: string[]; readonly records: string[]; readonly modules: string[] };
}

export const createChangeInput: z.ZodType<CreateChangeInput, unknown> = z.strictObject({
  kind: z.string().regex(/^[a-z][a-z-]{0,39}$/).default("release"),
  environment: resourceName,
  release: releaseReference,
  reason: z.string().max(2_000).default(""),
  agreedRemovals: agreedRemovals.default({ tables: [], columns: [], records: [], modules: [] }),
});

/** Asks that something be altered; nothing runs before a plan of it is approved. */
export const createChange: UseCase<CreateChangeInput, Change> = {
  id: "create-change",
  permission: "change:create",
  input: createChangeInput,

  async handler(world, actor, input) {
    if (!world.changeKinds.some((kind) => kind.id === input.kind)) {
      throw new PlimsollError("INPUT_INVALID", `There is no change kind "${input.kind}".`, { fix: `Use one of: ${world.changeKinds.map((kind) => kind.id).join(", ")}.` });
    }
    await findEnvironment(world.store, input.environment);
    await findRelease(world.store, input.release);
    return world.store.transaction(async (tx) => {
      const change: Change = {
        id: await tx.nextChangeId(),
        kind: input.kind,
        state: "draft",
        spec: { environment: input.environment, release: input.release, agreedRemovals: input.agreedRemovals },
        reason: input.reason,
        requestedBy: actor.name,
        createdAt: world.clock.now(),
        planDigest: null,
        approvedDigest: null,
        approvedBy: null,
        deployment: null,
      };
      await tx.putChange(change);
      await tx.append({
        actor: actor.name,
        type: "change.created",
        subjectKind: "change",
        subject: change.id,
        environment: input.environment,
        deployment: null,
        data: { kind: change.kind, release: input.release, reason: input.reason, agreedRemovals: { ...input.agreedRemovals } },
      });
      return change;
    });
  },
};
