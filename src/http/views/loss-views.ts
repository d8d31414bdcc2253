import { liftCommand } from "../../app/environment-hold.ts";
import type { MeasuredLoss } from "../../app/queries/measure-loss.ts";
import type { EnvironmentHold } from "../../domain/fleet/environment.ts";
import type { LossView } from "../contract/losses.ts";

/** @param held the hold of the environment now */
export function lossView(loss: MeasuredLoss, held: EnvironmentHold | null): LossView {
  return { ...loss, next: nextCommand(loss, held) };
}

function nextCommand(
  { change, deployment, when, digest, environment, receipt }: MeasuredLoss,
  held: EnvironmentHold | null,
): string | null {
  switch (when) {
    case "now":
      return `plimsoll change recover ${change} --receipt ${digest ?? ""} --reason "…" --watch`;
    case "recorded":
      if (held?.deployment !== deployment) return null;
      // With background work running again nothing is left to decide.
      return `${liftCommand(environment)}${held.backgroundStopped ? outboxChoices(receipt?.repeats.length ?? 0) : ""}`;
    default:
      return null;
  }
}

/** Only a person knows which is right, so neither is chosen here. */
function outboxChoices(repeats: number): string {
  if (repeats === 0) return "";
  const what = repeats === 1 ? "the one thing that was sent already" : `the ${repeats} things that were sent already`;
  return ` and either --outbox cancel, to keep ${what} from leaving again, or --outbox send, to let it happen`;
}
