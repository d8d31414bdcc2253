/** What the way back depends on. Moments are RFC 3339 in UTC with milliseconds, so that their texts compare. */
export interface RecoveryMoment {
  readonly now: string;
  /** null: users were never let in on the new release. */
  readonly reopened: {
    /** Until when the closed original, or the old code, is kept ready; null: not known, so that only `dropped` tells. */
    readonly keptUntil: string | null;
    /** Until when the approved plan lets policy recover by itself; null: it doesn't. */
    readonly automaticUntil: string | null;
  } | null;
  /** Which way back the plan has; `none-needed`: nothing ran. */
  readonly kind: "swap-back" | "switch-back" | "none-needed";
  /** Does the plan say what a recovery runs? Plans of earlier versions don't. */
  readonly planned: boolean;
  /** Has the end of the horizon already dropped what was kept? The clock alone can't tell: the step runs late when nobody works. */
  readonly dropped: boolean;
  /** Was it recovered before, or does a recovery run? */
  readonly recovered: boolean;
  readonly by: "person" | "policy";
}

/**
 * The way back that fits the moment.
 *
 * - `undo`: users were never let in; the undos put back what was, nothing is lost.
 * - `switch-back`: the old code serves the same database again, nothing is lost.
 * - `swap-back`: the kept original takes its name again; the writes since reopening are lost, so the receipt comes first.
 * - `restore`: only a backup leads back that far; this version refuses.
 * - `refuse`: there is no way back, or it isn't for whoever asks.
 */
export type RecoveryChoice =
  | { readonly action: "undo"; readonly loses: "nothing"; readonly sentence: string }
  | { readonly action: "switch-back"; readonly loses: "nothing"; readonly sentence: string }
  | { readonly action: "swap-back"; readonly loses: "writes-since-reopening"; readonly until: string | null; readonly sentence: string }
  | { readonly action: "restore"; readonly boundary: string | null; readonly sentence: string; readonly fix: string }
  | {
      readonly action: "refuse";
      readonly reason: "nothing-ran" | "already-recovered" | "automatic-time-over" | "not-planned";
      readonly sentence: string;
      readonly fix: string;
    };

/** Chooses before anything is touched: an impossible target is refused with the boundary that it lies beyond. */
export function recoveryChoice(moment: RecoveryMoment): RecoveryChoice {
  if (moment.kind === "none-needed") {
    return {
      action: "refuse",
      reason: "nothing-ran",
      sentence: "Nothing of this release runs in the environment, so there is nothing to take back.",
      fix: "Plan a change to the release that you want.",
    };
  }
  if (moment.recovered) {
    return {
      action: "refuse",
      reason: "already-recovered",
      sentence: "It was recovered already: users are on the old release again, and a rollback is never rolled back.",
      fix: "To go to the release after all, a person lifts the environment's hold and runs a new change.",
    };
  }
  const { reopened, now } = moment;
  if (reopened === null) {
    return {
      action: "undo",
      loses: "nothing",
      sentence: "Users were never let in to the new release: the old one goes on, and nothing is lost.",
    };
  }
  const over = reopened.keptUntil !== null && !isBefore(now, reopened.keptUntil);
  if (moment.dropped || over) return tooLate(moment.kind, reopened.keptUntil);
  if (!moment.planned) {
    return {
      action: "refuse",
      reason: "not-planned",
      sentence: "Its plan was approved without saying what a recovery does, so none can be run.",
      fix: `Go forward with a new change. What was before is kept${reopened.keptUntil === null ? "" : ` until ${reopened.keptUntil}`}: see docs/runbooks/recovery.md for the way by hand.`,
    };
  }
  if (moment.by === "policy" && (reopened.automaticUntil === null || !isBefore(now, reopened.automaticUntil))) {
    return {
      action: "refuse",
      reason: "automatic-time-over",
      sentence:
        reopened.automaticUntil === null
          ? "Its plan leaves it to a person to take users back."
          : `Until ${reopened.automaticUntil} it would have been taken back by itself; since then people have worked on, and one of them decides.`,
      fix: "Read what would be lost, then recover or stay.",
    };
  }
  if (moment.kind === "switch-back") {
    return { action: "switch-back", loses: "nothing", sentence: "The old code serves the same database again; nothing is lost." };
  }
  return {
    action: "swap-back",
    loses: "writes-since-reopening",
    until: reopened.keptUntil,
    sentence: "The kept original takes its place again; what was written since users were let in is lost, but for its export.",
  };
}

/** Beyond the horizon the original is gone; what a code change needs is its workers, which may be gone just as well. */
function tooLate(kind: "swap-back" | "switch-back", kept: string | null): RecoveryChoice {
  const until = kept === null ? "until the end of its hold horizon" : `until ${kept}, the end of its hold horizon`;
  return kind === "swap-back"
    ? {
        action: "restore",
        boundary: kept,
        sentence: `The original was kept ${until}; only a backup leads back before that, and this version doesn't restore backups.`,
        fix: "Restore the backup beside the environment by hand, or go forward with a release that repairs what is wrong.",
      }
    : {
        action: "restore",
        boundary: kept,
        sentence: `The old code was kept ready ${until}; since then the way to it is a new change.`,
        fix: "Plan a change to the release that you want; when nothing but code differs, nobody will have to wait.",
      };
}

const moments = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What can't be read is never early enough. */
function isBefore(moment: string, boundary: string): boolean {
  return moments.test(moment) && moments.test(boundary) && moment < boundary;
}
