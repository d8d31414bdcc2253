import { releaseDiff, type ReleaseDiff } from "../../domain/release/release-diff.ts";
import type { Release } from "../../domain/release/release.ts";
import { findRelease } from "../find.ts";
import { declarationDiff, type DeclarationDiff } from "../../odoo/analysis/declaration-diff.ts";
import { byName, readRoots, type SideModules } from "./read-roots.ts";
import type { StoreReads } from "../ports/store.ts";
import type { UseCase } from "../use-case.ts";

export interface ReleaseInUse {
  readonly release: Release;
  /** Names of the environments that it serves now. */
  readonly servesIn: readonly string[];
}

export const showRelease: UseCase<{ readonly release: string }, ReleaseInUse> = {
  id: "show-release",
  permission: "release:read",
  async handler(world, _actor, input) {
    const release = await findRelease(world.store, input.release);
    return { release, servesIn: await servesIn(world.store, release) };
  },
};

export const listReleases: UseCase<Readonly<Record<never, never>>, readonly ReleaseInUse[]> = {
  id: "list-releases",
  permission: "release:read",
  async handler(world) {
    const environments = await world.store.environments();
    return (await world.store.releases()).map((release) => ({
      release,
      servesIn: environments.filter((environment) => environment.release === release.digest).map((environment) => environment.spec.name),
    }));
  },
};

export const diffReleases: UseCase<
  { readonly release: string; readonly other: string },
  { readonly from: Release; readonly to: Release; readonly diff: ReleaseDiff; readonly declarations: ReadonlyMap<string, DeclarationDiff> }
> = {
  id: "diff-releases",
  permission: "release:read",
  async handler(world, _actor, input, progress) {
    const from = await findRelease(world.store, input.release);
    const to = await findRelease(world.store, input.other);
    const diff = releaseDiff(from.content, to.content);
    if (diff.modules.length === 0) return { from, to, diff, declarations: new Map() };
    const read = async (release: Release): Promise<SideModules> =>
      byName((await readRoots(world.trees, await world.releases.materialise(release.digest), progress)).modules);
    return { from, to, diff, declarations: declarationsOf(diff.modules, await read(from), await read(to)) };
  },
};

function declarationsOf(modules: ReleaseDiff["modules"], before: SideModules, after: SideModules): ReadonlyMap<string, DeclarationDiff> {
  return new Map(
    modules.map(({ module }) => [module, declarationDiff(before.get(module)?.load() ?? null, after.get(module)?.load() ?? null)] as const),
  );
}

export async function servesIn(store: StoreReads, release: Release): Promise<readonly string[]> {
  return (await store.environments())
    .filter((environment) => environment.release === release.digest)
    .map((environment) => environment.spec.name);
}
