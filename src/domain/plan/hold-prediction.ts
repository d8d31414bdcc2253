/** Earlier holds, in ms. */
export interface EarlierHolds {
  readonly medianHoldMs: number;
  readonly n: number;
  readonly lowMs?: number;
  readonly highMs?: number;
}

/** What is known before users are made to wait. */
export interface HoldFacts {
  readonly modules: number;
  readonly databaseSizeBytes: number;
  readonly history: (EarlierHolds & { readonly byClass?: Readonly<Record<string, EarlierHolds>> }) | null;
  /** The class that the change is planned to have; of the earlier holds those of the same class say most. */
  readonly plannedClass?: string;
  /** A rehearsal of exactly this; its parts add up to the hold. */
  readonly rehearsal?: { readonly deployment: string; readonly at: string; readonly partsMs: Readonly<Record<string, number>> } | null;
}

export interface HoldPrediction {
  readonly value: number;
  readonly basis: string;
  readonly low?: number;
  readonly high?: number;
}

/*
 * Measured on 2 cores (odoo.md part D): a leaf update 8.4 s of which 3.5 s is a plain load, 10 modules 11–19 s, 27 modules
 * 40–67 s; clones at 200 MB/s and more; boot and probes together about 8 s.
 */
const bootAndProbeMs = 8_000;
const updateFloorMs = 6_000;
const perModuleMs = 1_500;
const cloneBytesPerMs = 200_000;

/** How much faster or slower the same work was on the same machine from one run to the next. */
const rehearsedLow = 0.85;
const rehearsedHigh = 1.2;

/** How long users will wait: as rehearsed; else from this environment's earlier holds; else a stated prior that is marked as a guess. */
export function predictHold(facts: HoldFacts): HoldPrediction {
  if (facts.rehearsal !== undefined && facts.rehearsal !== null) return asRehearsed(facts.rehearsal);
  if (facts.history !== null) return asBefore(facts.history, facts.plannedClass);
  const value = bootAndProbeMs + updateFloorMs + facts.modules * perModuleMs + facts.databaseSizeBytes / cloneBytesPerMs;
  return {
    value: Math.round(value),
    basis: `a guess from ${facts.modules} modules and ${Math.round(facts.databaseSizeBytes / 1e6)} MB; nothing was rehearsed`,
  };
}

function asRehearsed({ deployment, at, partsMs }: NonNullable<HoldFacts["rehearsal"]>): HoldPrediction {
  const value = Object.values(partsMs).reduce((sum, ms) => sum + ms, 0);
  return {
    value: Math.round(value),
    basis: `rehearsed on ${at.slice(0, 10)} as ${deployment}`,
    low: Math.round(value * rehearsedLow),
    high: Math.round(value * rehearsedHigh),
  };
}

function asBefore(history: NonNullable<HoldFacts["history"]>, plannedClass: string | undefined): HoldPrediction {
  const same = plannedClass === undefined ? undefined : history.byClass?.[plannedClass];
  const { medianHoldMs, n, lowMs, highMs } = same ?? history;
  return {
    value: medianHoldMs,
    basis: `median of ${n} earlier ${n === 1 ? "hold" : "holds"}${same === undefined ? "" : ` of class ${plannedClass}`} here`,
    ...(lowMs === undefined || n < 2 ? {} : { low: lowMs }),
    ...(highMs === undefined || n < 2 ? {} : { high: highMs }),
  };
}
