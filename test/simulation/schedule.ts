import type { Capabilities } from "../../src/app/ports/capability.ts";
import type { Clock } from "../../src/app/ports/clock.ts";
import { finalStates, type Deployment } from "../../src/domain/rollout/deployment.ts";
import { PlimsollError } from "../../src/domain/shared/errors.ts";
import type { Verdict } from "../../src/domain/verdict/verdict.ts";
import { engineLimits, type EngineWorld } from "../../src/engine/engine-world.ts";
import { startPool } from "../../src/engine/pool.ts";
import { queued, sha256 } from "../conformance/ledger-fixture.ts";
import { memoryLedger, type MemoryLedger } from "./memory-ledger.ts";
import { recoverySteps, toyRecovery, watchedPlan, watchGate, wayBack } from "./toy-recovery.ts";
import { overNet, simulatedHeart } from "./simulated-parts.ts";
import { holdPlan, quietPlan, toyGates, toySteps, type Troubles } from "./toy-steps.ts";
import { ToyWorld } from "./toy-world.ts";
import { Dice, VirtualTime } from "./virtual-time.ts";

const ttlMs = 3_000;
/** Faults happen until here; then the world is kind, and everything must come to its end. */
const chaosMs = 60_000;
const patienceMs = 2 * 3_600_000;

export interface Outcome {
  readonly seed: number;
  readonly deployment: Deployment;
  readonly world: ToyWorld;
  readonly ledger: MemoryLedger;
  readonly ended: boolean;
  /** Its ledger was set back to an earlier moment on the way. */
  readonly restored: boolean;
  /** Epochs in the order in which their commits were accepted. */
  readonly commits: readonly number[];
  readonly counts: Counts;
  /** What was broken for good was repaired before the last time that a person had it go on, and after the chaos. */
  readonly repaired: boolean;
  readonly log: readonly string[];
}

interface Counts {
  crashes: number;
  pauses: number;
  lostAnswers: number;
  outages: number;
  stuck: number;
  resumedBack: number;
  resumedForward: number;
  resumesRefused: number;
  resumedRecovery: number;
  wishes: number;
  wishesRefused: number;
}

interface Process {
  readonly name: string;
  alive: boolean;
  pausedUntilMs: number;
}

