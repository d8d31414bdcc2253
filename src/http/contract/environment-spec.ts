import { z } from "zod";
import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";

const texts = z.record(z.string(), z.string());

/** The declaration as it is kept: milliseconds, bytes, and the password as a reference. */
export const environmentSpec: z.ZodType<EnvironmentSpec> = z.object({
  name: z.string(),
  labels: texts,
  tenant: z.string(),
  stage: z.enum(["development", "staging", "production"]),
  database: z.object({
    host: z.string(),
    port: z.int(),
    name: z.string(),
    user: z.string(),
    password: z.union([z.object({ fromFile: z.string() }), z.object({ fromEnv: z.string() })]),
    diskFreeBytes: z.int().exactOptional(),
    rehearsal: z
      .object({ user: z.string(), password: z.union([z.object({ fromFile: z.string() }), z.object({ fromEnv: z.string() })]) })
      .exactOptional(),
  }),
  dataDirectory: z.string(),
  runtime: z.object({
    kind: z.literal("process"),
    host: z.string(),
    odoo: z.object({
      python: z.string(),
      server: z.string(),
      pythonPath: z.string().exactOptional(),
      addonsPaths: z.array(z.string()),
      pycachePrefix: z.string().exactOptional(),
      options: texts,
    }),
    workers: z.int(),
    cronThreads: z.int(),
  }),
  gateway: z.object({ listenHost: z.string(), listenPort: z.int(), hostnames: z.array(z.string()) }),
  release: z.string().exactOptional(),
  limits: z.object({
    holdMsMax: z.int(),
    drainMsMax: z.int(),
    backgroundStopMsMax: z.int(),
    updateMsMax: z.int(),
    bootMsMax: z.int(),
    holdHorizonMs: z.int(),
    soakMs: z.int(),
    heldRequestsMax: z.int(),
    heldBytesMax: z.int(),
  }),
  smoke: z.array(z.string()).exactOptional(),
  requires: z.array(z.literal("rehearsal")).exactOptional(),
});
