import type { FencedTransaction } from "../app/ports/store.ts";
import type { Deployment, ItemRun } from "../domain/rollout/deployment.ts";
import type { Digest } from "../domain/shared/digest.ts";

/** One commit of the engine. */
export interface Write {
  /** For failpoints and logs. */
  readonly what: string;
  readonly write: (tx: FencedTransaction) => Promise<void>;
  /** Is it in the ledger? Asked when the answer to a commit was lost, so that nothing is written twice. */
  readonly already: (truth: Truth) => boolean;
}

export interface Truth {
  readonly deployment: Deployment;
  readonly runs: readonly ItemRun[];
  readonly approvedDigest: Digest | null;
}
