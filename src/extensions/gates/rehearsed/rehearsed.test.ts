import { describe, expect, it } from "vitest";
import type { ItemContext } from "../../../app/ports/step.ts";
import type { Plan, PlanRehearsal } from "../../../domain/plan/plan.ts";
import type { Verdict } from "../../../domain/verdict/verdict.ts";
import { rehearsed } from "./rehearsed.ts";

const now = "2026-01-15T02:00:00.000Z";

function judged(rehearsal: PlanRehearsal | null | undefined): Promise<Verdict> {
  const plan = { environment: "acme-production", ...(rehearsal === undefined ? {} : { rehearsal }) } as unknown as Plan;
  const cx = { plan, deployment: { id: "D-9", change: "C-6", epoch: 1 }, clock: { now: () => now } } as unknown as ItemContext<never>;
  return rehearsed.evaluate(cx, {});
}

describe("the gate rehearsed", () => {
  const rehearsal = { deployment: "D-7", at: "2026-01-14T02:00:00.000Z", expiresAt: "2026-01-21T02:00:00.000Z" };

  it("passes for a plan with a rehearsal that still counts, and shows it", async () => {
    expect(await judged(rehearsal)).toMatchObject({ kind: "passed", rows: [{ outcome: "passed", seen: expect.stringContaining("D-7") }] });
  });

  it.each([undefined, null])("fails for a plan without one (%s), and says what lifts it", async (none) => {
    const verdict = await judged(none);
    expect(verdict).toMatchObject({ kind: "failed", rows: [{ outcome: "failed" }] });
    expect(verdict.reason).toContain("plimsoll rehearse C-6");
  });

  it("fails once it has expired, at the very moment too, and for a time that can't be read", async () => {
    for (const expiresAt of [now, "2026-01-15T01:59:59.999Z", "soon"])
      expect(await judged({ ...rehearsal, expiresAt })).toMatchObject({ kind: "failed", reason: expect.stringContaining("too old") });
  });
});
