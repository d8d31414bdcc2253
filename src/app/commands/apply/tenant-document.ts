import { z } from "zod";
import { resourceName } from "../../names.ts";
import { labels } from "./environment-document.ts";

export interface DeclaredTenant {
  readonly name: string;
  readonly title: string;
}

/** A YAML document of the kind Tenant, as data. */
export const tenantDocument: z.ZodType<DeclaredTenant, unknown> = z
  .strictObject({
    apiVersion: z.literal("plimsoll.dev/v1alpha1"),
    kind: z.literal("Tenant"),
    metadata: z.strictObject({ name: resourceName, labels: labels.optional(), annotations: labels.optional() }),
    spec: z.strictObject({ title: z.string().min(1).max(200).optional() }).optional(),
  })
  .transform(({ metadata, spec }) => ({ name: metadata.name, title: spec?.title ?? metadata.name }));
