import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readParts } from "../../test/parts/parts.ts";
import { judge, type JudgedPair } from "./judge.ts";
import { askOracle, type Asked } from "./oracles.ts";
import { openAnalyser } from "./predicted.ts";
import { type CorpusReport, isIntolerable, reportText, summarise, withReport } from "./report.ts";
import { firstPairs, pairName, readSample, type Pair } from "./sample.ts";

const document = fileURLToPath(new URL("../../docs/reference/analysis-accuracy.md", import.meta.url));

const usage = `usage: npm run corpus -- [--pairs N] [--addon NAME]... [--from VERSION] [--json] [--write] [--jobs N] [--oracle-only]

Compares what \`plimsoll analyze\` says of real releases with what a real Odoo then does. What Odoo did is kept in the cache.

  --pairs N      the first N of the sample: those of the tests come first, and are all without this
  --addon NAME   only pairs of this addon, such as date-range; may be repeated
  --from VERSION only the pair that begins with this version
  --json         report as JSON on standard output; progress goes to standard error
  --write        put the report into docs/reference/analysis-accuracy.md
  --jobs N       how many Odoos at once (2); 0: only pairs that the cache knows
  --oracle-only  ask Odoo and compare nothing
`;

const { values } = parseArgs({
  options: {
    pairs: { type: "string" },
    addon: { type: "string", multiple: true },
    from: { type: "string" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
    "oracle-only": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
process.exitCode = values.help ? help() : await main();

function help(): number {
  process.stdout.write(usage);
  return 0;
}

function chosenPairs(pairs: readonly Pair[]): readonly Pair[] {
  const { addon, from } = values;
  const asked = pairs.filter((pair) => (addon?.includes(pair.addon) ?? true) && (from === undefined || pair.from === from));
  const tests = asked.filter(({ covers }) => covers !== undefined).length;
  return firstPairs(asked, Number(values.pairs ?? (addon === undefined ? tests : asked.length)));
}

async function main(): Promise<number> {
  const startedMs = performance.now();
  const say = (message: string): void => {
    process.stderr.write(`[corpus ${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s] ${message}\n`);
  };
  const sample = readSample();
  const pairs = chosenPairs(sample.pairs);
  if (pairs.length === 0) {
    process.stderr.write(`The sample has no such pair.\n${usage}`);
    return 2;
  }
  const asked = await askOracle(pairs, sample, { jobs: Number(values.jobs), say });
  if (values["oracle-only"]) return 0;
  const report = await compareAll(asked, say);
  process.stdout.write(values.json ? `${JSON.stringify({ ...report, summary: summarise(report.judged) })}\n` : `${reportText(report)}\n`);
  if (values.write) writeFileSync(document, withReport(readFileSync(document, "utf8"), reportText(report)));
  return isIntolerable(summarise(report.judged)) ? 1 : 0;
}

async function compareAll(asked: readonly Asked[], say: (message: string) => void): Promise<CorpusReport> {
  const analyser = await openAnalyser();
  const judged: JudgedPair[] = [];
  const skipped: { pair: Pair; why: string }[] = [];
  for (const one of asked) {
    if ("skipped" in one) {
      skipped.push({ pair: one.pair, why: one.skipped });
      continue;
    }
    const { pair } = one;
    const record = one.read();
    const { outcome } = record;
    if (outcome.kind !== "updated") {
      skipped.push({ pair, why: `${outcome.kind}: ${outcome.why}` });
      continue;
    }
    const startedMs = performance.now();
    const result = judge(record, await analyser.analyse(record));
    if (result !== null) judged.push(result);
    say(`${pairName(pair)}: compared in ${(performance.now() - startedMs).toFixed(0)} ms, ${result?.misses.length ?? 0} misses`);
  }
  return { at: new Date().toISOString(), odoo: readParts().odoo.packageVersion, judged, skipped };
}
