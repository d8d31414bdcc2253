import { describe, expect, it } from "vitest";
import type { StepKind } from "../../src/app/ports/step.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";
import { describesItself } from "./contract-of-inputs.ts";
import type { FakeWorld } from "./fake-world.ts";
import { Interrupted, type Failpoint } from "./interruption.ts";

export interface StepCase {
  /** As a plan has it. */
  readonly input: Json;
  /** A fresh world in which everything before this step has run. */
  readonly world: () => Promise<FakeWorld>;
}

const callsMax = 200;

/** What every step promises (the contract in src/app/ports/step.ts; S8, S9, S10), tried on a world in memory. */
export function stepConforms(step: StepKind, { input, world }: StepCase): void {
  describe(`step ${step.id}`, () => {
    describesItself("steps", step, input);

    it("has limits", () => {
      expect(step.limits.timeoutMs).toBeGreaterThan(0);
      expect(step.limits.attempts).toBeGreaterThan(0);
    });

    it("isn't done before it was applied, and looking changes nothing", async () => {
      const fresh = await world();
      const before = await fresh.everything();
      const { state } = await observe(step, fresh, input);
      // A step that can't converge answers "partly" to whoever asks: it is asked only when it was found started (S8).
      expect(state).toBe(step.restartFrom === undefined ? "not-started" : "partly");
      expect(await fresh.everything()).toEqual(before);
    });

    it("is done after it was applied, or applying it again changes nothing", async () => {
      const fresh = await world();
      const output = await apply(step, fresh, input);
      const after = await fresh.essence();
      const seen = await observe(step, fresh, input);
      if (seen.state === "done") expect(shapeOf(seen.output)).toEqual(shapeOf(output));
      else if (step.restartFrom === undefined) {
        await apply(step, fresh, input);
        expect(await fresh.essence()).toEqual(after);
      }
    });

    it("gives an output that the ledger can keep", async () => {
      const output = await apply(step, await world(), input);
      expect(JSON.parse(JSON.stringify(output))).toEqual(output);
    });

    if (step.restartFrom === undefined) convergesAfterEveryInterruption(step, input, world);
    if (typeof step.undo === "function") canBeTakenBack(step, input, world);
    else saysWhyItCant(step.undo);
  });
}

function convergesAfterEveryInterruption(step: StepKind, input: Json, world: StepCase["world"]): void {
  it("reaches the same end from every interrupted state, applied again", async () => {
    const clean = await world();
    // Users who wait aren't made to wait for a second try: a successor goes back, unless the step says "finish".
    const byWhom = (await clean.isHolding()) && step.interruptedInHold !== "finish" ? "same worker" : "successor";
    await apply(step, clean, input);
    const end = await clean.essence();
    await atEveryInterruption(step, input, world, byWhom, async (interrupted) => {
      const seen = await observe(step, interrupted, input);
      if (seen.state !== "done") await apply(step, interrupted, input);
      expect(await interrupted.essence()).toEqual(end);
    });
  });
}

function canBeTakenBack(step: StepKind, input: Json, world: StepCase["world"]): void {
  it("is harmless to take back when it never ran", async () => {
    const fresh = await world();
    const before = await fresh.seenByUsers();
    await undo(step, fresh, input);
    expect(await fresh.seenByUsers()).toEqual(before);
    expectNothingLost(fresh);
  });

  it("is taken back as if it had never run, once or twice; or refuses, changing nothing", async () => {
    const fresh = await world();
    const before = await fresh.seenByUsers();
    const openBefore = fresh.openClones();
    await apply(step, fresh, input);
    const after = await fresh.seenByUsers();
    const refusal = await refusalOf(() => undo(step, fresh, input));
    if (refusal !== null) {
      expectRefusal(refusal);
      expect(await fresh.seenByUsers()).toEqual(after);
      return;
    }
    expect(await fresh.seenByUsers()).toEqual(before);
    if (step.restartFrom === undefined) expect((await observe(step, fresh, input)).state).not.toBe("done");
    await undo(step, fresh, input);
    expect(await fresh.seenByUsers()).toEqual(before);
    // What it made may stay until the claim is taken back, but nobody can enter it.
    expect(fresh.openClones().filter((name) => !openBefore.includes(name))).toEqual([]);
    expectNothingLost(fresh);
  });

  it("is taken back by a successor from every interrupted state", async () => {
    const before = await (await world()).seenByUsers();
    await atEveryInterruption(step, input, world, "successor", async (interrupted) => {
      const left = await interrupted.seenByUsers();
      const refusal = await refusalOf(() => undo(step, interrupted, input));
      expect(await interrupted.seenByUsers()).toEqual(refusal === null ? before : left);
      if (refusal !== null) expectRefusal(refusal);
      expectNothingLost(interrupted);
    });
  });

  it("is taken back although taking back was interrupted", async () => {
    const before = await (await world()).seenByUsers();
    for (let call = 0; call < callsMax; call++) {
      const fresh = await world();
      await apply(step, fresh, input);
      const failpoint: Failpoint = { call, when: "after", calls: 0 };
      const refusal = await refusalOf(() => undo(step, fresh, input, failpoint));
      if (refusal !== null || failpoint.calls <= call) return;
      fresh.takeOver();
      const left = await fresh.seenByUsers();
      const refused = await refusalOf(() => undo(step, fresh, input));
      expect(await fresh.seenByUsers()).toEqual(refused === null ? before : left);
      if (refused !== null) expectRefusal(refused);
      expectNothingLost(fresh);
    }
    throw new Error(`${step.id} makes more than ${callsMax} calls to be taken back`);
  });
}

