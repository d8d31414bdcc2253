import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Digest } from "../../src/domain/shared/digest.ts";
import type { OdooRuntime } from "../../src/app/ports/odoo-runtime.ts";
import { judgeProblems } from "../../src/odoo/server/log-allowances.ts";
import { parseLog, problemsIn } from "../../src/odoo/server/log-grammar.ts";
import { readProbeReport } from "../../src/odoo/probe/report.ts";

export interface OneShotCase {
  readonly runtime: OdooRuntime;
  readonly environment: string;
  readonly release: Digest | null;
  /** A closed-off copy that may be updated. */
  readonly database: string;
  /** An installed module that can be updated quickly. */
  readonly module: string;
  /** How long a whole update takes at most. */
  readonly updateMs: number;
  /** Processes of this machine that carry a run of this environment. */
  readonly strays: () => number;
  readonly close: () => Promise<void>;
}

/** What ends by itself: updates and probes report how they ended, keep to their budget, end with the signal and leave nothing. */
export function oneShotsConform(name: string, make: () => Promise<OneShotCase>): void {
  describe(`Odoo runtime, one-shot runs: ${name}`, () => {
    let given: OneShotCase;
    beforeEach(async () => {
      given = await make();
    });
    afterEach(async () => {
      await given.close();
    });

    const common = (
      signal: AbortSignal,
    ): { readonly epoch: number; readonly deployment: string; readonly signal: AbortSignal; readonly release: Digest } => ({
      epoch: 3,
      deployment: "d1",
      signal,
      release: given.release as Digest,
    });

    it("updates a database and says how it ended, line by line", async () => {
      const lines: string[] = [];
      const run = await given.runtime.update({
        ...common(new AbortController().signal),
        database: given.database,
        modules: [given.module],
        budgetMs: given.updateMs,
        line: (line) => lines.push(line),
      });
      expect(run, run.log.slice(-2_000)).toMatchObject({ exitCode: 0, signal: null, timedOut: false, logCut: false });
      expect(run.log).toContain(`Module ${given.module} loaded in`);
      expect(run.log.split("\n")).toEqual(lines);
      expect(run.durationMs).toBeGreaterThan(100);
      expect(judgeProblems(problemsIn(parseLog(run.log))).unexplained).toEqual([]);
      expect(given.strays()).toBe(0);
    });

    it("reports an update that can't even start, without throwing", async () => {
      const run = await given.runtime.update({
        ...common(new AbortController().signal),
        database: "no_such_database",
        modules: [given.module],
        budgetMs: given.updateMs,
      });
      expect(run.timedOut).toBe(false);
      expect(run.exitCode === 0 && run.log.includes(`Module ${given.module} loaded in`)).toBe(false);
    });

    it("ends an update at its budget and says so", async () => {
      const run = await given.runtime.update({
        ...common(new AbortController().signal),
        database: given.database,
        modules: [given.module],
        budgetMs: 1_200,
      });
      expect(run.timedOut).toBe(true);
      expect(run.exitCode).not.toBe(0);
      expect(given.strays()).toBe(0);
    });

    it("ends an update with the signal", async () => {
      const abort = new AbortController();
      const run = await given.runtime.update({
        ...common(abort.signal),
        database: given.database,
        modules: [given.module],
        budgetMs: given.updateMs,
        line: () => abort.abort(),
      });
      expect(abort.signal.aborted).toBe(true);
      expect(run.timedOut).toBe(false);
      expect(run.exitCode, run.log.slice(-2_000)).not.toBe(0);
      expect(given.strays()).toBe(0);
    });

    it("probes a database and brings the report back", async () => {
      const { report, run } = await given.runtime.probe({
        ...common(new AbortController().signal),
        script: "deep-probe",
        database: given.database,
        input: { http: false },
        budgetMs: given.updateMs,
      });
      const read = readProbeReport(report);
      expect(read.fatal, run.log.slice(-2_000)).toBeNull();
      expect(read.models.checked).toBeGreaterThan(50);
      expect(read.views.checked).toBeGreaterThan(50);
      expect(read.models.failed).toEqual([]);
      expect(given.strays()).toBe(0);
    });

    it("answers for a probe that was ended early: the report says that it is none", async () => {
      const { report, run } = await given.runtime.probe({
        ...common(new AbortController().signal),
        script: "deep-probe",
        database: given.database,
        input: { http: false },
        budgetMs: 300,
      });
      expect(run.timedOut).toBe(true);
      expect(readProbeReport(report).fatal).toMatch(/budget/);
    });

    it("names missing dependencies by Odoo's rules", async () => {
      const needs = {
        python: ["lxml", "lxml>=999", "no_such_package_of_anybody", "pywin32; sys_platform == 'win32'"],
        bin: ["sh", "no-such-program"],
      };
      expect(await given.runtime.missingDependencies(needs)).toEqual({
        python: ["lxml>=999", "no_such_package_of_anybody"],
        bin: ["no-such-program"],
      });
    });
  });
}
