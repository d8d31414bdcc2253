import { describe, expect, it } from "vitest";
import type { GateKind } from "../../src/app/ports/step.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import type { Verdict, VerdictKind } from "../../src/domain/verdict/verdict.ts";
import { describesItself } from "./contract-of-inputs.ts";
import type { FakeWorld } from "./fake-world.ts";
import type { Failpoint } from "./interruption.ts";

export interface GateCase {
  readonly input: Json;
  /** A fresh world in which everything before this gate has run. What SQL would tell isn't there: data is missing. */
  readonly world: () => Promise<FakeWorld>;
}

const callsMax = 200;
const severity: readonly VerdictKind[] = ["passed", "inconclusive", "errored", "failed"];

/** What every gate promises: it answers, with evidence, and takes neither silence nor an error for a yes (S6). */
export function gateConforms(gate: GateKind, { input, world }: GateCase): void {
  describe(`gate ${gate.id}`, () => {
    describesItself("gates", gate, input);

    it("has a limit", () => {
      expect(gate.limits.timeoutMs).toBeGreaterThan(0);
    });

    it("doesn't pass when the data is missing", async () => {
      const verdict = await gate.evaluate((await world()).context(gate.needs), input).catch(() => null);
      // What a gate throws is taken as "errored"; what it answers must be an answer.
      if (verdict === null) return;
      expect(verdict.kind).not.toBe("passed");
      expectVerdict(verdict);
    });

    it("changes nothing that users or the disk would notice", async () => {
      const fresh = await world();
      const before = await fresh.essence();
      await gate.evaluate(fresh.context(gate.needs), input).catch(() => null);
      expect(await fresh.essence()).toEqual(before);
    });

    it("never passes when the world can't be asked, whichever question fails", async () => {
      for (let call = 0; call < callsMax; call++) {
        const failpoint: Failpoint = { call, when: "before", calls: 0 };
        const context = (await world()).context(gate.needs, { failpoint, error: () => new Error("connection lost") });
        const verdict = await gate.evaluate(context, input).catch(() => null);
        if (failpoint.calls <= call) return;
        expect(verdict?.kind).not.toBe("passed");
      }
      throw new Error(`${gate.id} asks more than ${callsMax} questions`);
    });
  });
}

/** A verdict that a person can check: rows with expected and seen, the worst row decides, anything but a pass says why. */
export function expectVerdict(verdict: Verdict): void {
  expect(verdict.reason.length).toBeGreaterThan(5);
  expect(new Set(verdict.rows.map((row) => row.id)).size).toBe(verdict.rows.length);
  if (verdict.kind === "passed" || verdict.kind === "failed") expect(verdict.rows.length).toBeGreaterThan(0);
  for (const row of verdict.rows) {
    expect(row.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(row.title).toMatch(/^[A-Z]/);
    expect(row.source.length).toBeGreaterThan(2);
    expect(new Date(row.at).toISOString()).toBe(row.at);
    expect(severity.indexOf(row.outcome)).toBeLessThanOrEqual(severity.indexOf(verdict.kind));
  }
}
