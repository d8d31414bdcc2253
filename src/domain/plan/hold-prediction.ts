/** What is known before the first rehearsal of a release. */
export interface HoldFacts {
  readonly modules: number;
  readonly databaseSizeBytes: number;
  readonly history: { readonly medianHoldMs: number; readonly n: number } | null;
}

/*
 * Measured on 2 cores (odoo.md part D): a leaf update 8.4 s of which 3.5 s is a plain load, 10 modules 11–19 s, 27 modules
 * 40–67 s; clones at 200 MB/s and more; boot and probes together about 8 s.
 */
const bootAndProbeMs = 8_000;
const updateFloorMs = 6_000;
const perModuleMs = 1_500;
const cloneBytesPerMs = 200_000;

/** How long users will wait, from this environment's earlier holds, or from a stated prior that is marked as a guess. */
export function predictHold(facts: HoldFacts): { value: number; basis: string } {
  if (facts.history !== null) return { value: facts.history.medianHoldMs, basis: `median of ${facts.history.n} earlier holds here` };
  const value = bootAndProbeMs + updateFloorMs + facts.modules * perModuleMs + facts.databaseSizeBytes / cloneBytesPerMs;
  return {
    value: Math.round(value),
    basis: `a guess from ${facts.modules} modules and ${Math.round(facts.databaseSizeBytes / 1e6)} MB; nothing was rehearsed`,
  };
}
