import { createRelease } from "../../app/commands/create-release.ts";
import { diffReleases, listReleases, servesIn, showRelease } from "../../app/queries/show-release.ts";
import { bind, type Binding } from "../binding.ts";
import * as contract from "../contract/releases.ts";
import { releaseDetail, releaseSummary } from "../views/release-views.ts";

export const releaseRoutes: readonly Binding[] = [
  bind(contract.createRelease, createRelease.permission, async ({ world, actor, progress }, { body }) => {
    const { release, created } = await createRelease.handler(world, actor, body, progress);
    return { ...releaseSummary(release, await servesIn(world.store, release)), created };
  }),
  bind(contract.listReleases, listReleases.permission, async ({ world, actor, progress }) => ({
    items: (await listReleases.handler(world, actor, {}, progress)).map((each) => releaseSummary(each.release, each.servesIn)),
  })),
  bind(contract.showRelease, showRelease.permission, async ({ world, actor, progress }, { params }) => {
    const found = await showRelease.handler(world, actor, params, progress);
    return releaseDetail(found.release, found.servesIn);
  }),
  bind(contract.diffReleases, diffReleases.permission, async ({ world, actor, progress }, { params }) => {
    const { from, to, diff, declarations } = await diffReleases.handler(world, actor, params, progress);
    const modules = diff.modules.map((module) => ({ ...module, declarations: declarations.get(module.module) ?? null }));
    return { from: from.name, to: to.name, equal: modules.length === 0, modules };
  }),
];
