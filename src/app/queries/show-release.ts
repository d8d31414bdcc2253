import { releaseDiff, type ReleaseDiff } from "../../domain/release/release-diff.ts";
import type { Release } from "../../domain/release/release.ts";
import { findRelease } from "../find.ts";
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
  { readonly from: Release; readonly to: Release; readonly diff: ReleaseDiff }
> = {
  id: "diff-releases",
  permission: "release:read",
  async handler(world, _actor, input) {
    const from = await findRelease(world.store, input.release);
    const to = await findRelease(world.store, input.other);
    return { from, to, diff: releaseDiff(from.content, to.content) };
  },
};

export async function servesIn(store: StoreReads, release: Release): Promise<readonly string[]> {
  return (await store.environments())
    .filter((environment) => environment.release === release.digest)
    .map((environment) => environment.spec.name);
}
