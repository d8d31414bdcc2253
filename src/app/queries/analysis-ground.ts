import type { TenantFacts } from "../../domain/fleet/facts.ts";
import type { Release } from "../../domain/release/release.ts";
import type { Digest } from "../../domain/shared/digest.ts";
import type { NamedGround } from "../../odoo/analysis/release-analysis.ts";
import { sideGround, type SideGround, type SideModule, type SideSources } from "../../odoo/analysis/side.ts";
import { readSnapshot } from "../../odoo/inventory/catalogue-snapshot.ts";
import { readTenantContent } from "../../odoo/inventory/tenant-content.ts";
import { readTenantFacts } from "../../odoo/inventory/tenant-facts.ts";
import type { AnalysedTenant } from "../ports/analysis-kind.ts";
import type { SourceTrees } from "../ports/source-trees.ts";
import type { EnvironmentRecord } from "../ports/store.ts";
import type { Progress } from "../use-case.ts";
import type { World } from "../world.ts";
import { readRoots } from "./read-roots.ts";
import { withPython } from "./whole-digests.ts";

export type ReadBase = Pick<SideSources, "core" | "others">;

/** The folder that has `base` is Odoo's own package, and wins over a release; the others come after it. */
export async function readBase(trees: SourceTrees, folders: readonly string[], progress: Progress): Promise<ReadBase> {
  const read: (readonly SideModule[])[] = [];
  for (const path of folders) {
    progress(`reading ${path}`);
    const { modules } = await trees.read([{ path, translations: false }]);
    read.push([...modules.values()]);
  }
  const core = read.find((modules) => modules.some((module) => module.name === "base")) ?? [];
  return { core, others: read.filter((modules) => modules !== core).flat() };
}

/** A release of the store on a base. @throws what reading throws */
export async function releaseGround(world: World, release: Release, base: ReadBase, progress: Progress): Promise<NamedGround> {
  const paths = await world.releases.materialise(release.digest);
  const read = await readRoots(world.trees, paths, progress);
  const modules = await withPython(world.trees, paths, withReleaseFiles(read.modules, release));
  return {
    name: release.name,
    ground: sideGround({ ...base, release: modules, problems: read.problems, series: release.content.series }),
  };
}

/** A release knows the digests of all of its files, also of those that no analysis reads. */
function withReleaseFiles(modules: readonly SideModule[], { content }: Release): readonly SideModule[] {
  const places = new Map(content.modules.map((module) => [`${module.addonsIndex}/${module.name}`, module.name]));
  const files = new Map<string, Map<string, Digest>>();
  for (const { path, digest } of content.files) {
    const [index = "", module = "", ...rest] = path.split("/");
    const name = places.get(`${index}/${module}`);
    if (name === undefined) continue;
    const own = files.get(name) ?? new Map<string, Digest>();
    files.set(name, own.set(rest.join("/"), digest));
  }
  return modules.map((module) => ({ ...module, files: files.get(module.name) ?? new Map() }));
}

export interface TenantQuestion {
  readonly ground: SideGround;
  /** null: they are read too. */
  readonly facts: TenantFacts | null;
  /** Somebody waits, so large tables are estimated; absent: they are counted. */
  readonly soon?: true;
}

const soonMs = { count: 3_000, content: 5_000 } as const;
const archBytesMax = 128 * 1024 * 1024;

export async function readTenant(
  world: World,
  { spec }: EnvironmentRecord,
  of: TenantQuestion,
  progress: Progress,
): Promise<AnalysedTenant> {
  progress(`reading ${spec.database.name}`);
  return world.readDatabase(spec, async (sql) => ({
    facts: of.facts ?? (await readTenantFacts(sql, world.hash, world.clock.now())),
    catalogue: await readSnapshot(sql, of.soon === true ? { countMs: soonMs.count, withoutTotals: true } : {}),
    content: await readTenantContent(
      sql,
      tablesOf(of.ground),
      of.soon === true ? { timeMs: soonMs.content, archBytes: archBytesMax } : undefined,
    ),
  }));
}

/** Tables that models of the release name themselves. */
function tablesOf({ own, universe }: SideGround): ReadonlyMap<string, string> {
  const classes = [...own].flatMap((module) => universe.get(module)?.python.flatMap((file) => file.classes) ?? []);
  return new Map(
    classes.flatMap(({ name, attributes: { _table: table } }) =>
      name !== null && table?.known === true && typeof table.value === "string" ? [[name, table.value] as const] : [],
    ),
  );
}
