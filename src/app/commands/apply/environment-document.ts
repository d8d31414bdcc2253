import { z } from "zod";
import { defaultLimits, type EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import { releaseReference, resourceName } from "../../names.ts";
import { refusedOptions } from "../../../odoo/server/config-file.ts";
import { duration, size } from "./duration.ts";

const second = 1_000;
const hour = 3_600_000;
const absolutePath = z.string().regex(/^\/[^\0\n]{0,4000}$/, "must be an absolute path");
const hostName = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.:_-]{0,252})$/, "must be a host name or an address");
const hostname = z.string().regex(/^[A-Za-z0-9*]([A-Za-z0-9.-]{0,252})$/, "must be a host name");
const port = z.int("must be a port number").min(1).max(65_535);

const secretReference = z.custom<EnvironmentSpec["database"]["password"]>().superRefine((value: unknown, context) => {
  // The value itself never goes into the message: it may be the password.
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    context.addIssue({
      code: "custom",
      message: "must be a reference, { fromFile: /path } or { fromEnv: NAME }; a password is never written into a declaration",
    });
    return;
  }
  const keys = Object.keys(value);
  const [key] = keys;
  if (keys.length !== 1 || (key !== "fromFile" && key !== "fromEnv")) {
    context.addIssue({ code: "custom", message: "must have exactly one of the keys fromFile and fromEnv" });
    return;
  }
  const reference: unknown = (value as Record<string, unknown>)[key];
  if (key === "fromFile" && !absolutePath.safeParse(reference).success)
    context.addIssue({ code: "custom", path: [key], message: "must be the absolute path of a file that holds the password" });
  if (key === "fromEnv" && (typeof reference !== "string" || !/^[A-Za-z_]\w{0,199}$/.test(reference))) {
    context.addIssue({ code: "custom", path: [key], message: "must be the name of an environment variable of the server" });
  }
});

const listen = z.string("must be address:port, such as 127.0.0.1:8069").transform((text, context) => {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text);
  const listenHost = match?.[1] ?? match?.[2];
  const listenPort = Number(match?.[3]);
  if (listenHost === undefined || listenPort < 1 || listenPort > 65_535) {
    context.addIssue({ code: "custom", message: "must be address:port, such as 127.0.0.1:8069" });
    return z.NEVER;
  }
  return { listenHost, listenPort };
});

const odooOptions = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).transform((options, context) => {
  const texts = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [name, typeof value === "boolean" ? (value ? "True" : "False") : String(value)]),
  );
  for (const message of refusedOptions(texts)) context.addIssue({ code: "custom", path: [message.split(" ", 1)[0] ?? ""], message });
  return texts;
});

const limits = z.strictObject({
  hold: duration(second, hour).optional(),
  drain: duration(second, hour).optional(),
  backgroundStop: duration(second, 6 * hour).optional(),
  update: duration(second, 6 * hour).optional(),
  boot: duration(second, hour).optional(),
  keepOriginal: duration(0, 90 * 24 * hour).optional(),
  soak: duration(0, 24 * hour).optional(),
  heldRequests: z.int().min(1).max(100_000).optional(),
  heldBytes: size(1024, 16 * 1024 ** 3).optional(),
});

export const labels: z.ZodType<Record<string, string>> = z.record(
  z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,62})$/, "must be a label name"),
  z.string().max(200),
);

