import { z } from "zod";
import { verdictOf } from "../../../domain/verdict/verdict.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { GateKind } from "../../../app/ports/step.ts";
import { judgeApplicationTruth } from "../../../odoo/probe/compare.ts";
import { readProbeReport } from "../../../odoo/probe/report.ts";

const examineSchema = z.object({ probe: digestSchema.nullable() });
const baselineSchema = z.object({ report: digestSchema });

/** The beginning of gate B: the new release answers for every model and view that the old one answered for (safe-change §5). */
export const applicationTruth: GateKind<Record<string, never>, "evidence-store"> = {
  id: "application-truth",
  summary: "Compare what the new release answers with what the old one did",
  phase: "during",
  input: z.strictObject({}),
  needs: ["evidence-store"],
  limits: { timeoutMs: 60_000 },

  async evaluate(cx) {
    const evidence = cx.use["evidence-store"];
    const { probe } = examineSchema.parse(cx.outputOf("examine"));
    if (probe === null) return { kind: "inconclusive", reason: "The new release was not asked.", rows: [] };
    const baseline = readProbeReport(await evidence.get(baselineSchema.parse(cx.outputOf("probe-baseline")).report));
    const rows = judgeApplicationTruth(baseline, readProbeReport(await evidence.get(probe)), cx.clock.now());
    return verdictOf(rows, "Every model and view answers as before, and the login page has its styles and scripts.");
  },

  describe: () => "Compare what the new release answers with what the old one answered.",
};
