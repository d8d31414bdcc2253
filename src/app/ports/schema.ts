import { z } from "zod";
import { isDigest, type Digest } from "../../domain/shared/digest.ts";

/** A type that is checked where data enters; the same schema makes help, API and documentation. */
export type Schema<T> = z.ZodType<T>;

/** The digest of a release or a plan, as it enters from outside. */
export const digestSchema: z.ZodType<Digest> = z.custom<Digest>(
  (value) => typeof value === "string" && isDigest(value),
  "not a sha256 digest",
);
