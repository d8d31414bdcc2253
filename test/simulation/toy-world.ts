import { PlimsollError } from "../../src/domain/shared/errors.ts";

/** One thing that was done to the world, or looked at. */
export interface Trace {
  readonly atMs: number;
  readonly epoch: number;
  readonly step: string;
  readonly act: "apply" | "observe" | "undo" | "effect";
}

interface Candidate {
  readonly id: number;
  state: "cloned" | "updating" | "updated";
  closed: boolean;
  proven: boolean;
}

/**
 * A tenant in a few fields: the database that answers, its clone, the gateway. It has the fences that the real one has (one
 * session per epoch holds the lock; the gateway refuses lower epochs) and complains about everything that must never be.
 */
export class ToyWorld {
  readonly violations: string[] = [];
  readonly trace: Trace[] = [];
  highest = 0;
  session: number | null = null;
  live: "original" | "candidate" = "original";
  fenced = false;
  traffic: "pass" | "hold" = "pass";
  upstream: "old" | "new" = "old";
  linked = false;
  background: "old" | "new" | "stopped" = "old";
  candidate: Candidate | null = null;
  originalDropped = false;
  /** The candidate, once it serves, closed by a recovery. */
  newFenced = false;
  /** How often users were taken back to the old release. */
  takenBack = 0;
  abandonedDropped = false;
  refused = 0;
  clones = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  note(epoch: number, step: string, act: Trace["act"]): void {
    this.trace.push({ atMs: this.#nowMs(), epoch, step, act });
  }

  claim(epoch: number): void {
    if (epoch < this.highest) {
      this.refused += 1;
      throw new PlimsollError("EPOCH_SUPERSEDED", `Epoch ${epoch} is over.`);
    }
    this.highest = epoch;
    this.session = epoch;
  }

  endSession(epoch: number): void {
    if (this.session === epoch) this.session = null;
  }

  /** Statements on the locked session. */
  change(epoch: number, step: string, effect: () => void): void {
    if (this.session !== epoch) {
      this.refused += 1;
      throw new PlimsollError("LEASE_LOST", `Epoch ${epoch} has no session.`);
    }
    this.note(epoch, step, "effect");
    effect();
  }

  /** Commands to gateway and supervisor, which know the highest epoch without a session. */
  command(epoch: number, step: string, effect: () => void): void {
    if (epoch < this.highest) {
      this.refused += 1;
      throw new PlimsollError("EPOCH_SUPERSEDED", `Epoch ${epoch} is over.`);
    }
    this.highest = epoch;
    this.note(epoch, step, "effect");
    effect();
  }

  clone(): void {
    if (!this.fenced) this.violations.push("cloned a database that isn't fenced");
    this.candidate = { id: (this.clones += 1), state: "cloned", closed: false, proven: false };
  }

  swap(): void {
    if (this.candidate?.state !== "updated") this.violations.push("swapped in a clone that isn't updated");
    if (this.candidate?.proven !== true) this.violations.push("swapped in a clone that no gate passed");
    if (!this.fenced || this.traffic !== "hold") this.violations.push("swapped while users could write");
    this.live = "candidate";
  }

  swapBack(): void {
    if (this.upstream === "new") this.violations.push("swapped back under users");
    this.live = "original";
  }

  open(upstream: "old" | "new"): void {
    if (upstream === "old" && this.upstream === "new") this.violations.push("users were taken back to the old release");
    if (upstream === "new" && this.takenBack > 0)
      this.violations.push("users were let onto the new release after they had been taken back");
    if (upstream === "new" && this.newFenced) this.violations.push("users were let onto a closed candidate");
    if (upstream === "new" && this.live !== "candidate") this.violations.push("users were let onto a release without its database");
    if (upstream === "old" && (this.live !== "original" || this.fenced)) this.violations.push("users were let onto a closed original");
    this.traffic = "pass";
    this.upstream = upstream;
  }

  /** The kept original takes its name again, and the database that users wrote to is kept beside it. */
  bringBack(): void {
    if (this.originalDropped) this.violations.push("swapped back what was dropped");
    if (this.live === "candidate" && (!this.newFenced || this.traffic !== "hold"))
      this.violations.push("swapped back while users could write");
    this.live = "original";
    this.fenced = false;
  }

  /** A recovery is taken back before users were let in. */
  leaveAgain(): void {
    if (this.upstream === "old") this.violations.push("took the original away from its users");
    this.live = "candidate";
    this.fenced = true;
  }

  takeUsersBack(): void {
    if (this.live !== "original" || this.fenced) this.violations.push("users were taken back to a closed original");
    this.takenBack += 1;
    this.traffic = "pass";
    this.upstream = "old";
  }

  dropAbandoned(): void {
    if (this.live !== "original" || this.upstream !== "old") this.violations.push("dropped the new release's database while it was needed");
    this.abandonedDropped = true;
    this.candidate = null;
  }

  dropOriginal(): void {
    if (this.live !== "candidate" || this.upstream !== "new") this.violations.push("dropped the original while it was needed");
    this.originalDropped = true;
  }
}
