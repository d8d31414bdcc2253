import type { Json } from "../../domain/shared/canonical-json.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import type { Plan } from "../../domain/plan/plan.ts";
import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import type { EvidenceRow, Verdict } from "../../domain/verdict/verdict.ts";
import type { Capabilities, Capability } from "./capability.ts";
import type { Clock } from "./clock.ts";
import type { Schema } from "./schema.ts";

/** What a step or gate gets from the engine. Only the declared capabilities are there. */
export interface ItemContext<C extends Capability = Capability> {
  readonly deployment: { readonly id: string; readonly change: string; readonly epoch: number };
  readonly plan: Plan;
  readonly environment: EnvironmentSpec;
  /** Aborted when the lease is lost, the step is over its time, or a person aborts. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly use: { readonly [K in C]: Capabilities[K] };
  /** @param fraction 0 to 1, or null when it can't be said */
  progress(fraction: number | null, message: string): void;
  /** A named fact for the record, kept with the step. */
  evidence(name: string, value: Json): void;
  /** The output of an earlier step of this plan, or undefined when that step didn't run. */
  outputOf(step: string): Json | undefined;
  /** While a recovery runs: the loss receipt that was agreed to, null without one; `automatic`: policy decided, no person. */
  readonly recovery?: { readonly receipt: Digest | null; readonly automatic: boolean };
}

export type Observed<O> =
  | { readonly state: "not-started" }
  | { readonly state: "partly"; readonly what: string }
  | { readonly state: "done"; readonly output: O };

/** A step that can't be taken back says why in its type (S10). */
export interface Irreversible {
  readonly irreversible: true;
  readonly reason: string;
}

export type Undo<I, C extends Capability> = (cx: ItemContext<C>, input: I) => Promise<void>;

/** One action of a plan. `apply` and `undo` converge: running them again from any interrupted state reaches the same end. */
export interface StepKind<I = Json, O extends Json = Json, C extends Capability = Capability> {
  /** Kebab case; equals its folder. */
  readonly id: string;
  readonly summary: string;
  readonly input: Schema<I>;
  readonly needs: readonly C[];
  readonly limits: { readonly timeoutMs: number; readonly attempts: number };
  /** Reads only. */
  observe(cx: ItemContext<C>, input: I): Promise<Observed<O>>;
  apply(cx: ItemContext<C>, input: I): Promise<O>;
  readonly undo: Undo<I, C> | Irreversible;
  /** A killed or failed attempt can't be converged: the plan goes back to the step that made the checkpoint (S8), the one of these that it has. */
  readonly restartFrom?: string | readonly string[];
  /**
   * What a successor does that finds this step interrupted while users are held. An orphaned hold must end within 10 s:
   * going forward from before the swap would take longer than going back, so `go-back` is the default; the swap and what
   * follows it are finished.
   */
  readonly interruptedInHold?: "finish" | "go-back";
  /** The engine parks the deployment until this moment (RFC 3339) before it applies the step. */
  notBefore?(cx: ItemContext<C>, input: I): string | null;
  describe(input: I): string;
}

/** A condition that must hold before the plan goes on. It answers; it never throws for a negative answer. */
export interface GateKind<I = Json, C extends Capability = Capability> {
  readonly id: string;
  readonly summary: string;
  readonly phase: "before" | "during" | "after";
  readonly input: Schema<I>;
  readonly needs: readonly C[];
  /** Over it the verdict is inconclusive. */
  readonly limits: { readonly timeoutMs: number };
  evaluate(cx: ItemContext<C>, input: I): Promise<Verdict>;
  describe(input: I): string;
}

export type { EvidenceRow };
