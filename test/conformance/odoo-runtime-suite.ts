import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OdooRuntime } from "../../src/app/ports/odoo-runtime.ts";
import type { Digest } from "../../src/domain/shared/digest.ts";
import { expectRefused } from "./refusal.ts";

export interface OdooRuntimeCase {
  readonly runtime: OdooRuntime;
  /** A release that can run on the open database. */
  readonly release: Digest | null;
  readonly database: string;
  readonly bootMs: number;
  readonly close: () => Promise<void>;
}

/** Generations of Odoo processes: named, beside each other, fenced by epochs. */
export function odooRuntimeConforms(name: string, make: () => Promise<OdooRuntimeCase>): void {
  describe(`Odoo runtime: ${name}`, () => {
    let given: OdooRuntimeCase;
    const { signal } = new AbortController();

    beforeEach(async () => {
      given = await make();
    });
    afterEach(async () => {
      await given.close();
    });

    it("prepares the same generation again for the same name, another for another, and starts nothing", async () => {
      const { runtime, release, database } = given;
      const first = await runtime.prepare("g1", release, database);
      expect(await runtime.prepare("g1", release, database)).toEqual(first);
      const second = await runtime.prepare("g2", release, database);
      expect(second.webPort).not.toBe(first.webPort);
      for (const { web, background } of await runtime.generations()) expect([web, background]).toEqual(["stopped", "stopped"]);
    });

    it("starts, answers, stops; starting and stopping twice is the same as once", async () => {
      const { runtime, release, database, bootMs } = given;
      const generation = await runtime.prepare("g1", release, database);
      expect((await runtime.health(generation)).healthy).toBe(false);
      await runtime.startWeb(generation, 1);
      await runtime.startWeb(generation, 1);
      const health = await runtime.waitHealthy(generation, bootMs, signal);
      expect(health.healthy, JSON.stringify(health.checks)).toBe(true);
      await runtime.startBackground(generation, 1);
      await runtime.startBackground(generation, 1);
      expect(await runtime.stopBackground(generation, 1, bootMs, signal)).toBe(true);
      expect((await runtime.generations()).find((known) => known.generation.id === "g1")).toMatchObject({
        web: "running",
        background: "stopped",
      });
      await runtime.stopWeb(generation, 1, 5_000);
      await runtime.stopWeb(generation, 1, 5_000);
      expect((await runtime.health(generation)).healthy).toBe(false);
    });

    it("refuses a lower epoch", async () => {
      const { runtime, release, database } = given;
      const generation = await runtime.prepare("g1", release, database);
      await runtime.startWeb(generation, 5);
      await expectRefused(runtime.stopWeb(generation, 4, 5_000), "EPOCH_SUPERSEDED");
      await expectRefused(runtime.startBackground(generation, 4), "EPOCH_SUPERSEDED");
      await runtime.stopWeb(generation, 5, 5_000);
    });
  });
}
