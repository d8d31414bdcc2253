export interface Clock {
  /** RFC 3339 in UTC, milliseconds. */
  now(): string;
  /** Milliseconds on a clock that never goes back; only differences mean something. */
  monotonicMs(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
