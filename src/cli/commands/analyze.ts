import { Option, type Command } from "commander";
import type { ReleaseAnalysis } from "../../domain/impact/analysis.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { analyseRelease } from "../../http/contract/analyses.ts";
import { collect, overContract, type Building } from "../action.ts";
import { failsOn, isClass, thresholdOf, type Threshold } from "../fail-on.ts";
import { areFolders } from "../places.ts";
import { analysisPage } from "../render/analysis-page.ts";
import { analysisSarif, rulesPage } from "../render/analysis-sarif.ts";
import { analysisTable } from "../render/analysis-table.ts";
import { progressLines } from "../render/progress-lines.ts";
import type { Terminal } from "../terminal.ts";

const findingsExit = 2;
const analysisFormats = ["table", "json", "sarif", "markdown"] as const;

interface Options {
  readonly base?: readonly string[];
  readonly modules?: readonly string[];
  readonly environment?: string;
  readonly series?: string;
  readonly failOn: Threshold;
  readonly server?: string;
  readonly output: (typeof analysisFormats)[number];
  readonly all?: boolean;
}

const help = `
Reads sources and, with --environment, the tenant's database. Nothing of a release is run, imported or changed, and
folders need no server. OLD and NEW are addons folders, single modules, folders of addons folders, wheels, or names of
releases in the store. With OLD and NEW it says what the step does: which modules must be updated, what happens to
tables, columns and records, and the class:
  K0 nothing installed changed    K1 code only, nobody waits      K2 data and views
  K3 new tables and columns       K4 existing data is rewritten   K5 something is removed
With NEW alone it says what would fail to load. Odoo's own modules come from --base (its folders, Odoo's own package
first), else from PLIMSOLL_ODOO_ADDONS (separated like PATH), else from where Odoo is usually installed on this host;
without any, what they would tell is reported as unknown.

Examples:
  plimsoll analyze ./addons-2026.10 ./addons-2026.11
  plimsoll analyze ./addons --base /opt/odoo/odoo/addons --base /opt/odoo/addons
  plimsoll analyze old.whl new.whl --modules sale,stock --fail-on K4
  plimsoll analyze 2026.11 --environment acme-production -o markdown
  plimsoll analyze ./addons -o sarif > plimsoll.sarif

Exit codes: 0 nothing at or above --fail-on (errors, unless it says otherwise), 2 findings at or above it, 1 the input was
wrong. What each rule means: ${rulesPage}`;

export function addAnalyze(program: Command, building: Building): void {
  program
    .command("analyze")
    .description("Say what a release does before it runs, from its sources alone or for one environment")
    .argument("<tree...>", "NEW alone, or OLD and NEW")
    .option("--base <dir>", "one of Odoo's own addons folders; repeatable", collect)
    .option("--modules <names>", "what counts as installed, with all it depends on (default: everything in OLD)", commaSeparated)
    .option("--environment <name>", "look at this environment's database and base; OLD is then what serves in it, unless given")
    .option("--series <series>", "Odoo series of the addons (default: what their versions say)")
    .option("--fail-on <what>", "error, warning, note, or a class from K0 to K5", thresholdOf, "error")
    .addOption(
      new Option("--server <url>", "server to ask about releases; without one: that of this host, else one in this process").env(
        "PLIMSOLL_SERVER",
      ),
    )
    .addOption(new Option("-o, --output <format>", "how to print the answer").choices(analysisFormats).default("table"))
    .option("--all", "show every finding in the table, not only the first ones of each rule")
    .addHelpText("after", help)
    .action(async (trees: readonly string[], options: Options) => {
      const { terminal } = building;
      const analysis = await analysisOf(trees, options, building);
      terminal.out(`${rendered(analysis, options, terminal)}\n`);
      if (failsOn(analysis, options.failOn)) building.setExit(findingsExit);
    });
}

async function analysisOf(trees: readonly string[], options: Options, building: Building): Promise<ReleaseAnalysis> {
  const [first, second, ...rest] = trees;
  if (first === undefined || rest.length > 0)
    throw new PlimsollError("INPUT_INVALID", `${trees.length} trees were given; it takes one or two.`, {
      fix: "plimsoll analyze NEW, or plimsoll analyze OLD NEW",
    });
  if (second === undefined && options.environment === undefined && isClass(options.failOn))
    throw new PlimsollError(
      "INPUT_INVALID",
      `--fail-on ${options.failOn} needs something to compare with: a tree by itself has no class.`,
      {
        fix: "plimsoll analyze OLD NEW, or --fail-on error, warning or note",
      },
    );
  const [old, now] = second === undefined ? [null, first] : [first, second];
  const folders = await areFolders(old === null ? [now] : [old, now], building.terminal);
  if (options.environment === undefined && folders) return ofFolders(old, now, options, building.terminal);
  if (folders)
    throw new PlimsollError("INPUT_INVALID", `${now} is a folder, and an environment is changed by releases only.`, {
      fix: `Take it into the store first: plimsoll release create NAME --addons ${now}`,
    });
  return ofReleases(old, now, options, building);
}

async function ofFolders(old: string | null, now: string, options: Options, terminal: Terminal): Promise<ReleaseAnalysis> {
  const progress = progressLines(terminal);
  try {
    const base = options.base === undefined ? await terminal.host.odooFolders() : options.base;
    return await terminal.host.analyse(
      {
        old,
        new: now,
        base,
        series: options.series ?? null,
        modules: options.modules ?? null,
      },
      progress.say,
    );
  } finally {
    progress.end();
  }
}

async function ofReleases(old: string | null, now: string, options: Options, building: Building): Promise<ReleaseAnalysis> {
  if (options.base !== undefined || options.series !== undefined)
    throw new PlimsollError("INPUT_INVALID", "--base and --series go with folders; a release of the store knows its series.", {
      fix: "Name an environment instead: its Odoo is the base.",
    });
  const answers: ReleaseAnalysis[] = [];
  await overContract(
    building,
    { ...(options.server === undefined ? {} : { server: options.server }), output: "json" },
    { worker: false },
    async ({ client, progress }) => {
      answers.push(
        await client.call(analyseRelease, {
          body: { release: now, against: old, environment: options.environment ?? null, modules: options.modules ?? null },
          progress: progress.say,
        }),
      );
    },
  );
  return answers[0] as ReleaseAnalysis;
}

function rendered(analysis: ReleaseAnalysis, { output, all }: Options, terminal: Terminal): string {
  switch (output) {
    case "json":
      return JSON.stringify(analysis, null, 2);
    case "sarif":
      return JSON.stringify(analysisSarif(analysis, terminal.version), null, 2);
    case "markdown":
      return analysisPage(analysis);
    case "table":
      return analysisTable(analysis, { coloured: terminal.colouredOut === true, all: all === true });
  }
}

function commaSeparated(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  const odd = names.find((name) => !/^\w{1,256}$/.test(name));
  if (odd === undefined) return names;
  throw new PlimsollError("INPUT_INVALID", `"${odd}" is no name of a module.`, { fix: "Separate names by commas: --modules sale,stock" });
}
