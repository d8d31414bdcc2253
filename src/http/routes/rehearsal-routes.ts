import { rehearseChange } from "../../app/commands/rehearse-change.ts";
import { showRehearsal, type RehearsalInContext } from "../../app/queries/show-rehearsal.ts";
import { bind, type Binding, type HandlerContext } from "../binding.ts";
import * as contract from "../contract/rehearsals.ts";
import { rehearsalView } from "../views/rehearsal-view.ts";

export const rehearsalRoutes: readonly Binding[] = [
  bind(contract.rehearseChange, rehearseChange.permission, async (context, { params, body }) => {
    const { change } = await rehearseChange.handler(context.world, context.actor, { ...params, ...body }, context.progress);
    const started = await found(context, change.id);
    if (started === null) throw new Error(`${change.id} was started a moment ago and isn't there`);
    return rehearsalView(started);
  }),
  bind(contract.showRehearsal, showRehearsal.permission, async (context, { params }) => {
    const rehearsal = await found(context, params.change);
    return { rehearsal: rehearsal === null ? null : rehearsalView(rehearsal) };
  }),
];

function found({ world, actor, progress }: HandlerContext, change: string): Promise<RehearsalInContext | null> {
  return showRehearsal.handler(world, actor, { change }, progress);
}
