/** What remains of many measurements. */
export interface Summary {
  readonly n: number;
  readonly median: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
}

/** The smallest value that is not below a share `q` of all; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * q) - 1))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** @returns null for no values at all */
export function summary(values: readonly number[]): Summary | null {
  if (values.length === 0) return null;
  return { n: values.length, median: median(values), p99: quantile(values, 0.99), min: Math.min(...values), max: Math.max(...values) };
}

/** How many times the peer's median is ours; null where one of them is missing or ours is nothing. */
export function ratioOf(plimsoll: Summary | null, peer: Summary | null): number | null {
  return plimsoll === null || peer === null || plimsoll.median === 0 ? null : peer.median / plimsoll.median;
}
