import type { SideModule } from "../../odoo/analysis/side.ts";
import type { SourceTrees, TreeProblem } from "../ports/source-trees.ts";
import type { Progress } from "../use-case.ts";

export type SideModules = ReadonlyMap<string, SideModule>;

/** What was read of roots. */
export interface ReadRoots {
  /** Every module, those that others hide included, in order. */
  readonly modules: readonly SideModule[];
  readonly problems: readonly TreeProblem[];
}

/** @throws what reading throws */
export async function readRoots(trees: SourceTrees, roots: readonly string[], progress: Progress): Promise<ReadRoots> {
  if (roots.length === 0) return { modules: [], problems: [] };
  progress(`reading ${roots.join(", ")}`);
  const { modules, shadowed, problems } = await trees.read(roots.map((path) => ({ path, translations: true })));
  return { modules: [...modules.values(), ...shadowed], problems };
}

/** Where several have a name, the first. */
export function byName(modules: readonly SideModule[]): SideModules {
  return new Map(modules.toReversed().map((module) => [module.name, module]));
}
