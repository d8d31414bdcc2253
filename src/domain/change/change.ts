import type { Digest } from "../shared/digest.ts";
import type { AgreedRemovals } from "../impact/impact.ts";

export type ChangeState = "draft" | "planned" | "approved" | "running" | "done" | "undone" | "needs-person" | "cancelled" | "recovered";

/** What a release change asks for; other kinds bring their own. */
export interface ReleaseChangeSpec {
  readonly environment: string;
  /** Name or digest of the release to go to. */
  readonly release: string;
  readonly agreedRemovals: AgreedRemovals;
  /** Of a rehearsal: the change that is rehearsed, and how the copy is made. */
  readonly rehearses?: string;
  readonly copy?: "dump" | "template";
}

export interface Change {
  /** `C-12` */
  readonly id: string;
  readonly kind: string;
  readonly state: ChangeState;
  readonly spec: ReleaseChangeSpec;
  readonly reason: string;
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly planDigest: Digest | null;
  readonly approvedDigest: Digest | null;
  readonly approvedBy: string | null;
  readonly deployment: string | null;
}
