import { z } from "zod";

/** Of a release: letters, digits, `.`, `_`, `-`; a letter or digit first; at most 64. */
export const releaseName: z.ZodType<string, string> = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 letters, digits, dots, underscores or hyphens, beginning with a letter or digit");

/** Of a tenant or an environment: it becomes part of folder, process and user names. */
export const resourceName: z.ZodType<string, string> = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, "must be 1 to 40 lower-case letters, digits or hyphens, beginning with a letter");

/** A release by name or by full digest. */
export const releaseReference: z.ZodType<string, string> = z
  .string()
  .regex(/^(sha256:[0-9a-f]{64}|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/, "must be the name of a release or its full digest (sha256:…)");

export const changeId: z.ZodType<string, string> = z.string().regex(/^C-[0-9]{1,9}$/, "must be the id of a change, such as C-12");

export const deploymentId: z.ZodType<string, string> = z.string().regex(/^D-[0-9]{1,9}$/, "must be the id of a deployment, such as D-12");

export const planDigest: z.ZodType<`sha256:${string}`, string> = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "must be a full digest: sha256: and 64 hexadecimal digits")
  .transform((text) => text as `sha256:${string}`);
