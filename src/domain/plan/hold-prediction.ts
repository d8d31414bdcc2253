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
  readonly rehearsal?: RehearsedHold | null;
}

/** What is known of a hold from its rehearsal. */
export interface RehearsedHold {
  readonly deployment: string;
  readonly at: string;
  readonly partsMs: Readonly<Record<string, number>>;
  /** Of earlier rehearsed changes here: how long users waited, as a share of what was predicted (1: exactly so). */
  readonly deviations?: readonly number[];
}

export interface HoldPrediction {
  readonly value: number;
  readonly basis: string;
  readonly low?: number;
  readonly high?: number;
}

/*
 * Measured on 2 cores: a leaf update 8.4 s of which 3.5 s is a plain load, 10 modules 11–19 s, 27 modules
 * 40–67 s; clones at 200 MB/s and more; boot and probes together about 8 s.
 */
const bootAndProbeMs = 8_000;
const updateFloorMs = 6_000;
const perModuleMs = 1_500;
const cloneBytesPerMs = 200_000;
/** One look at a gateway without requests in flight; closing the database and ending its sessions. */
const closingMs = 80;

/*
 * What a rehearsal can be off by, until this environment's own changes say it. Most of it makes the change faster: users work on
 * the same machine while it is rehearsed, the release's code is compiled then for the first time, and Odoo reaches the copy
 * through a relay. The same work on the same machine was up to a fifth slower from one run to the next.
 */
const usualSpread = { low: 0.6, high: 1.2 } as const;
const deviationsMin = 3;

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

/**
 * How long users wait while the live database is cloned by template and nothing else is done.
 *
 * @param facts.drainMs how long requests that run already may take to end before it
 */
export function predictCloneHold(facts: Pick<HoldFacts, "databaseSizeBytes" | "rehearsal"> & { readonly drainMs: number }): HoldPrediction {
  const rehearsed = facts.rehearsal?.partsMs["clone"];
  const value = Math.round(closingMs + (rehearsed ?? facts.databaseSizeBytes / cloneBytesPerMs));
  const from =
    facts.rehearsal === undefined || facts.rehearsal === null || rehearsed === undefined
      ? `a guess from ${Math.round(facts.databaseSizeBytes / 1e6)} MB`
      : `as in the rehearsal ${facts.rehearsal.deployment} on ${facts.rehearsal.at.slice(0, 10)}`;
  return {
    value,
    basis: `the time of a clone by template (${from}), and before it up to ${Math.round(facts.drainMs / 1000)} s for requests that run already`,
    low: value,
    high: value + facts.drainMs,
  };
}

function asRehearsed({ deployment, at, partsMs, deviations = [] }: RehearsedHold): HoldPrediction {
  const value = Object.values(partsMs).reduce((sum, ms) => sum + ms, 0);
  const known = deviations.length >= deviationsMin;
  // Few say only that it can be more than usual, never that it is less.
  const { low, high } = known ? { low: 1, high: 1 } : usualSpread;
  const spread = known ? `, give or take what ${deviations.length} earlier rehearsals here were off by` : "";
  return {
    value: Math.round(value),
    basis: `rehearsed on ${at.slice(0, 10)} as ${deployment}${spread}`,
    low: Math.round(value * Math.min(low, ...deviations)),
    high: Math.round(value * Math.max(high, ...deviations)),
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
