/** One reading or analysis in a process of its own, for the bench `analyze`: its question comes as JSON, and so does its answer. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export type Question =
  | {
      readonly do: "read";
      readonly paths: readonly string[];
      readonly cache: string | null;
      readonly load: "nothing" | "all" | readonly string[];
    }
  | { readonly do: "analyse"; readonly old: string; readonly new: string; readonly base: string; readonly xdgCacheHome: string }
  | {
      readonly do: "impact";
      readonly old: string;
      readonly new: string;
      readonly base: string;
      readonly cache: string;
      /** How many modules the tenant has installed. */
      readonly installed: number;
    };

export interface Answer {
  readonly ms: number;
  readonly modules: number;
  readonly parsed: number;
  /** Of `impact`: from parsed modules to the findings, the first time and once more in the same process; otherwise 0. */
  readonly impactMs: number;
  readonly againMs: number;
  /** The most that the process had at once, in 10^6 bytes. */
  readonly rssMb: number;
}

const begun = performance.now();
const question = JSON.parse(process.argv[2] ?? "") as Question;
/** The compiled code. */
const dist = process.argv[3] ?? "";
const done = question.do === "read" ? await read(question) : question.do === "analyse" ? await analysed(question) : await impact(question);
const rssMb = (process.resourceUsage().maxRSS * 1024) / 1e6;
process.stdout.write(JSON.stringify({ impactMs: 0, againMs: 0, ...done, ms: performance.now() - begun, rssMb } satisfies Answer));

async function read(of: Extract<Question, { do: "read" }>): Promise<Pick<Answer, "modules" | "parsed">> {
  const { openSourceTrees } = await compiled<typeof import("../../src/main/source-trees.ts")>("main/source-trees.js");
  const tree = await openSourceTrees(of.cache).read(of.paths.map((path) => ({ path, translations: false })));
  const wanted = of.load === "nothing" ? [] : of.load === "all" ? [...tree.modules.keys()] : of.load;
  // Data files are parsed when they are asked for.
  for (const name of wanted) if (tree.modules.get(name)?.load().data === undefined) throw new Error(`there is no module ${name}`);
  return { modules: tree.modules.size, parsed: tree.parsed };
}

async function analysed(of: Extract<Question, { do: "analyse" }>): Promise<Pick<Answer, "modules" | "parsed">> {
  const asked = { old: of.old, new: of.new, base: [of.base], series: null, modules: null };
  const { analyse } = await compiled<typeof import("../../src/main/analyse.ts")>("main/analyse.js");
  await analyse(asked, { XDG_CACHE_HOME: of.xdgCacheHome }, () => {});
  return { modules: 0, parsed: 0 };
}

async function impact(of: Extract<Question, { do: "impact" }>): Promise<Omit<Answer, "ms" | "rssMb">> {
  const [{ openSourceTrees }, { sideGround }, { analyseRelease }, { predictUpdate }, { analysisKinds }, { dependenciesOf }] =
    await Promise.all([
      compiled<typeof import("../../src/main/source-trees.ts")>("main/source-trees.js"),
      compiled<typeof import("../../src/odoo/analysis/side.ts")>("odoo/analysis/side.js"),
      compiled<typeof import("../../src/odoo/analysis/release-analysis.ts")>("odoo/analysis/release-analysis.js"),
      compiled<typeof import("../../src/odoo/analysis/prediction/predict-update.ts")>("odoo/analysis/prediction/predict-update.js"),
      compiled<typeof import("../../src/extensions/analyses/registry.ts")>("extensions/analyses/registry.js"),
      compiled<typeof import("../../src/odoo/analysis/module-universe.ts")>("odoo/analysis/module-universe.js"),
    ]);
  const trees = openSourceTrees(of.cache);
  const core = [...(await trees.read([{ path: of.base, translations: false }])).modules.values()];
  const side = async (path: string): Promise<ReturnType<typeof sideGround>> => {
    const { modules: release } = await trees.read([{ path, translations: true }]);
    return sideGround({ core, others: [], release: [...release.values()], series: "19.0" });
  };
  const [before, after] = [await side(of.old), await side(of.new)];
  const closed = (names: readonly string[]): Set<string> => new Set([...names, ...dependenciesOf(names, before.graph)]);
  let names = closed([...before.own]);
  for (const name of [...before.graph.keys()].sort()) {
    const more = closed([...names, name]);
    if (more.size <= of.installed) names = more;
  }
  for (const { universe } of [before, after]) for (const name of names) if (universe.get(name)?.data === undefined) throw new Error(name);
  const analysedMs = (): number => {
    const from = performance.now();
    const sides = { old: { name: "old", ground: before }, new: { name: "new", ground: after } };
    analyseRelease({ ...sides, tenant: null, environment: null, modules: [...names], kinds: analysisKinds, predict: predictUpdate });
    return performance.now() - from;
  };
  return { modules: names.size, parsed: 0, impactMs: analysedMs(), againMs: analysedMs() };
}

async function compiled<T>(file: string): Promise<T> {
  return (await import(pathToFileURL(join(dist, file)).href)) as T;
}