/** Plays one schedule: the seed decides who dies when, what is slow, what fails, whose answer is lost. */
export async function play(seed: number): Promise<Outcome> {
  const dice = new Dice(seed);
  const time = new VirtualTime();
  const world = new ToyWorld(() => time.nowMs);
  const ledger = memoryLedger(time.clock());
  const log: string[] = [];
  const commits: number[] = [];
  const counts: Counts = {
    crashes: 0,
    pauses: 0,
    lostAnswers: 0,
    outages: 0,
    stuck: 0,
    resumedBack: 0,
    resumedForward: 0,
    resumesRefused: 0,
    resumedRecovery: 0,
    wishes: 0,
    wishesRefused: 0,
  };
  const startMs = time.nowMs;
  const chaotic = (): boolean => time.nowMs - startMs < chaosMs;
  const say = (text: string): void => void log.push(`${String(time.nowMs - startMs).padStart(7)} ${text}`);
  const profile = {
    lostAnswer: dice.pick([0, 0, 0.02, 0.1]),
    stepFault: dice.pick([0, 0, 0.03, 0.12]),
    stuck: dice.pick([0, 0, 0, 0.03]),
    gate: dice.pick<Verdict["kind"] | "throws" | "hangs">([
      "passed",
      "passed",
      "passed",
      "passed",
      "failed",
      "inconclusive",
      "throws",
      "hangs",
    ]),
    terminalStep: dice.chance(0.2)
      ? dice.pick(["link", "fence", "checkpoint", "update", "swap", "reopen", "back-fence", "back-swap", "back-reopen", "back-restart"])
      : null,
    brokenUndo: dice.chance(0.1) ? dice.pick(["fence", "hold", "checkpoint", "back-hold", "back-fence", "back-swap"]) : null,
    plan: dice.pick([quietPlan, holdPlan, watchedPlan, watchedPlan]),
    watch: dice.pick<Verdict["kind"] | "throws">(["passed", "passed", "failed", "failed", "failed", "inconclusive", "throws"]),
    watchMs: dice.pick([50, 2_000, 15_000]),
    automaticMs: dice.pick([1_000, 120_000]),
    updateMs: dice.pick([200, 2_000, 12_000]),
  };
  let outageUntilMs = 0;
  let restored = false;
  let reached = 0;
  /** A file of the host: it outlives its processes. */
  const notes = new Map<string, string>();

  const recovery = profile.plan === watchedPlan ? toyRecovery(profile.automaticMs) : undefined;
  const deployment = await queued(ledger, "acme", profile.plan, "here", recovery);
  let last = deployment;

  const spawn = (name: string): Process => {
    const process: Process = { name, alive: true, pausedUntilMs: 0 };
    const gate = async (): Promise<void> => {
      if (!process.alive) await new Promise<never>(() => undefined);
      while (process.pausedUntilMs > time.nowMs) await time.sleep(process.pausedUntilMs - time.nowMs);
      if (!process.alive) await new Promise<never>(() => undefined);
    };
    const clock: Clock = {
      ...time.clock(),
      async sleep(ms, signal) {
        try {
          await time.sleep(ms, signal);
        } finally {
          await gate();
        }
      },
    };
    const net = async <T>(work: () => Promise<T>): Promise<T> => {
      await gate();
      await time.sleep(dice.between(0, 8));
      await gate();
      if (time.nowMs < outageUntilMs) {
        await time.sleep(dice.pick([0, 50, 4_000]));
        await gate();
        throw new Error("connection refused");
      }
      const result = await work();
      await time.sleep(dice.between(0, 8));
      await gate();
      if (chaotic() && dice.chance(profile.lostAnswer)) {
        counts.lostAnswers += 1;
        throw new Error("connection reset before the answer");
      }
      return result;
    };
    const troubles = toyTroubles(process);
    const engine: EngineWorld = {
      ledger: overNet(ledger, net, commits),
      clock,
      host: "here",
      owner: name,
      steps: new Map([...toySteps(world, troubles), ...recoverySteps(world, troubles)]),
      gates: new Map([...toyGates(world, troubles), ["watch", watchGate({ kind: () => profile.watch, watchMs: () => profile.watchMs })]]),
      provide: (seen) => ({
        capabilities: {
          "tenant-database": {
            async claim() {
              await time.sleep(dice.between(0, 30));
              await gate();
              world.claim(seen.epoch);
            },
          },
          runtime: { endStrays: async () => 0 },
        } as unknown as Capabilities,
        async epochFloor() {
          await time.sleep(dice.between(0, 10));
          await gate();
          if (chaotic() && dice.chance(profile.stepFault)) throw new PlimsollError("DATABASE_UNREACHABLE", "No route.");
          return world.highest;
        },
        async dispose() {
          await gate();
          world.endSession(seen.epoch);
        },
      }),
      heart: simulatedHeart(ledger, net, clock, ttlMs),
      hash: sha256,
      journal: {
        async noteGoingBack(one, reason) {
          await gate();
          notes.set(one.id, reason);
          await gate();
        },
        async goingBack(one) {
          await gate();
          return notes.get(one.id) ?? null;
        },
        async noteReached(_one, now) {
          await gate();
          reached = now;
        },
        async reached() {
          await gate();
          return reached;
        },
        async clear(one) {
          await gate();
          notes.delete(one.id);
        },
      },
      limits: { ...engineLimits(ttlMs), graceMs: 5_000, observeMs: 10_000 },
      log: {
        info: (fields, message) => say(`${name} ${message} ${JSON.stringify(fields)}`),
        warn: (fields, message) => say(`${name} ${message} ${JSON.stringify(fields)}`),
        error: (fields, message) => {
          say(`${name} ERROR ${message} ${JSON.stringify(fields)}`);
          if (message.includes("unexpectedly")) world.violations.push(`${message}: ${JSON.stringify(fields)}`);
        },
      },
      failpoint: async () => {
        // A process can die at any commit and any effect, not only when a timer says so.
        if (chaotic() && dice.chance(0.004)) crash(process);
        await gate();
      },
    };
    startPool(engine, 4);
    return process;
  };

  function toyTroubles(process: Process): Troubles {
    const gate = async (): Promise<void> => {
      if (!process.alive) await new Promise<never>(() => undefined);
      while (process.pausedUntilMs > time.nowMs) await time.sleep(process.pausedUntilMs - time.nowMs);
      if (!process.alive) await new Promise<never>(() => undefined);
    };
    return {
      async breathe(signal) {
        await time.sleep(dice.between(1, dice.chance(0.1) ? 4_000 : 60));
        await gate();
        signal.throwIfAborted();
      },
      async around(step, act, when, signal) {
        if (act === "undo" && step === profile.brokenUndo && when === "before") throw new Error(`${step} can't be undone`);
        if (act === "apply" && step === profile.terminalStep && when === "before")
          throw new PlimsollError("UPDATE_FAILED", `${step} failed.`);
        if (!chaotic()) return;
        if (dice.chance(profile.stuck)) {
          counts.stuck += 1;
          say(`${process.name} ${act} ${step} hangs ${when}, deaf to its signal`);
          await time.sleep(dice.between(10_000, 60_000));
          await gate();
        }
        if (dice.chance(profile.stepFault)) {
          say(`${process.name} ${act} ${step} fails ${when} its effect`);
          throw dice.pick([new Error("timeout, says the caller"), new PlimsollError("DATABASE_UNREACHABLE", "No route.")]);
        }
        await time.sleep(dice.between(0, 20));
        await gate();
        signal.throwIfAborted();
      },
      async verdict(signal) {
        if (profile.gate === "throws") throw new Error("gate broke");
        if (profile.gate === "hangs") await time.sleep(30_000, signal);
        return profile.gate === "hangs" ? "passed" : (profile.gate as Verdict["kind"]);
      },
      updateMs: () => profile.updateMs,
    };
  }

  const processes = ["w1", "w2"].map(spawn);
  let born = 2;
  function crash(process: Process): void {
    if (!process.alive) return;
    counts.crashes += 1;
    say(`${process.name} is killed`);
    process.alive = false;
    // The operating system closes its sockets; the tenant's cluster notices sooner or later.
    const session = world.session;
    if (session !== null) void time.sleep(dice.between(0, 2_000)).then(() => undefined);
    void time.sleep(dice.between(500, 8_000)).then(() => processes.push(spawn(`w${(born += 1)}`)));
  }

  for (let n = dice.between(0, 5); n > 0; n -= 1) {
    const kind = dice.pick(["crash", "crash", "pause", "outage", "abort", "session"] as const);
    void time.sleep(dice.between(10, 25_000)).then(async () => {
      const victim = dice.pick(processes.filter((one) => one.alive).concat(processes[0] as Process));
      if (kind === "crash") crash(victim);
      if (kind === "pause") {
        counts.pauses += 1;
        const ms = dice.between(500, 15_000);
        say(`${victim.name} is stopped for ${ms} ms`);
        victim.pausedUntilMs = time.nowMs + ms;
      }
      if (kind === "outage") {
        counts.outages += 1;
        outageUntilMs = time.nowMs + dice.between(500, 20_000);
        say(`the ledger is away until ${outageUntilMs - startMs}`);
      }
      if (kind === "session") world.session = null;
      if (kind === "abort") {
        say("a person aborts");
        await ledger.transaction((tx) => tx.requestAbort(deployment.id, "anna", "changed my mind"));
      }
    });
  }

  if (dice.chance(0.2)) {
    // The double fault that S10 is about: the ledger goes away while users are held, and so does who takes them back.
    void (async () => {
      const from = dice.pick([...profile.plan.slice(4).map((item) => item.id), ...(recovery === undefined ? [] : wayBack)]);
      for (let ms = 0; ms < 30_000 && !world.trace.some((entry) => entry.step === from); ms += 20) await time.sleep(20);
      await time.sleep(dice.between(0, 400));
      counts.outages += 1;
      outageUntilMs = time.nowMs + dice.between(5_000, 12_000);
      say(`the ledger is away until ${outageUntilMs - startMs}`);
      await time.sleep(dice.between(1_500, 5_000));
      if (dice.chance(0.7)) for (const process of processes) crash(process);
    })();
  }
  /** Looks now and then, at whatever moment, and has it go on; often, but not always, when what was broken is whole again. */
  const person = { resumes: dice.pick([0, 0, 2, 3, 4]), repairs: dice.chance(0.8) };
  let repaired = false;
  void (async () => {
    while (person.resumes > 0) {
      await time.sleep(dice.between(200, 30_000));
      try {
        const resumed = await ledger.transaction(async (tx) => {
          const one = await tx.resumeDeployment(deployment.id, "anna", "looked at it");
          const change = await tx.change(deployment.change);
          if (change !== null) await tx.putChange({ ...change, state: "running" });
          return one;
        });
        person.resumes -= 1;
        last = resumed;
        if (resumed.state === "going-back") counts.resumedBack += 1;
        else if (resumed.state === "running") counts.resumedForward += 1;
        else counts.resumedRecovery += 1;
        if (person.repairs) [profile.brokenUndo, profile.terminalStep, profile.watch] = [null, null, "passed"];
        repaired = person.repairs && !chaotic();
        say(`a person resumes: ${resumed.state}${person.repairs ? ", repaired" : ""}`);
      } catch (error) {
        if (!(error instanceof PlimsollError) || error.code !== "CONFLICT") throw error;
        counts.resumesRefused += 1;
      }
    }
  })();
  for (let n = recovery === undefined ? 0 : dice.pick([0, 0, 1, 2, 6]); n > 0; n -= 1) {
    void time.sleep(dice.between(200, 80_000)).then(async () => {
      try {
        last = await ledger.transaction(async (tx) => {
          const one = await tx.requestRecovery(deployment.id, { actor: "anna", reason: "wrong prices", receipt: null });
          const change = await tx.change(deployment.change);
          if (change !== null) await tx.putChange({ ...change, state: "running" });
          return one;
        });
        counts.wishes += 1;
        repaired = false;
        say(`a person wants users back: ${last.state}`);
      } catch (error) {
        if (!(error instanceof PlimsollError) || error.code !== "CONFLICT") throw error;
        counts.wishesRefused += 1;
      }
    });
  }
  if (dice.chance(0.08)) {
    void time.sleep(dice.between(300, 8_000)).then(async () => {
      const backup = ledger.snapshot();
      const begun = (await ledger.deployment(deployment.id))?.state !== "queued";
      await time.sleep(dice.between(200, 30_000));
      if (!begun) return;
      say("the ledger is restored from a backup");
      restored = true;
      for (const process of processes) crash(process);
      ledger.restore(backup);
      // All writers of before are dead; a claim that only notes why it waits may carry an epoch that they had.
      commits.length = 0;
    });
  }

  const ended = await time.run(() => {
    void ledger.deployment(deployment.id).then((now) => (last = now ?? last));
    return !chaotic() && (finalStates.includes(last.state) || (last.state === "needs-person" && person.resumes === 0));
  }, patienceMs);
  for (const process of processes) process.alive = false;
  return { seed, deployment: last, world, ledger, ended, restored, repaired, commits, counts, log };
}
