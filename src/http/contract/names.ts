import { z } from "zod";
import type { Digest } from "../../domain/shared/digest.ts";
import { namePatterns } from "../../domain/shared/name-patterns.ts";

export const releaseName: z.ZodType<string, string> = z
  .string()
  .regex(namePatterns.release, "must be 1 to 64 letters, digits, dots, underscores or hyphens, beginning with a letter or digit");
export const releaseReference: z.ZodType<string, string> = z
  .string()
  .regex(namePatterns.releaseReference, "must be the name of a release or its full digest (sha256:…)");
export const resourceName: z.ZodType<string, string> = z
  .string()
  .regex(namePatterns.resource, "must be 1 to 40 lower-case letters, digits or hyphens, beginning with a letter");
export const changeId: z.ZodType<string, string> = z.string().regex(namePatterns.change, "must be the id of a change, such as C-12");
export const deploymentId: z.ZodType<string, string> = z
  .string()
  .regex(namePatterns.deployment, "must be the id of a deployment, such as D-12");
// Checked by the pattern, so the narrower type is what it is; a transform would be lost in the API description.
export const digest: z.ZodType<Digest, Digest> = z
  .string()
  .regex(namePatterns.digest, "must be a full digest: sha256: and 64 hexadecimal digits") as unknown as z.ZodType<Digest, Digest>;
export const moment: z.ZodType<string> = z.string().describe("RFC 3339, UTC");
export const json: z.ZodType<never> = z.unknown() as unknown as z.ZodType<never>;
const limitMax = 1_000;
export function limit(usual: number): z.ZodType<number> {
  return z.coerce.number().int().min(1).max(limitMax).default(usual) as unknown as z.ZodType<number>;
}
