import { z } from "zod";
import { verdictOf } from "../../../domain/verdict/verdict.ts";
import { digestSchema } from "../../../app/ports/schema.ts";
import type { GateKind } from "../../../app/ports/step.ts";
import { judgeApplicationTruth, judgeReading, workersRow } from "../../../odoo/probe/compare.ts";
import { judgeSmoke, type SmokeEvidence } from "../../../odoo/probe/judge-smoke.ts";
import { readProbeReport } from "../../../odoo/probe/report.ts";

const examineSchema = z.object({ probe: digestSchema.nullable(), smoke: digestSchema.optional() });
const besideSchema = z.object({ checks: z.array(z.object({ name: z.string(), ok: z.boolean(), seen: z.string() })) });
const baselineSchema = z.object({ report: digestSchema });

/** The new release answers for every model and view that the old one answered for, and does the business that it is asked to do. */
export const applicationTruth: GateKind<Record<string, never>, "evidence-store"> = {
  id: "application-truth",
  summary: "Compare what the new release answers with what the old one did",
  phase: "during",
  input: z.strictObject({}),
  needs: ["evidence-store"],
  limits: { timeoutMs: 60_000 },

  async evaluate(cx) {
    const evidence = cx.use["evidence-store"];
    const { probe, smoke } = examineSchema.parse(cx.outputOf("examine") ?? cx.outputOf("probe-new"));
    if (probe === null) return { kind: "inconclusive", reason: "The new release was not asked.", rows: [] };
    const baseline = readProbeReport(await evidence.get(baselineSchema.parse(cx.outputOf("probe-baseline")).report));
    const report = readProbeReport(await evidence.get(probe));
    // Beside the workers that serve nothing may be written, so the pages were asked of the new workers and not by the probe.
    const beside = cx.outputOf("start-beside");
    const rows =
      beside === undefined
        ? judgeApplicationTruth(baseline, report, cx.clock.now())
        : [...judgeReading(baseline, report, cx.clock.now()), workersRow(besideSchema.parse(beside).checks, cx.clock.now())];
    if (smoke !== undefined) {
      const tried = judgeSmoke((await evidence.get(smoke)) as unknown as SmokeEvidence, cx.clock.now());
      return verdictOf([...rows, ...tried], "Every model and view answers as before, and business is done on a copy as before.");
    }
    return verdictOf(rows, "Every model and view answers as before, and the login page has its styles and scripts.");
  },

  describe: () => "Compare what the new release answers with what the old one answered.",
};
