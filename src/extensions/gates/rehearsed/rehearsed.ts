import { z } from "zod";
import { verdictOf, type EvidenceRow } from "../../../domain/verdict/verdict.ts";
import type { GateKind } from "../../../app/ports/step.ts";

type Input = Readonly<Record<string, never>>;

/** Where policy wants it: nothing begins that wasn't rehearsed. Which rehearsal a plan rests on was found when it was made. */
export const rehearsed: GateKind<Input, never> = {
  id: "rehearsed",
  summary: "See that the change was rehearsed",
  phase: "before",
  input: z.strictObject({}),
  needs: [],
  limits: { timeoutMs: 5_000 },

  async evaluate(cx) {
    const { rehearsal } = cx.plan;
    const at = cx.clock.now();
    const row = (outcome: EvidenceRow["outcome"], seen: string): EvidenceRow => ({
      id: "rehearsed-and-valid",
      title: "The plan rests on a rehearsal of exactly this release on exactly this ground",
      outcome,
      expected: "a rehearsal that hasn't expired",
      seen,
      source: "plan",
      at,
    });
    const lift = `Rehearse it (plimsoll rehearse ${cx.deployment.change}), then plan and approve it again`;
    if (rehearsal === undefined || rehearsal === null) {
      return {
        kind: "failed",
        reason: `${cx.plan.environment} wants changes to be rehearsed, and this one wasn't. ${lift}.`,
        rows: [row("failed", "none")],
      };
    }
    const seen = `${rehearsal.deployment} of ${rehearsal.at}, valid until ${rehearsal.expiresAt}`;
    if (!(Date.parse(rehearsal.expiresAt) > Date.parse(at))) {
      return { kind: "failed", reason: `The rehearsal ${rehearsal.deployment} is too old. ${lift}.`, rows: [row("failed", seen)] };
    }
    return verdictOf([row("passed", seen)], `Rehearsed as ${rehearsal.deployment}.`);
  },

  describe: () => "See that this was rehearsed, and that the rehearsal still counts.",
};
