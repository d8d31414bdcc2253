import type { Gateway } from "./gateway.ts";
import type { EvidenceStore } from "./evidence-store.ts";
import type { Filestore } from "./filestore.ts";
import type { OdooRuntime } from "./odoo-runtime.ts";
import type { ReleaseLibrary } from "./release-library.ts";
import type { TenantDatabase } from "./tenant-database.ts";

/** What the engine can hand to a step; nothing is handed that the step doesn't declare. */
export interface Capabilities {
  readonly "tenant-database": TenantDatabase;
  readonly "evidence-store": EvidenceStore;
  readonly filestore: Filestore;
  readonly gateway: Gateway;
  readonly runtime: OdooRuntime;
  readonly "release-library": ReleaseLibrary;
}

export type Capability = keyof Capabilities;
