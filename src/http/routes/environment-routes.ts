import { applyDeclarations } from "../../app/commands/apply-declarations.ts";
import { liftHold } from "../../app/commands/lift-hold.ts";
import { listEnvironments, listTenants } from "../../app/queries/list-environments.ts";
import { showEnvironment, stateOf } from "../../app/queries/show-environment.ts";
import { bind, type Binding } from "../binding.ts";
import * as contract from "../contract/environments.ts";
import { environmentDetail, environmentSummary } from "../views/environment-views.ts";

export const environmentRoutes: readonly Binding[] = [
  bind(contract.apply, applyDeclarations.permission, ({ world, actor, progress }, { body }) =>
    applyDeclarations.handler(world, actor, body, progress),
  ),
  bind(contract.listTenants, listTenants.permission, async ({ world, actor, progress }) => ({
    items: await listTenants.handler(world, actor, {}, progress),
  })),
  bind(contract.listEnvironments, listEnvironments.permission, async ({ world, actor, progress }, { query }) => ({
    items: (await listEnvironments.handler(world, actor, query, progress)).map(environmentSummary),
  })),
  bind(contract.showEnvironment, showEnvironment.permission, async ({ world, actor, progress }, { params }) =>
    environmentDetail(await showEnvironment.handler(world, actor, params, progress)),
  ),
  bind(contract.liftHold, liftHold.permission, async ({ world, actor, progress }, { params, body }) => {
    const { record, notes } = await liftHold.handler(world, actor, { ...params, ...body }, progress);
    return { ...environmentSummary(await stateOf(world.store, record)), notes };
  }),
];
