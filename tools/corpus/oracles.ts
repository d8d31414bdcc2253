import { existsSync } from "node:fs";
import { readParts } from "../../test/parts/parts.ts";
import { runProgram } from "../../test/parts/program.ts";
import { openOracle, type Oracle } from "./oracle.ts";
import { oracleFile, readOracle, writeOracle, type OracleRecord } from "./oracle-record.ts";
import { buildsOf, moduleOf, pairName, type Pair, type Sample } from "./sample.ts";
import { obtainPython, obtainWheels, requirementsOf } from "./wheels.ts";

/** What is known of a pair: what Odoo made of it, to be read one by one because each is large, or why it wasn't asked. */
export type Asked = { readonly pair: Pair; readonly read: () => OracleRecord } | { readonly pair: Pair; readonly skipped: string };

export interface OracleOptions {
  /** How many Odoos at once; 0: none, the cache alone is asked. */
  readonly jobs: number;
  /** Progress for people. */
  readonly say: (message: string) => void;
}

/** Asks a real Odoo about the pairs that the cache has no record of; records of the others are read. In the order of the pairs. */
export async function askOracle(pairs: readonly Pair[], sample: Sample, options: OracleOptions): Promise<Asked[]> {
  await obtainWheels(
    pairs.flatMap((pair) => [...buildsOf(pair, "from"), ...buildsOf(pair, "to")]),
    sample.wheels,
    options.say,
  );
  const pythonFolder = await obtainPython(sample.python);
  const lacking = await pythonLacking(pairs);
  const odoo = readParts().odoo.packageVersion;
  const fileOf = (pair: Pair): string => oracleFile(pair, sample, odoo, [moduleOf(pair)]);
  const queue = pairs.filter((pair) => !lacking.has(pair) && !existsSync(fileOf(pair)));
  if (queue.length > 0 && options.jobs > 0) await runAll(queue, fileOf, await openOracle(pythonFolder), options);
  return pairs.map((pair) => {
    const why = lacking.get(pair);
    if (why !== undefined) return { pair, skipped: why };
    const file = fileOf(pair);
    return existsSync(file) ? { pair, read: () => readOracle(file) } : { pair, skipped: "Odoo hasn't been asked yet" };
  });
}

async function runAll(queue: readonly Pair[], fileOf: (pair: Pair) => string, oracle: Oracle, { jobs, say }: OracleOptions): Promise<void> {
  const left = [...queue];
  const worker = async (): Promise<void> => {
    for (let pair = left.shift(); pair !== undefined; pair = left.shift()) {
      const record = await oracle.run(pair);
      writeOracle(fileOf(pair), record);
      const { outcome, installMs, updateMs } = record;
      const end = outcome.kind === "updated" ? "" : `: ${outcome.kind}: ${outcome.why}`;
      say(`${pairName(pair)}: ${((installMs + updateMs) / 1000).toFixed(0)} s${end}; ${left.length} to go`);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(jobs, left.length) }, worker));
  } finally {
    await oracle.close();
  }
}

/** Pairs whose wheels need a Python distribution that Odoo's Python hasn't; with the sentence that says so. */
async function pythonLacking(pairs: readonly Pair[]): Promise<ReadonlyMap<Pair, string>> {
  const needs = new Map(
    pairs.map((pair) => [
      pair,
      [...new Set((["from", "to"] as const).flatMap((side) => buildsOf(pair, side).flatMap((build) => requirementsOf(build).python)))],
    ]),
  );
  const names = [...new Set([...needs.values()].flat())];
  const end = await runProgram(readParts().odoo.python, ["-c", haveNot, ...names]);
  if (end.exitCode !== 0) throw new Error(`Odoo's Python couldn't be asked for its distributions:\n${end.output.slice(-2000)}`);
  const missing = new Set(end.stdout.split("\n").filter((name) => name !== ""));
  return new Map(
    [...needs].flatMap(([pair, wanted]) => {
      const lacks = wanted.filter((name) => missing.has(name) && pair.python?.includes(name) !== true);
      return lacks.length === 0 ? [] : [[pair, `needs ${lacks.join(", ")}, which Odoo's Python doesn't have`] as const];
    }),
  );
}

const haveNot = `
import importlib.metadata, sys
for name in sys.argv[1:]:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        print(name)
`;