const document = z.strictObject({
  apiVersion: z.literal("plimsoll.dev/v1alpha1"),
  kind: z.literal("Environment"),
  metadata: z.strictObject({ name: resourceName, labels: labels.optional(), annotations: labels.optional() }),
  spec: z.strictObject({
    tenant: resourceName,
    stage: z.enum(["development", "staging", "production"]),
    database: z.strictObject({
      host: hostName,
      port: port.default(5432),
      name: z.string().regex(/^[^\0\n]{1,63}$/, "must be the name of a database"),
      user: z.string().regex(/^[^\0\n]{1,63}$/, "must be the name of a role"),
      password: secretReference,
      diskFree: size(1024 ** 2, 1024 ** 5).optional(),
      rehearsal: z
        .strictObject({ user: z.string().regex(/^[^\0\n]{1,63}$/, "must be the name of a role"), password: secretReference })
        .optional(),
    }),
    dataDirectory: absolutePath,
    runtime: z.strictObject({
      kind: z.literal("process"),
      host: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/, "must be the name of a host")
        .default("local"),
      odoo: z.strictObject({
        python: absolutePath,
        server: absolutePath,
        pythonPath: absolutePath.optional(),
        addonsPaths: z.array(absolutePath).max(50).default([]),
        pycachePrefix: absolutePath.optional(),
        options: odooOptions.optional(),
      }),
      workers: z.int().min(0).max(256).default(2),
      cronThreads: z.int().min(1).max(32).default(1),
    }),
    gateway: z.strictObject({ listen, hostnames: z.array(hostname).max(100).default([]) }),
    release: releaseReference.optional(),
    limits: limits.optional(),
    smoke: z.array(absolutePath).max(50).optional(),
    requires: z.array(z.literal("rehearsal")).max(1).optional(),
  }),
});

/** A YAML document of the kind Environment, as data. */
export const environmentDocument: z.ZodType<EnvironmentSpec, unknown> = document.transform(toEnvironmentSpec);

function databaseOf({ diskFree, rehearsal, ...database }: z.output<typeof document>["spec"]["database"]): EnvironmentSpec["database"] {
  return {
    ...database,
    ...(diskFree === undefined ? {} : { diskFreeBytes: diskFree }),
    ...(rehearsal === undefined ? {} : { rehearsal }),
  };
}

/** The declaration as the rest of Plimsoll knows it: milliseconds and bytes, defaults filled in. */
function toEnvironmentSpec({ metadata, spec }: z.output<typeof document>): EnvironmentSpec {
  const { odoo } = spec.runtime;
  const given = spec.limits ?? {};
  return {
    name: metadata.name,
    labels: metadata.labels ?? {},
    tenant: spec.tenant,
    stage: spec.stage,
    database: databaseOf(spec.database),
    dataDirectory: spec.dataDirectory.replace(/\/+$/, ""),
    runtime: {
      kind: "process",
      host: spec.runtime.host,
      odoo: {
        python: odoo.python,
        server: odoo.server,
        ...(odoo.pythonPath === undefined ? {} : { pythonPath: odoo.pythonPath }),
        addonsPaths: odoo.addonsPaths,
        ...(odoo.pycachePrefix === undefined ? {} : { pycachePrefix: odoo.pycachePrefix }),
        options: odoo.options ?? {},
      },
      workers: spec.runtime.workers,
      cronThreads: spec.runtime.cronThreads,
    },
    gateway: { ...spec.gateway.listen, hostnames: spec.gateway.hostnames.map((name) => name.toLowerCase()) },
    ...(spec.release === undefined ? {} : { release: spec.release }),
    limits: {
      holdMsMax: given.hold ?? defaultLimits.holdMsMax,
      drainMsMax: given.drain ?? defaultLimits.drainMsMax,
      backgroundStopMsMax: given.backgroundStop ?? defaultLimits.backgroundStopMsMax,
      updateMsMax: given.update ?? defaultLimits.updateMsMax,
      bootMsMax: given.boot ?? defaultLimits.bootMsMax,
      holdHorizonMs: given.keepOriginal ?? defaultLimits.holdHorizonMs,
      soakMs: given.soak ?? defaultLimits.soakMs,
      heldRequestsMax: given.heldRequests ?? defaultLimits.heldRequestsMax,
      heldBytesMax: given.heldBytes ?? defaultLimits.heldBytesMax,
    },
    ...(spec.smoke === undefined ? {} : { smoke: spec.smoke }),
    ...(spec.requires === undefined ? {} : { requires: spec.requires }),
  };
}
