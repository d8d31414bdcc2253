import type { AnalysedSide } from "../../../app/ports/analysis-kind.ts";
import { isChanged } from "../update-choice.ts";
import { touchedModels } from "./touched-models.ts";

/**
 * Models of which an update may change the schema or the mirrors: those that either side's code of updated, changed, new and lost modules
 * touches.
 *
 * @param modules updated and newly installed ones
 * @returns undefined: it may be any model
 */
export function modelsInReach(before: AnalysedSide, after: AnalysedSide, modules: ReadonlySet<string>): ReadonlySet<string> | undefined {
  const here = [new Set(before.order), new Set(after.order)];
  const names = new Set([...before.order, ...after.order]);
  const differing = [...names].filter((name) => here.some((order) => !order.has(name)) || isChanged(name, before, after));
  const all = new Set([...modules, ...differing]);
  // A file that writes to the mirror of a model may write to that of any.
  if ([before, after].some((side) => [...all].some((name) => writesToMirrors(side, name)))) return undefined;
  return new Set([before, after].flatMap(({ registry }) => [...touchedModels(registry, all)]));
}

function writesToMirrors({ universe }: AnalysedSide, module: string): boolean {
  const entries = universe.get(module)?.data.flatMap((file) => file.entries) ?? [];
  return entries.some(({ entry, model }) => entry === "record" && /^ir\.model(?:$|\.(?:fields|constraint|inherit))/.test(model));
}
