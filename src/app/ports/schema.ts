import { z } from "zod";
import type { ModuleLag } from "../../domain/fleet/environment.ts";
import { isDigest, type Digest } from "../../domain/shared/digest.ts";

/** A type that is checked where data enters; the same schema makes help, API and documentation. */
export type Schema<T> = z.ZodType<T>;

/** The digest of a release or a plan, as it enters from outside. */
export const digestSchema: z.ZodType<Digest> = z.custom<Digest>(
  (value) => typeof value === "string" && isDigest(value),
  "not a sha256 digest",
);

/** What a code-only release raised and the database doesn't know yet, as plans carry it. */
export const lagSchema: z.ZodType<readonly ModuleLag[]> = z.array(
  z.strictObject({ module: z.string().min(1), database: z.string().min(1), code: z.string().min(1) }),
);
