import type { MeasuredLoss } from "../../app/queries/measure-loss.ts";
import type { LossView } from "../contract/losses.ts";

export function lossView(loss: MeasuredLoss): LossView {
  return { ...loss, next: nextCommand(loss) };
}

function nextCommand({ change, when, digest, environment, receipt }: MeasuredLoss): string | null {
  switch (when) {
    case "now":
      return `plimsoll change recover ${change} --receipt ${digest ?? ""} --reason "…" --watch`;
    case "recorded":
      return `plimsoll environment lift-hold ${environment} --reason "…"${(receipt?.repeats.length ?? 0) > 0 ? " --outbox cancel" : ""}`;
    default:
      return null;
  }
}
