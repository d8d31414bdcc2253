import { measureLoss } from "../../app/queries/measure-loss.ts";
import { bind, type Binding } from "../binding.ts";
import * as contract from "../contract/losses.ts";
import { lossView } from "../views/loss-views.ts";

export const lossRoutes: readonly Binding[] = [
  bind(contract.measureLoss, measureLoss.permission, async ({ world, actor, progress }, { params, query }) => {
    const loss = await measureLoss.handler(world, actor, { ...params, rows: query.rows === "yes" }, progress);
    return lossView(loss, (await world.store.environment(loss.environment))?.held ?? null);
  }),
];
