import { abortChange } from "../../app/commands/abort-change.ts";
import { approveChange } from "../../app/commands/approve-change.ts";
import { createChange } from "../../app/commands/create-change.ts";
import { planChange } from "../../app/commands/plan-change.ts";
import { recoverChange } from "../../app/commands/recover-change.ts";
import { resumeChange } from "../../app/commands/resume-change.ts";
import { runChange } from "../../app/commands/run-change.ts";
import { inContext, listChanges, showChange, showPlan } from "../../app/queries/show-change.ts";
import { bind, type Binding } from "../binding.ts";
import * as contract from "../contract/changes.ts";
import { changeView, planView } from "../views/change-views.ts";

export const changeRoutes: readonly Binding[] = [
  bind(contract.createChange, createChange.permission, async ({ world, actor, progress }, { body }) =>
    changeView(await inContext(world.store, await createChange.handler(world, actor, body, progress), world.clock.now())),
  ),
  bind(contract.listChanges, listChanges.permission, async ({ world, actor, progress }, { query }) => ({
    items: (await listChanges.handler(world, actor, query, progress)).map(changeView),
  })),
  bind(contract.showChange, showChange.permission, async ({ world, actor, progress }, { params }) =>
    changeView(await showChange.handler(world, actor, params, progress)),
  ),
  bind(contract.planChange, planChange.permission, async ({ world, actor, progress }, { params }) => {
    const { digest, plan } = await planChange.handler(world, actor, params, progress);
    return planView(digest, plan);
  }),
  bind(contract.approveChange, approveChange.permission, async ({ world, actor, progress }, { params, body }) =>
    changeView(
      await inContext(world.store, await approveChange.handler(world, actor, { ...params, ...body }, progress), world.clock.now()),
    ),
  ),
  bind(contract.runChange, runChange.permission, async ({ world, actor, progress }, { params }) => {
    const { change } = await runChange.handler(world, actor, params, progress);
    return changeView(await inContext(world.store, change, world.clock.now()));
  }),
  bind(contract.abortChange, abortChange.permission, async ({ world, actor, progress }, { params, body }) => {
    const { change, asked } = await abortChange.handler(world, actor, { ...params, ...body }, progress);
    return { ...changeView(await inContext(world.store, change, world.clock.now())), asked };
  }),
  bind(contract.resumeChange, resumeChange.permission, async ({ world, actor, progress }, { params, body }) => {
    const { change, goes } = await resumeChange.handler(world, actor, { ...params, ...body }, progress);
    return { ...changeView(await inContext(world.store, change, world.clock.now())), goes };
  }),
  bind(contract.recoverChange, recoverChange.permission, async ({ world, actor, progress }, { params, body }) => {
    const { change } = await recoverChange.handler(world, actor, { ...params, ...body }, progress);
    return changeView(await inContext(world.store, change, world.clock.now()));
  }),
  bind(contract.showPlan, showPlan.permission, async ({ world, actor, progress }, { params }) =>
    planView(params.digest, await showPlan.handler(world, actor, params, progress)),
  ),
];
