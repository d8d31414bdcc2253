import { describe, expect, it } from "vitest";
import { recoveryChoice, type RecoveryMoment } from "./recovery-choice.ts";

const reopenedAt = "2026-01-15T02:00:00.000Z";
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

function after(ms: number): string {
  return new Date(Date.parse(reopenedAt) + ms).toISOString();
}

const base: RecoveryMoment = {
  now: after(minuteMs),
  reopened: { keptUntil: after(24 * hourMs), automaticUntil: after(5 * minuteMs) },
  kind: "swap-back",
  planned: true,
  dropped: false,
  recovered: false,
  by: "person",
};

const kinds = ["swap-back", "switch-back", "none-needed"] as const;
const reopenings = [null, base.reopened] as const;
const bools = [true, false] as const;
const times = [-minuteMs, 0, minuteMs, 5 * minuteMs - 1, 5 * minuteMs, hourMs, 24 * hourMs - 1, 24 * hourMs, 100 * hourMs];

/** Every combination of the criteria, at every time around their boundaries. */
function everyMoment(): RecoveryMoment[] {
  const all: RecoveryMoment[] = [];
  for (const kind of kinds)
    for (const reopened of reopenings)
      for (const planned of bools)
        for (const dropped of bools)
          for (const recovered of bools)
            for (const by of ["person", "policy"] as const)
              for (const ms of times) all.push({ ...base, kind, reopened, planned, dropped, recovered, by, now: after(ms) });
  return all;
}

/** The ways back, written down a second time and in another order. */
function expected(moment: RecoveryMoment): string {
  if (moment.kind === "none-needed") return "refuse nothing-ran";
  if (moment.recovered) return "refuse already-recovered";
  if (moment.reopened === null) return "undo";
  const sinceMs = Date.parse(moment.now) - Date.parse(reopenedAt);
  if (moment.dropped || sinceMs >= 24 * hourMs) return "restore";
  if (!moment.planned) return "refuse not-planned";
  if (moment.by === "policy" && sinceMs >= 5 * minuteMs) return "refuse automatic-time-over";
  return moment.kind;
}

describe("the way back that fits the moment", () => {
  it.each(kinds)("is the one of the table, at every moment: a plan with %s", (kind) => {
    const all = everyMoment().filter((moment) => moment.kind === kind);
    expect(all.length).toBeGreaterThan(200);
    for (const moment of all) {
      const choice = recoveryChoice(moment);
      expect(choice.action === "refuse" ? `refuse ${choice.reason}` : choice.action, JSON.stringify(moment)).toBe(expected(moment));
      expect(choice.sentence).toMatch(/^[A-Z].+[.]$/);
      if (choice.action === "refuse" || choice.action === "restore") expect(choice.fix).toMatch(/^[A-Z].+[.]$/);
    }
  });

  it("names the boundary of what can't be reached any more", () => {
    const choice = recoveryChoice({ ...base, now: after(30 * hourMs) });
    expect(choice).toMatchObject({ action: "restore", boundary: "2026-01-16T02:00:00.000Z" });
    expect(choice.sentence).toContain("2026-01-16T02:00:00.000Z");
  });

  it("says what is lost: writes by a swap back, nothing by a switch of code or before reopening", () => {
    expect(recoveryChoice(base)).toMatchObject({ loses: "writes-since-reopening", until: after(24 * hourMs) });
    expect(recoveryChoice({ ...base, kind: "switch-back" })).toMatchObject({ loses: "nothing" });
    expect(recoveryChoice({ ...base, reopened: null })).toMatchObject({ loses: "nothing" });
  });

  it("takes nothing back by itself where the plan has no time for it, unless a person asks", () => {
    const never = { ...base, reopened: { keptUntil: after(24 * hourMs), automaticUntil: null }, now: reopenedAt };
    expect(recoveryChoice({ ...never, by: "policy" })).toMatchObject({ reason: "automatic-time-over" });
    expect(recoveryChoice(never)).toMatchObject({ action: "swap-back" });
  });

  it("takes a moment that can't be read for too late, never for early enough", () => {
    for (const now of ["soon", "", "2026-01-15T02:00:00Z"]) expect(recoveryChoice({ ...base, now }).action).toBe("restore");
    const unreadable = { keptUntil: "never", automaticUntil: "never" };
    expect(recoveryChoice({ ...base, reopened: unreadable }).action).toBe("restore");
  });
});
