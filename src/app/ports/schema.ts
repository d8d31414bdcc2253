import { z } from "zod";
import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { AgreedRemovals } from "../../domain/impact/impact.ts";
import type { PreCheck } from "../../domain/impact/prediction.ts";
import { isDigest, type Digest } from "../../domain/shared/digest.ts";

/** A type that is checked where data enters; the same schema makes help, API and documentation. */
export type Schema<T> = z.ZodType<T>;

/** The digest of a release or a plan, as it enters from outside. */
export const digestSchema: z.ZodType<Digest> = z.custom<Digest>(
  (value) => typeof value === "string" && isDigest(value),
  "not a sha256 digest",
);

/** A generation of workers as plans name it: which release it runs, on which database. */
export interface PlannedWorkers {
  readonly generation: string;
  readonly release: Digest | null;
  readonly database: string;
}

export const plannedWorkersSchema: z.ZodType<PlannedWorkers> = z.strictObject({
  generation: z.string().min(1),
  release: digestSchema.nullable(),
  database: z.string().min(1),
});

/** What a code-only release raised and the database doesn't know yet, as plans carry it. */
export const lagSchema: z.ZodType<readonly ModuleLag[]> = z.array(
  z.strictObject({ module: z.string().min(1), database: z.string().min(1), code: z.string().min(1) }),
);

/** A question that the data must answer with nothing, as plans carry it. */
export interface PlannedCheck extends PreCheck {
  /** The rehearsal in which the answer was no better, and everything went well. */
  readonly harmlessIn?: string | undefined;
}

export const plannedCheckSchema: z.ZodType<PlannedCheck> = z.strictObject({
  id: z.string().min(1),
  kind: z.enum(["duplicates", "nulls", "uncastable", "orphans", "check"]),
  what: z.string().min(1),
  sql: z.string().min(1),
  otherwise: z.enum(["warns", "fails"]),
  harmlessIn: z.string().min(1).optional(),
});

const removals = z.array(z.string().min(1)).default([]);

/** What a change that goes to a release asks for, whether it is run or rehearsed. */
export const releaseChangeMembers: {
  readonly environment: z.ZodType<string>;
  readonly release: z.ZodType<string>;
  readonly agreedRemovals: z.ZodType<AgreedRemovals>;
} = {
  environment: z.string().min(1),
  release: z.string().min(1),
  agreedRemovals: z.strictObject({ tables: removals, columns: removals, records: removals, modules: removals }),
};
