import { z } from "zod";
import { queued, sha256 } from "../../test/conformance/ledger-fixture.ts";
import { memoryLedger, type MemoryLedger } from "../../test/simulation/memory-ledger.ts";
import { VirtualTime } from "../../test/simulation/virtual-time.ts";
import type { Capabilities } from "../app/ports/capability.ts";
import type { ItemContext } from "../app/ports/step.ts";
import type { PlanItem } from "../domain/plan/plan.ts";
import { finalStates, type Deployment } from "../domain/rollout/deployment.ts";
import type { Json } from "../domain/shared/canonical-json.ts";
import type { EvidenceRow, Verdict } from "../domain/verdict/verdict.ts";
import { engineLimits, type EngineWorld } from "./engine-world.ts";
import { startPool, type Pool } from "./pool.ts";
import type { AnyGate, AnyStep, Provided } from "./worker-options.ts";

export const row: EvidenceRow = {
  id: "r",
  title: "A row",
  outcome: "passed",
  expected: 1,
  seen: 1,
  source: "here",
  at: "2025-01-01T00:00:00.000Z",
};

export const passed: Verdict = { kind: "passed", reason: "fine", rows: [row] };

/** One deployment on steps that a test makes up, in virtual time. */
export interface Bench {
  readonly time: VirtualTime;
  readonly ledger: MemoryLedger;
  readonly acts: string[];
  readonly deployment: Deployment;
  start(): Pool;
  /** Lets time pass until the deployment rests, or the bound is over. */
  rest(boundMs?: number): Promise<Deployment>;
  types(): Promise<string[]>;
  /** A person wants its users back. */
  recover(): Promise<Deployment>;
  /** Lets time pass until something is so. */
  until(reached: (deployment: Deployment) => boolean, boundMs?: number): Promise<Deployment>;
  /** A person has it go on. */
  resume(): Promise<Deployment>;
}

interface Parts {
  readonly steps?: Readonly<Record<string, Partial<AnyStep>>>;
  readonly gate?: (cx: ItemContext) => Promise<Verdict>;
  readonly provided?: Partial<Provided>;
  /** Ids of the recovery's steps. */
  readonly recovery?: readonly string[];
  readonly automaticMs?: number;
}

export async function bench(ids: readonly string[], parts: Parts = {}): Promise<Bench> {
  const time = new VirtualTime();
  const ledger = memoryLedger(time.clock());
  const acts: string[] = [];
  const recovery = parts.recovery ?? [];
  const steps = new Map([...ids, ...recovery].filter((id) => id !== "gate").map((id) => [id, toy(id, acts, parts.steps?.[id] ?? {})]));
  const gate: AnyGate = {
    id: "gate",
    summary: "The gate.",
    phase: "during",
    input: z.any(),
    needs: [],
    limits: { timeoutMs: 1_000 },
    evaluate: parts.gate ?? (async () => passed),
    describe: () => "Look.",
  };
  const deployment = await queued(ledger, "acme", ids.map(item), "here", {
    kind: "swap-back",
    sentence: "Swap back.",
    ...(recovery.length === 0 ? {} : { items: recovery.map(item) }),
    ...(parts.automaticMs === undefined ? {} : { automaticMs: parts.automaticMs }),
  });
  const provided: Provided = {
    capabilities: {
      "tenant-database": { claim: async () => void acts.push("take over") },
      runtime: { endStrays: async () => 0 },
    } as unknown as Capabilities,
    epochFloor: async () => 0,
    dispose: async () => undefined,
    ...parts.provided,
  };
  const world: EngineWorld = {
    ledger,
    clock: time.clock(),
    host: "here",
    owner: "w",
    steps,
    gates: new Map([["gate", gate]]),
    provide: () => provided,
    heart: { keep: () => ({ ageMs: () => 0, superseded: () => false, stop: () => undefined }), stop: async () => undefined },
    hash: sha256,
    journal: null,
    limits: engineLimits(3_000),
    log: { info: () => undefined, warn: () => undefined, error: (_fields, message) => void acts.push(message) },
    failpoint: () => undefined,
  };
  const until = async (reached: (deployment: Deployment) => boolean, boundMs = 600_000): Promise<Deployment> => {
    let last = deployment;
    await time.run(() => {
      void ledger.deployment(deployment.id).then((now) => (last = now ?? last));
      return reached(last);
    }, boundMs);
    return last;
  };
  return {
    time,
    ledger,
    acts,
    deployment,
    start: () => startPool(world, 1),
    rest: (boundMs) => until((last) => [...finalStates, "needs-person"].includes(last.state), boundMs),
    until,
    recover: () => ledger.transaction((tx) => tx.requestRecovery(deployment.id, { actor: "anna", reason: "wrong prices", receipt: null })),
    resume: () => ledger.transaction((tx) => tx.resumeDeployment(deployment.id, "anna", "looked at it")),
    types: async () => (await ledger.events({ deployment: deployment.id, limit: 1_000 })).map((event) => event.type),
  };
}

function toy(id: string, acts: string[], more: Partial<AnyStep>): AnyStep {
  const kind: AnyStep = {
    id,
    summary: `Step ${id}`,
    input: z.any(),
    needs: ["tenant-database"],
    limits: { timeoutMs: 10_000, attempts: 3 },
    observe: async () => ({ state: "not-started" }),
    apply: async () => null,
    undo: async () => undefined,
    describe: () => id,
    ...more,
  };
  const { undo } = kind;
  return {
    ...kind,
    apply: async (cx: ItemContext, input: Json) => {
      acts.push(`apply ${id}`);
      return kind.apply(cx, input);
    },
    undo:
      typeof undo === "function"
        ? async (cx: ItemContext, input: Json) => {
            acts.push(`undo ${id}`);
            await undo(cx, input);
          }
        : undo,
  };
}

export function item(id: string): PlanItem {
  return id === "gate"
    ? { type: "gate", id, phase: "during", input: {}, sentence: "Look." }
    : { type: "step", id, input: {}, sentence: `${id}.` };
}
