/** Eight buckets an octave: what is read out of it is at most 9 % above what was put in. */
const perOctave = 8;
const msMin = 0.125;
const msMax = 3 * 3_600_000;
const buckets = bucketOf(msMax) + 1;

/** Times by their order of magnitude: the same few hundred numbers however many requests come. */
export class LatencyHistogram {
  readonly #counts: Float64Array = new Float64Array(buckets);
  #total = 0;
  #msMax = 0;

  add(ms: number): void {
    const bucket = bucketOf(ms);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
    if (ms > this.#msMax) this.#msMax = ms;
  }

  /** In milliseconds; null before the first one. */
  summary(): { readonly p50: number; readonly p95: number; readonly p99: number; readonly max: number } | null {
    if (this.#total === 0) return null;
    return { p50: this.#quantile(0.5), p95: this.#quantile(0.95), p99: this.#quantile(0.99), max: round(this.#msMax) };
  }

  #quantile(share: number): number {
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return round(Math.min(upperMs(bucket), this.#msMax));
    }
    return round(this.#msMax);
  }
}

function bucketOf(ms: number): number {
  return Math.max(0, Math.floor(Math.log2(Math.min(ms, msMax) / msMin) * perOctave));
}

function upperMs(bucket: number): number {
  return msMin * 2 ** ((bucket + 1) / perOctave);
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
