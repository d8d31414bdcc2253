import { z } from "zod";
import type { Digest } from "../../domain/shared/digest.ts";
import type { ReleaseMetadata } from "../../domain/release/release.ts";
import { digest, moment, releaseName, releaseReference } from "./names.ts";
import type { None, Operation } from "./operation.ts";

export interface ReleaseSummary {
  readonly name: string;
  readonly digest: Digest;
  readonly series: string;
  readonly modules: number;
  readonly files: number;
  readonly sizeBytes: number;
  readonly createdAt: string;
  readonly createdBy: string;
  /** Environments that it serves now. */
  readonly servesIn: readonly string[];
}

export interface ReleaseModule {
  readonly name: string;
  readonly version: string;
  readonly digest: Digest;
  readonly depends: readonly string[];
  readonly installable: boolean;
  readonly migrationScripts: readonly string[];
  readonly fileCount: number;
  readonly sizeBytes: number;
}

export interface ReleaseDetail extends ReleaseSummary {
  readonly metadata: ReleaseMetadata;
  readonly moduleList: readonly ReleaseModule[];
}

export interface ReleaseCreated extends ReleaseSummary {
  /** false: the same name with the same content was there already. */
  readonly created: boolean;
}

export interface ModuleDifference {
  readonly module: string;
  readonly change: "changed" | "added" | "removed";
  readonly fromVersion: string | null;
  readonly toVersion: string | null;
  readonly filesAdded: readonly string[];
  readonly filesRemoved: readonly string[];
  readonly filesChanged: readonly string[];
  /** Models, fields, constraints, methods, records and views, as `field sale.order.note`; null: their sources weren't read. */
  readonly declarations: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly changed: readonly string[];
  } | null;
}

export interface ReleaseDifference {
  readonly from: string;
  readonly to: string;
  readonly equal: boolean;
  readonly modules: readonly ModuleDifference[];
}

const summaryShape = {
  name: z.string(),
  digest,
  series: z.string(),
  modules: z.int(),
  files: z.int(),
  sizeBytes: z.int(),
  createdAt: moment,
  createdBy: z.string(),
  servesIn: z.array(z.string()),
};
const moduleSchema = z.object({
  name: z.string(),
  version: z.string(),
  digest,
  depends: z.array(z.string()),
  installable: z.boolean(),
  migrationScripts: z.array(z.string()),
  fileCount: z.int(),
  sizeBytes: z.int(),
});
const metadata = z.object({
  commit: z.string().exactOptional(),
  author: z.string().exactOptional(),
  notes: z.string().exactOptional(),
  sources: z.array(z.string()),
});
const versionOrNull = z.string().nullable();
const difference = z.object({
  module: z.string(),
  change: z.enum(["changed", "added", "removed"]),
  fromVersion: versionOrNull,
  toVersion: versionOrNull,
  filesAdded: z.array(z.string()),
  filesRemoved: z.array(z.string()),
  filesChanged: z.array(z.string()),
  declarations: z.object({ added: z.array(z.string()), removed: z.array(z.string()), changed: z.array(z.string()) }).nullable(),
});

export interface CreateReleaseBody {
  readonly name: string;
  readonly sources: readonly string[];
  readonly series: string;
  readonly notes?: string | undefined;
}

const sourcesMax = 50;

export const createRelease: Operation<
  None,
  None,
  CreateReleaseBody,
  ReleaseCreated,
  Omit<CreateReleaseBody, "series"> & { readonly series?: string | undefined }
> = {
  id: "createRelease",
  tag: "releases",
  summary: "Take a snapshot of addons into the store under a name",
  method: "post",
  path: "/releases",
  params: null,
  query: null,
  body: z.strictObject({
    name: releaseName,
    sources: z
      .array(z.string().min(1).max(4_096))
      .min(1)
      .max(sourcesMax)
      .describe("Addons folders of the server's host, in order of precedence; or repository@ref:path"),
    series: z
      .string()
      .regex(/^\d{2}\.\d$/, "must be an Odoo series, such as 19.0")
      .default("19.0"),
    notes: z.string().max(10_000).optional(),
  }),
  answer: z.object({ ...summaryShape, created: z.boolean() }),
  status: 201,
  slow: true,
};

export const listReleases: Operation<None, None, null, { readonly items: readonly ReleaseSummary[] }> = {
  id: "listReleases",
  tag: "releases",
  summary: "Releases, newest first",
  method: "get",
  path: "/releases",
  params: null,
  query: null,
  body: null,
  answer: z.object({ items: z.array(z.object(summaryShape)) }),
  status: 200,
  slow: false,
};

export const showRelease: Operation<{ readonly release: string }, None, null, ReleaseDetail> = {
  id: "showRelease",
  tag: "releases",
  summary: "One release with its modules",
  method: "get",
  path: "/releases/{release}",
  params: z.object({ release: releaseReference }),
  query: null,
  body: null,
  answer: z.object({ ...summaryShape, metadata, moduleList: z.array(moduleSchema) }),
  status: 200,
  slow: false,
};

export const diffReleases: Operation<{ readonly release: string; readonly other: string }, None, null, ReleaseDifference> = {
  id: "diffReleases",
  tag: "releases",
  summary: "What the second release changes, by module, file and declaration",
  method: "get",
  path: "/releases/{release}/diff/{other}",
  params: z.object({ release: releaseReference, other: releaseReference }),
  query: null,
  body: null,
  answer: z.object({ from: z.string(), to: z.string(), equal: z.boolean(), modules: z.array(difference) }),
  status: 200,
  slow: true,
};