function saysWhyItCant(undoing: Exclude<StepKind["undo"], (...values: never) => unknown>): void {
  it("says why it can't be taken back", () => {
    expect(undoing.irreversible).toBe(true);
    expect(undoing.reason).toMatch(/^[A-Z].{20,}[.]$/u);
  });
}

/** Runs apply again and again, dying one call later each time, before the call's effect and after it; then somebody looks. */
async function atEveryInterruption(
  step: StepKind,
  input: Json,
  world: StepCase["world"],
  byWhom: "successor" | "same worker",
  look: (world: FakeWorld) => Promise<void>,
): Promise<void> {
  for (const when of ["before", "after"] as const) {
    for (let call = 0; ; call++) {
      if (call === callsMax) throw new Error(`${step.id} makes more than ${callsMax} calls`);
      const interrupted = await world();
      const failpoint: Failpoint = { call, when, calls: 0 };
      const died = await step.apply(interrupted.context(step.needs, { failpoint }), input).then(() => false, isInterruption);
      if (!died) {
        expect(failpoint.calls, "a failpoint was reached and swallowed").toBeLessThanOrEqual(call);
        break;
      }
      if (byWhom === "successor") interrupted.takeOver();
      await look(interrupted);
    }
  }
}

/** S1, S3, S4: the original is there with every byte, one database has the live name, attachments only came. */
export function expectNothingLost(world: FakeWorld): void {
  expect(world.cluster.databases.get(world.original.oid)?.content).toBe("everything that users wrote");
  expect([...world.cluster.databases.values()].filter((database) => database.name === world.environment.database.name)).toHaveLength(1);
  expect(world.liveTree()).toEqual(expect.arrayContaining(["contract", "invoice", "logo"]));
}

function isInterruption(error: unknown): boolean {
  if (error instanceof Interrupted) return true;
  throw error;
}

/** The one way in which a step may not go back: a person decides, and the refusal says so. Anything else is a broken undo. */
function expectRefusal(refusal: PlimsollError): void {
  expect(refusal.retry, refusal.message).toBe("person");
  expect(refusal.text.liftedBy, refusal.message).toBe("a person");
}

async function refusalOf(work: () => Promise<void>): Promise<PlimsollError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof Interrupted) return null;
    if (error instanceof PlimsollError) return error;
    throw error;
  }
}

function observe(step: StepKind, world: FakeWorld, input: Json): ReturnType<StepKind["observe"]> {
  return step.observe(world.context(step.needs), input);
}

function apply(step: StepKind, world: FakeWorld, input: Json): Promise<Json> {
  return step.apply(world.context(step.needs), input);
}

async function undo(step: StepKind, world: FakeWorld, input: Json, failpoint?: Failpoint): Promise<void> {
  if (typeof step.undo === "function") await step.undo(world.context(step.needs, failpoint === undefined ? {} : { failpoint }), input);
}

/** The members of an output, without their values: what a later step finds there must not depend on who did the work. */
function shapeOf(output: Json): unknown {
  return typeof output === "object" && output !== null ? Object.keys(output).sort() : typeof output;
}
