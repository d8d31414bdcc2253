import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { benches } from "./benches.ts";
import type { Bench, BenchReport } from "./bench-kind.ts";
import { describeMachine } from "./machine.ts";
import { reportText, withSection } from "./render.ts";
import { unwindOnSignal } from "./unwinding.ts";

const document = fileURLToPath(new URL("../../docs/reference/benchmarks.md", import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
process.exitCode = values.help || positionals.length === 0 ? list() : await main(positionals);

function list(): number {
  const width = Math.max(...benches.map(({ name }) => name.length));
  process.stdout.write(
    [
      "usage: npm run bench -- NAME [--json] [--write] [--quick]",
      "",
      ...benches.map(({ name, what }) => `  ${name.padEnd(width)}  ${what}`),
      "",
      "  --json   the figures as JSON on standard output; progress goes to standard error",
      "  --write  put them into docs/reference/benchmarks.md",
      "  --quick  few repetitions on little data, to see that it works",
      "",
    ].join("\n"),
  );
  return 0;
}

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined) {
    process.stderr.write(`There is no bench ${unknown}; there are ${benches.map(({ name }) => name).join(", ")}.\n`);
    return 2;
  }
  if (values.quick && values.write) {
    process.stderr.write("Figures of --quick aren't worth writing down.\n");
    return 2;
  }
  unwindOnSignal();
  const state = { exitCode: 0 };
  for (const bench of benches.filter(({ name }) => names.includes(name))) {
    const report = await measure(bench).catch((error: unknown) => {
      process.stderr.write(`${bench.name} broke: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      return null;
    });
    if (report === null) {
      state.exitCode = 1;
      continue;
    }
    process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `\n${bench.name}\n\n${reportText(bench, report)}\n`);
    if (values.write) writeFileSync(document, withSection(readFileSync(document, "utf8"), bench.name, reportText(bench, report)));
  }
  return state.exitCode;
}

async function measure(bench: Bench): Promise<BenchReport> {
  const machine = describeMachine();
  const startedMs = performance.now();
  const say = (message: string): void => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    process.stderr.write(`[${bench.name} ${seconds.padStart(4)} s] ${message}\n`);
  };
  const { rows, notes } = await bench.run({ quick: values.quick, say });
  const durationMs = Math.round(performance.now() - startedMs);
  return { bench: bench.name, at: new Date().toISOString(), quick: values.quick, durationMs, machine, rows, notes };
}
