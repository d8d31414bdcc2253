/** The commands of `tools/run.mjs`: what each needs to be there, and which program it then is. */
export const commands = {
  setup: { needsParts: true, about: "install and check everything that the other commands need" },
  demo: { needsParts: true, program: "tools/demo/demo.ts", about: "three releases on a real Odoo under load" },
  test: { needsParts: true, about: "every check and test; ends with `N passed, N failed`" },
  check: { needsParts: false, about: "types, lint, format, unit and architecture tests" },
  new: { needsParts: false, program: "tools/new/new.ts", about: "write a new step, gate or runtime" },
  build: { needsParts: false, program: "tools/build/build.ts", about: "compile what `npm pack` packs" },
  bench: {
    needsParts: true,
    program: "tools/bench/bench.ts",
    about: "measure Plimsoll beside what people do today; without a name: which",
  },
  fuzz: { needsParts: false, program: "tools/fuzz/fuzz.ts", about: "odd input for every parser of a release" },
  corpus: {
    needsParts: true,
    program: "tools/corpus/corpus.ts",
    about: "compare what the analysis says of real releases with what a real Odoo does",
  },
  plimsoll: { needsParts: false, program: "src/main/cli.ts", about: "the command line, from this checkout" },
};

export function usage() {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    "usage: node tools/run.mjs COMMAND [ARG ...]",
    "",
    ...Object.entries(commands).map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`),
  ].join("\n");
}

/** The command line was wrong; nothing was done. */
export class UsageError extends Error {}

/** The tiers named by `--only a,b`, or all of them; throws for a name that isn't one. */
export function chosenTiers(args, known) {
  const at = args.indexOf("--only");
  const unknownArgs = args.filter((arg, index) => index !== at && (at < 0 || index !== at + 1));
  if (unknownArgs.length > 0) throw new UsageError(`unknown argument ${unknownArgs[0]}; known is --only ${known.join(",")}`);
  if (at < 0) return known;
  const names = (args[at + 1] ?? "").split(",").filter((name) => name !== "");
  const wrong = names.find((name) => !known.includes(name));
  if (names.length === 0 || wrong !== undefined)
    throw new UsageError(`--only takes some of ${known.join(",")}${wrong ? `, not ${wrong}` : ""}`);
  return known.filter((name) => names.includes(name));
}
