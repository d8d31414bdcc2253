import { join } from "node:path";
import type { SourceTrees } from "../../src/app/ports/source-trees.ts";
import { withFiles, withPython } from "../../src/app/queries/whole-digests.ts";
import type { ReleaseAnalysis } from "../../src/domain/impact/analysis.ts";
import type { ModuleSource } from "../../src/domain/release/module-source.ts";
import { analysisKinds } from "../../src/extensions/analyses/registry.ts";
import { openSourceTrees } from "../../src/main/source-trees.ts";
import { predictUpdate } from "../../src/odoo/analysis/prediction/predict-update.ts";
import { analyseRelease, type NamedGround } from "../../src/odoo/analysis/release-analysis.ts";
import { sideGround, type SideModule } from "../../src/odoo/analysis/side.ts";
import { readParts } from "../../test/parts/parts.ts";
import type { OracleRecord } from "./oracle-record.ts";
import { buildsOf, pairName, type Pair } from "./sample.ts";
import { addonsOf, corpusCache } from "./wheels.ts";

/** Odoo's own modules, read once. */
export interface Analyser {
  /** What `plimsoll analyze` says of a pair and the tenant as the oracle found it. @throws for a record without a tenant */
  analyse(record: OracleRecord): Promise<ReleaseAnalysis>;
}

const series = "19.0";

export async function openAnalyser(): Promise<Analyser> {
  const trees = openSourceTrees(join(corpusCache(), "sources"));
  const { modules } = await trees.read([{ path: readParts().odoo.addonsPath, translations: false }]);
  const core = [...modules.values()].map(readOnce);
  return {
    async analyse({ pair, outcome }) {
      if (outcome.kind === "not installed") throw new Error(`${pairName(pair)} was never installed, so there is no tenant`);
      const { facts, before, content } = outcome;
      const ground = async (side: "from" | "to"): Promise<NamedGround> => ({
        name: pair[side],
        ground: sideGround({ core, others: [], release: await releaseModules(trees, pair, side), series }),
      });
      return analyseRelease({
        old: await ground("from"),
        new: await ground("to"),
        // The templates that the oracle's tenants are copies of have no other language.
        tenant: { facts: { languages: ["en_US"], ...facts }, catalogue: before, content },
        environment: null,
        modules: null,
        kinds: analysisKinds,
        predict: predictUpdate,
      });
    },
  };
}

/** Every pair asks for the same modules of Odoo. */
function readOnce(module: SideModule): SideModule {
  let source: ModuleSource | null = null;
  return { ...module, load: () => (source ??= module.load()) };
}

async function releaseModules(trees: SourceTrees, pair: Pair, side: "from" | "to"): Promise<readonly SideModule[]> {
  const paths = buildsOf(pair, side).map(addonsOf);
  const { modules } = await trees.read(paths.map((path) => ({ path, translations: true })));
  let own: readonly SideModule[] = [...modules.values()];
  for (const path of paths) own = (await withFiles(trees, { path, modules: own, problems: [] }, new Set(modules.keys()))).modules;
  return withPython(trees, paths, own);
}
