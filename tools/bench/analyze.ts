import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readParts } from "../../test/parts/parts.ts";
import { mustRun } from "../../test/parts/program.ts";
import { makeScratch } from "../../test/parts/scratch.ts";
import { copyAssets } from "../build/assets.ts";
import { buildsOf, pairName, readSample, type Pair } from "../corpus/sample.ts";
import { addonsOf, obtainWheels } from "../corpus/wheels.ts";
import type { Answer, Question } from "./analyze-once.ts";
import { openPeers, type Peers } from "./analyze-peers.ts";
import type { Bench, BenchFigures, BenchOptions, Row } from "./bench-kind.ts";
import { sampleAddons } from "./sample-releases.ts";
import { ratioOf, summary } from "./statistics.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));
/** About as many as a tenant has installed. */
const tenantModules = 80;
/** What pylint looks at; the whole tree takes it an hour. */
const sample = ["project", "hr_timesheet", "sale_project", "hr_holidays", "purchase", "maintenance"];

export const analyze: Bench = {
  name: "analyze",
  what: "Reading all of Odoo 19 (632 modules: Python, XML, CSV), cold and from the cache, and analysing a release, each in a process of its own, its start included.",
  peer: "CPython's `ast.parse` over the same Python files; click-odoo-update's hashing of the same modules; `pylint --load-plugins=pylint_odoo` on a sample.",
  aim: "4 s cold, 0.4 s from the cache, 0.5 s for a release that the cache doesn't know, 0.3 s for what follows parsing, 600 MB.",
  run,
};

interface Once extends Answer {
  /** Of the whole process. */
  readonly wallMs: number;
}

async function run({ quick, say }: BenchOptions): Promise<BenchFigures> {
  const scratch = makeScratch("analyze");
  try {
    const peers = await openPeers(say);
    const addons = readParts().odoo.addonsPath;
    say("compiling");
    const work = new Work(scratch.directory, addons, await compile(scratch.directory), peers, await community(say));
    for (let round = 1; round <= (quick ? 1 : 5); round++) {
      await work.round(round);
      say(`round ${round}: ${work.last()}`);
    }
    return work.figures();
  } finally {
    await scratch.remove();
  }
}

/** What `npm run build` makes, apart from the checkout. */
async function compile(scratch: string): Promise<string> {
  const dist = join(scratch, "package", "dist");
  const compiler = join(checkout, "node_modules", "typescript", "bin", "tsc");
  await mustRun(process.execPath, [compiler, "-p", join(checkout, "tsconfig.build.json"), "--outDir", dist]);
  copyAssets(join(checkout, "src"), dist);
  cpSync(join(checkout, "package.json"), join(dist, "..", "package.json"));
  symlinkSync(join(checkout, "node_modules"), join(dist, "..", "node_modules"));
  // So that Node spends no time on types in what is measured.
  const once = readFileSync(new URL("analyze-once.ts", import.meta.url), "utf8");
  writeFileSync(join(dist, "..", "analyze-once.js"), stripTypeScriptTypes(once));
  return dist;
}

/** The first pair of the corpus that brings a field and changes views; null: its wheels can't be had. */
async function community(say: (message: string) => void): Promise<Pair | null> {
  const sample = readSample();
  const pair = sample.pairs.find(({ covers }) => covers?.includes("field added") === true && covers.includes("view changed"));
  if (pair === undefined) return null;
  try {
    await obtainWheels([...buildsOf(pair, "from"), ...buildsOf(pair, "to")], sample.wheels, say);
    return pair;
  } catch (error) {
    say(`no OCA release: ${String(error).slice(0, 200)}`);
    return null;
  }
}

class Work {
  readonly #scratch: string;
  readonly #addons: string;
  readonly #dist: string;
  readonly #peers: Peers | null;
  readonly #pair: Pair | null;
  readonly #modules: readonly string[];
  readonly #python: readonly string[];
  readonly #figures = new Map<string, number[]>();

  constructor(scratch: string, addons: string, dist: string, peers: Peers | null, pair: Pair | null) {
    this.#scratch = scratch;
    this.#addons = addons;
    this.#dist = dist;
    this.#peers = peers;
    this.#pair = pair;
    this.#modules = readdirSync(addons).filter((name) => existsSync(join(addons, name, "__manifest__.py")));
    this.#python = readdirSync(addons, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".py") && !/^[^/]+\/(tests|static)\//.test(path))
      .map((path) => join(addons, path));
  }

