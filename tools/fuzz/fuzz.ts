import { parseArgs } from "node:util";
import { fuzzTarget, type FuzzResult } from "./fuzz-target.ts";
import { withOdooSeeds } from "./odoo-seeds.ts";
import { fuzzTargets } from "./targets.ts";
import { inputOf, tryInput, type FuzzFailure } from "./try-input.ts";

const usage = `usage: npm run fuzz -- [--minutes N] [--seed N] [--target NAME] [--json]
       npm run fuzz -- --target NAME --seed N --input N

  --minutes  how long, for all targets together; 2 without it
  --seed     which inputs; a random one without it
  --target   one parser only: ${fuzzTargets.map(({ name }) => name).join(", ")}
  --input    reads one input again and prints it
  --json     the result as JSON on standard output; progress goes to standard error
`;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "2" },
    seed: { type: "string" },
    target: { type: "string" },
    input: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
process.exitCode = await main();

async function main(): Promise<number> {
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const input = values.input === undefined ? null : Number(values.input);
  const chosen = fuzzTargets.filter(({ name }) => values.target === undefined || name === values.target);
  const isWrong = chosen.length === 0 || !(minutes > 0) || !Number.isSafeInteger(seed) || (input !== null && !Number.isSafeInteger(input));
  if (values.help || isWrong) {
    (values.help ? process.stdout : process.stderr).write(usage);
    return values.help ? 0 : 2;
  }
  const targets = withOdooSeeds(chosen);
  if (input !== null && targets[0] !== undefined) {
    const failure = tryInput(targets[0], seed, input);
    process.stdout.write(`${inputOf(targets[0], seed, input)}\n`);
    process.stderr.write(failure === null ? "It is read, or refused as it should be.\n" : `${failure.kind}: ${failure.what}\n`);
    return failure === null ? 0 : 1;
  }
  const results: FuzzResult[] = [];
  for (const target of targets) {
    const result = await fuzzTarget(target, seed, (minutes * 60_000) / targets.length);
    process.stderr.write(`${target.name}: ${result.inputs} inputs, ${result.failures.length} failures\n`);
    results.push(result);
  }
  const failures = results.flatMap((result) => result.failures);
  if (values.json) process.stdout.write(`${JSON.stringify({ seed, minutes, results })}\n`);
  else for (const failure of failures) process.stdout.write(reproducer(failure));
  return failures.length === 0 ? 0 : 1;
}

function reproducer({ target, seed, index, kind, what, input }: FuzzFailure): string {
  const shown = JSON.stringify(input.length > 400 ? `${input.slice(0, 400)}…` : input);
  return `\n${target} ${kind}: ${what}\n  ${shown}\n  npm run fuzz -- --target ${target} --seed ${seed} --input ${index}\n`;
}
