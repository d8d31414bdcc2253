import { z } from "zod";
import { namePatterns } from "../domain/shared/name-patterns.ts";

export const resourceName: z.ZodType<string, string> = z
  .string()
  .regex(namePatterns.resource, "must be 1 to 40 lower-case letters, digits or hyphens, beginning with a letter");

export const releaseReference: z.ZodType<string, string> = z
  .string()
  .regex(namePatterns.releaseReference, "must be the name of a release or its full digest (sha256:…)");
