import type { EnvironmentSpec, SecretReference } from "../domain/fleet/environment.ts";
import type { HashText } from "../domain/shared/digest.ts";
import type { AnalysisKind } from "./ports/analysis-kind.ts";
import type { ChangeKind, Describe } from "./ports/change-kind.ts";
import type { EvidenceStore } from "./ports/evidence-store.ts";
import type { Clock } from "./ports/clock.ts";
import type { Filestore } from "./ports/filestore.ts";
import type { Gateway } from "./ports/gateway.ts";
import type { OdooRuntime } from "./ports/odoo-runtime.ts";
import type { ReleaseLibrary } from "./ports/release-library.ts";
import type { SourceTrees } from "./ports/source-trees.ts";
import type { Store } from "./ports/store.ts";
import type { SqlReader } from "./ports/tenant-database.ts";

/** Everything outside that use cases touch, as ports. Built once, in src/main. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly hash: HashText;
  /** Name of the host on which this process can start and stop things. */
  readonly host: string;
  readonly releases: ReleaseLibrary;
  readonly evidence: EvidenceStore;
  readonly gateway: Gateway;
  readonly changeKinds: readonly ChangeKind[];
  readonly analysisKinds: readonly AnalysisKind[];
  readonly trees: SourceTrees;
  readonly describe: Describe;
  /** Reads a secret at the moment it is needed. @throws SECRET_UNREADABLE */
  readSecret(reference: SecretReference): Promise<string>;
  openRuntime(environment: EnvironmentSpec): Promise<OdooRuntime>;
  openFilestore(environment: EnvironmentSpec): Filestore;
  /**
   * One READ ONLY session in the environment's database, with its own role.
   *
   * @throws DATABASE_UNREACHABLE, DATABASE_PASSWORD_WRONG, DATABASE_MISSING, DATABASE_BUSY
   */
  readDatabase<T>(environment: EnvironmentSpec, work: (sql: SqlReader) => Promise<T>): Promise<T>;
  /**
   * One transaction in the environment's live database, with its own role: for what a person decided about work that would leave
   * twice, and for nothing else. @throws as `readDatabase`
   */
  writeDatabase<T>(environment: EnvironmentSpec, work: (sql: SqlReader) => Promise<T>): Promise<T>;
  /** Highest epoch that gateway and supervisor have obeyed for an environment; 0 when none. They remember more than a store that was made anew. */
  highestEpoch(environment: string): Promise<number>;
  /** May this address be listened on now? */
  isPortFree(host: string, port: number): Promise<boolean>;
}
