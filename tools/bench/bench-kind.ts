import type { Summary } from "./statistics.ts";

/** One comparison; `name` is also the name of its file, and of its section in docs/reference/benchmarks.md. */
export interface Bench {
  readonly name: string;
  /** What is measured, in a sentence. */
  readonly what: string;
  /** What it is measured against, in the same run. */
  readonly peer: string;
  /** What Plimsoll is meant to reach. */
  readonly aim: string;
  readonly run: (options: BenchOptions) => Promise<BenchFigures>;
}

export interface BenchOptions {
  /** A few repetitions on little data: to see that the bench works, not to believe its figures. */
  readonly quick: boolean;
  /** Progress for people. */
  readonly say: (message: string) => void;
}

export interface BenchFigures {
  readonly rows: readonly Row[];
  /** What a reader has to know: what was cut, what isn't compared. */
  readonly notes: readonly string[];
}

export interface Row {
  readonly what: string;
  readonly unit: Unit;
  readonly plimsoll: Summary | null;
  readonly peer: Summary | null;
  /** Of the medians; how many times the peer's is Plimsoll's. Null where a ratio says nothing. */
  readonly ratio: number | null;
  readonly aim: string | null;
  /** Null: there is no aim, or it couldn't be told. */
  readonly met: boolean | null;
}

export type Unit = "ms" | "s" | "MB" | "requests" | "requests/s" | "%";

export interface BenchReport extends BenchFigures {
  readonly bench: string;
  readonly at: string;
  readonly quick: boolean;
  readonly durationMs: number;
  readonly machine: Machine;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly postgres: string;
  readonly odoo: string;
  /** One-minute load before the bench: above some tenths, somebody else was at work. */
  readonly loadBefore: number;
  readonly fsync: "on";
}
