import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { OdooRuntime } from "../../src/app/ports/odoo-runtime.ts";
import type { RuntimeKind, RuntimeWorld } from "../../src/app/ports/runtime-kind.ts";
import { repositoryRoot } from "../architecture/source-tree.ts";
import { FakeClock } from "./fakes/fake-clock.ts";
import { FakeReleaseLibrary } from "./fakes/fake-release-library.ts";
import { sampleBase, sampleEnvironment } from "./sample-facts.ts";

const methods: Record<keyof OdooRuntime, true> = {
  isolation: true,
  generations: true,
  prepare: true,
  startWeb: true,
  startBackground: true,
  stopWeb: true,
  stopBackground: true,
  waitHealthy: true,
  health: true,
  update: true,
  probe: true,
  networkIsolation: true,
  neutraliseScripts: true,
  missingDependencies: true,
  endStrays: true,
};

/** What every kind of runtime promises before it does anything: who it is, what it can, and that opening it touches nothing. */
export function runtimeKindConforms(kind: RuntimeKind): void {
  describe(`runtime ${kind.id}`, () => {
    it("is called like its folder", () => {
      expect(kind.id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
      expect(existsSync(join(repositoryRoot, "src/extensions/runtimes", kind.id))).toBe(true);
      expect(kind.summary.length).toBeGreaterThan(5);
    });

    it("says what it can", () => {
      expect(Object.values(kind.capabilities).every((capability) => typeof capability === "boolean")).toBe(true);
    });

    it("opens without touching the world, and offers every method of the port", () => {
      const touched: string[] = [];
      const runtime = kind.open(sampleEnvironment, untouchable(touched));
      for (const method of Object.keys(methods)) expect(typeof runtime[method as keyof OdooRuntime], method).toBe("function");
      expect(touched).toEqual([]);
    });
  });
}

/** A world that notes who asks it for something, and has nothing to give. */
function untouchable(touched: string[]): RuntimeWorld {
  const note = (what: string) => async (): Promise<never> => {
    touched.push(what);
    throw new Error(`${what} was used while opening`);
  };
  return {
    supervisor: { ensure: note("supervisor.ensure"), stop: note("supervisor.stop"), list: note("supervisor.list") },
    releases: new FakeReleaseLibrary(sampleBase),
    clock: new FakeClock(),
    stateDirectory: "/nonexistent/plimsoll",
    readSecret: note("readSecret"),
    processes: { run: note("processes.run") },
    otherUserIds: note("otherUserIds"),
    endStrays: note("endStrays"),
  };
}