  async round(round: number): Promise<void> {
    const cache = join(this.#scratch, `cache-${round}`, "plimsoll");
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    const read = (load: "nothing" | "all" | readonly string[]): Promise<Once> =>
      this.#once({ do: "read", paths: [this.#addons], cache, load });
    const cold = await read("nothing");
    if (cold.parsed !== cold.modules) throw new Error(`${cold.parsed} of ${cold.modules} modules were parsed: the cache isn't cold`);
    this.#note("cold", cold.wallMs / 1000);
    this.#note("memory cold", cold.rssMb);
    // A stamp is believed only when it is older than the tick of any file system's clock; the cache's own reads are no changes.
    const warm = await read("nothing");
    if (warm.parsed !== 0) throw new Error(`${warm.parsed} modules were parsed: the cache isn't warm`);
    this.#note("warm", warm.wallMs / 1000);
    this.#note("warm tenant", (await read(this.#modules.slice(0, tenantModules))).wallMs / 1000);
    const all = await read("all");
    this.#note("warm all", all.wallMs / 1000);
    this.#note("memory all", all.rssMb);
    this.#note("two", (await this.#twoReleases(round)).wallMs / 1000);
    const [old, now] = [sampleAddons("firm", "r1"), sampleAddons("firm", "r2-field")];
    const analysis = async (from: string, to: string): Promise<number> =>
      (await this.#once({ do: "analyse", old: from, new: to, base: this.#addons, xdgCacheHome: join(cache, "..") })).wallMs / 1000;
    this.#note("analysis", await analysis(old, now));
    if (this.#pair !== null) this.#note("oca", await analysis(...this.#addonsOfPair(this.#pair, round)));
    const tenant = await this.#once({ do: "impact", old, new: now, base: this.#addons, cache, installed: tenantModules });
    this.#note("impact", tenant.impactMs / 1000);
    this.#note("impact again", tenant.againMs / 1000);
    this.#note(
      "sample",
      (await this.#once({ do: "read", paths: sample.map((name) => join(this.#addons, name)), cache: null, load: "all" })).wallMs / 1000,
    );
    rmSync(join(cache, ".."), { recursive: true });
    if (this.#peers === null) return;
    this.#note("ast", (await this.#peers.ast(this.#python)) / 1000);
    this.#note("hashes", (await this.#peers.hashes(this.#modules.map((name) => join(this.#addons, name)))) / 1000);
    if (round === 1) this.#note("pylint", (await this.#peers.pylint(sample.map((name) => join(this.#addons, name)))) / 1000);
  }

  /** A release as large as a partner's, and its predecessor, neither in a cache. */
  async #twoReleases(round: number): Promise<Once> {
    const [old, now] = ["old", "new"].map((side) => join(this.#scratch, `release-${round}`, side)) as [string, string];
    for (const name of sample) for (const side of [old, now]) cpSync(join(this.#addons, name), join(side, name), { recursive: true });
    appendFileSync(join(now, "project", "models", "project_task.py"), "\n\nCHANGED = True\n");
    const cache = join(this.#scratch, `release-${round}`, "cache");
    const took = await this.#once({ do: "read", paths: [old, now], cache, load: "all" });
    rmSync(join(this.#scratch, `release-${round}`), { recursive: true });
    return took;
  }

  /** Each side as one addons folder, with what it needs of other addons. */
  #addonsOfPair(pair: Pair, round: number): [string, string] {
    return (["from", "to"] as const).map((side) => {
      const into = join(this.#scratch, `oca-${round}`, side);
      if (!existsSync(into)) for (const build of buildsOf(pair, side)) cpSync(addonsOf(build), into, { recursive: true });
      return into;
    }) as [string, string];
  }

  async #once(question: Question): Promise<Once> {
    const begun = performance.now();
    const once = join(this.#dist, "..", "analyze-once.js");
    const answer = JSON.parse(await mustRun(process.execPath, [once, JSON.stringify(question), this.#dist])) as Answer;
    return { ...answer, wallMs: performance.now() - begun };
  }

  #note(what: string, value: number): void {
    this.#figures.set(what, [...(this.#figures.get(what) ?? []), value]);
  }

  last(): string {
    return [...this.#figures].map(([what, values]) => `${what} ${(values.at(-1) ?? 0).toFixed(2)}`).join(", ");
  }

  figures(): BenchFigures {
    const row = (what: string, key: string, peer: string | null, max: number | null, unit: Row["unit"] = "s"): Row => {
      const plimsoll = summary(this.#figures.get(key) ?? []);
      const theirs = peer === null ? null : summary(this.#figures.get(peer) ?? []);
      const met = max === null || plimsoll === null ? null : plimsoll.median <= max;
      return { what, unit, plimsoll, peer: theirs, ratio: ratioOf(plimsoll, theirs), aim: max === null ? null : `≤ ${max} ${unit}`, met };
    };
    return {
      rows: [
        row("all of Odoo, cold; peer: `ast`", "cold", "ast", 4),
        row("all of Odoo, from the cache; peer: click-odoo-update's hashes", "warm", "hashes", 0.4),
        row(`the same, and ${tenantModules} modules loaded`, "warm tenant", null, null),
        row(`the same, and all ${this.#modules.length} modules loaded`, "warm all", null, null),
        row(`${sample.length} modules and their changed copies, cold`, "two", null, 0.5),
        row("analysis of a sample release against its predecessor, Odoo from the cache", "analysis", null, 0.5),
        ...(this.#pair === null ? [] : [row(`the same of OCA's ${pairName(this.#pair)}`, "oca", null, 0.5)]),
        row(`composing, predicting and all analyses for ${tenantModules} modules, after parsing, in a new process`, "impact", null, 0.3),
        row("the same once more in the same process", "impact again", null, null),
        row(`${sample.length} modules, no cache; peer: pylint_odoo, two jobs`, "sample", "pylint", null),
        row("memory, cold", "memory cold", null, 600, "MB"),
        row("memory, everything loaded from the cache", "memory all", null, 600, "MB"),
      ],
      notes: [
        `The same ${this.#python.length} Python files; \`ast\` builds trees and reads no XML, CSV or manifest.`,
        "From the cache every file's size, times and inode are compared; the peer hashes every byte each time.",
        `pylint_odoo checks style too, which Plimsoll doesn't; it ran once. The sample: ${sample.join(", ")}.`,
        ...(this.#peers === null ? ["PyPI couldn't be reached, so there are no peers."] : []),
        "The code is compiled, as in the package; threads and caches are the product's own.",
      ],
    };
  }
}
