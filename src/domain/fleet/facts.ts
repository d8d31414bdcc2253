import type { Digest } from "../shared/digest.ts";

export interface InstalledModule {
  readonly name: string;
  /** Odoo's `ir_module_module.state`. */
  readonly state: string;
  /** Odoo's `latest_version`: the version in the database. */
  readonly version: string | null;
  /** Came as a data module or from Studio: has no code on disk. */
  readonly imported: boolean;
}

/** What the tenant made of its database that a release can collide with. */
export interface Customisations {
  readonly manualModels: readonly string[];
  /** `model.field` */
  readonly manualFields: readonly string[];
  /** xmlids of views edited in place. */
  readonly editedViews: readonly string[];
  /** Names of views that no module owns. */
  readonly ownViews: readonly string[];
  readonly serverActions: number;
  readonly automations: number;
}

/** What SQL tells about a tenant database at one moment. */
export interface TenantFacts {
  readonly databaseName: string;
  readonly databaseOid: number;
  readonly databaseSizeBytes: number;
  readonly owner: string;
  readonly serverVersion: string;
  readonly series: string;
  readonly modules: readonly InstalledModule[];
  readonly partiallyUpdated: boolean;
  /** Estimated rows per table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly rowsTotal: number;
  /** Over tables, columns, types, constraints and indexes. */
  readonly schemaFingerprint: Digest;
  /** Over the customisations below and their definitions. */
  readonly customisationFingerprint: Digest;
  readonly customisations: Customisations;
  readonly activeUsers: number;
  /** Codes of the active languages, sorted: `en_US`, `nl_BE`; absent: not known, so it may be any. */
  readonly languages?: readonly string[];
  readonly measuredAt: string;
}
