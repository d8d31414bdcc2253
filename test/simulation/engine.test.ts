import { describe, expect, test } from "vitest";
import { holdPlan, nextRelease, quietPlan } from "./toy-steps.ts";
import { watchedPlan, wayBack } from "./toy-recovery.ts";
import { play, type Outcome } from "./schedule.ts";

const schedules = Number(process.env["PLIMSOLL_SCHEDULES"] ?? 1_500);
const only = process.env["PLIMSOLL_SEED"];
const seeds = only === undefined ? Array.from({ length: schedules }, (_, index) => index + 1) : [Number(only)];

describe("seeded schedules of the engine", () => {
  const total = {
    restored: 0,
    crashes: 0,
    pauses: 0,
    lostAnswers: 0,
    outages: 0,
    stuck: 0,
    refused: 0,
    resumedBack: 0,
    resumedForward: 0,
    resumesRefused: 0,
    resumedRecovery: 0,
    wishes: 0,
    wishesRefused: 0,
    restoredAndResumed: 0,
    recoveredByWish: 0,
    recoveredAlone: 0,
    recoveriesUndone: 0,
    restoredAndRecovered: 0,
  };
  const ends = new Map<string, number>();

  test(`${seeds.length} schedules keep every property`, async () => {
    for (const seed of seeds) {
      const outcome = await play(seed);
      const wrong = await problemsOf(outcome);
      if (wrong.length > 0)
        throw new Error(
          `seed ${seed} (PLIMSOLL_SEED=${seed} replays it):\n${wrong.join("\n")}\n\n${outcome.log.slice(-60).join("\n")}\n\n${traceOf(outcome)}`,
        );
      for (const key of Object.keys(outcome.counts) as (keyof Outcome["counts"])[]) total[key] += outcome.counts[key];
      total.restored += outcome.restored ? 1 : 0;
      total.restoredAndResumed += outcome.restored && outcome.deployment.resumedEpoch > 0 ? 1 : 0;
      total.refused += outcome.world.refused;
      const types = await recoveryTypes(outcome);
      total.recoveredAlone += types.includes("alone recovered") ? 1 : 0;
      total.recoveredByWish += types.includes("wished recovered") ? 1 : 0;
      total.recoveriesUndone += types.includes("undone") ? 1 : 0;
      total.restoredAndRecovered += outcome.restored && outcome.world.takenBack > 0 ? 1 : 0;
      ends.set(outcome.deployment.state, (ends.get(outcome.deployment.state) ?? 0) + 1);
    }
  });

  test("the schedules met what they are for", () => {
    if (only !== undefined) return;
    expect(Math.min(...Object.values(total)), JSON.stringify(total)).toBeGreaterThan(0);
    for (const state of ["settled", "old-intact", "needs-person", "recovery-settled"])
      expect(ends.get(state) ?? 0, state).toBeGreaterThan(0);
  });
});

async function problemsOf(outcome: Outcome): Promise<string[]> {
  const { deployment, world, ledger } = outcome;
  const wrong = [...world.violations];
  if (!outcome.ended || !["settled", "old-intact", "needs-person", "recovery-settled"].includes(deployment.state))
    wrong.push(`stands in ${deployment.state} at ${deployment.position} (${deployment.reason}) and ends never`);
  if (outcome.commits.some((epoch, index) => epoch < (outcome.commits[index - 1] ?? 0))) wrong.push("an epoch wrote after a later one had");
  wrong.push(...repeatedWithoutLooking(outcome), ...undoneOutOfOrder(outcome), ...partsMixed(outcome));
  wrong.push(...(await recordedTwice(outcome)));
  const change = await ledger.change(deployment.change);
  const environment = await ledger.environment("acme");
  const { live, fenced, traffic, upstream, background, linked, originalDropped } = world;
  const tenant = { live, fenced, traffic, upstream, background, linked, originalDropped, generation: environment?.generation };
  const expected: Record<string, unknown> = { change: change?.state, reason: deployment.reason !== null, owner: deployment.leaseOwner };
  if (deployment.state === "settled") {
    check(wrong, expected, { change: "done", owner: null });
    if (world.clones > 0 && world.live === "candidate")
      check(wrong, tenant, {
        traffic: "pass",
        upstream: "new",
        background: "new",
        originalDropped: true,
        generation: nextRelease.generation,
      });
  }
  if (deployment.state === "recovery-settled") {
    check(wrong, expected, { change: "recovered", reason: true, owner: null });
    check(wrong, tenant, {
      live: "original",
      fenced: false,
      traffic: "pass",
      upstream: "old",
      background: "old",
      originalDropped: false,
      generation: "g1",
    });
    if (environment?.held?.deployment !== deployment.id) wrong.push("recovered, and the environment isn't held");
    if (!world.abandonedDropped) wrong.push("settled, and what the new release left is still there");
  } else if (!["recovered", "needs-person"].includes(deployment.state) && (environment?.held ?? null) !== null) {
    wrong.push("the environment is held without a recovery");
  }
  if (deployment.state === "old-intact") {
    check(wrong, expected, { change: "undone", reason: true, owner: null });
    check(wrong, tenant, {
      live: "original",
      fenced: false,
      traffic: "pass",
      upstream: "old",
      background: "old",
      linked: false,
      generation: "g1",
    });
  }
  if (deployment.state === "needs-person") {
    check(wrong, expected, { change: "needs-person", reason: true, owner: null });
    if (deployment.resumedEpoch > 0 && deployment.reason?.startsWith("reopen can't be undone") === true)
      wrong.push("a person had it go back under users");
    if (outcome.repaired && !outcome.restored) wrong.push(`stands still although nothing is broken: ${deployment.reason}`);
    const stuckUndo = /can't be undone/.test(deployment.reason ?? "");
    if (!stuckUndo && !outcome.restored && world.upstream !== "new" && world.takenBack === 0)
      wrong.push(`needs a person without need: ${deployment.reason}`);
  }
  return wrong;
}

function check(wrong: string[], seen: object, expected: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(expected)) {
    const is = (seen as Record<string, unknown>)[key];
    if (is !== value) wrong.push(`${key} is ${String(is)}, not ${String(value)}`);
  }
}

/** A commit whose answer was lost is in the ledger once, as far as no person had it go on in between. */
async function recordedTwice({ ledger, deployment, restored }: Outcome): Promise<string[]> {
  if (restored) return [];
  const once = [
    "deployment.started",
    "deployment.going-back",
    "deployment.new-and-verified",
    "deployment.old-and-intact",
    "deployment.settled",
    "deployment.needs-person",
    "deployment.recovering",
    "deployment.recovery-going-back",
    "deployment.recovery-undone",
    "deployment.recovered",
    "deployment.recovery-settled",
  ];
  const types = (await ledger.events({ deployment: deployment.id, limit: 10_000 })).map((event) => event.type);
  const stretches = types
    .join(" ")
    .split(/deployment\.resumed|deployment\.recovery-requested/)
    .map((stretch) => stretch.trim().split(" "));
  const wrong = once
    .filter((type) => stretches.some((stretch) => stretch.filter((one) => one === type).length > 1))
    .map((type) => `${type} was recorded more than once`);
  const open = (await ledger.itemRuns(deployment.id)).filter((run) => run.state === "started");
  return [...wrong, ...open.map((run) => `${run.item} (attempt ${run.attempt}) was begun in the record and never ended`)];
}

/** No effect twice without a look in between: S8, S9. */
function repeatedWithoutLooking({ world }: Outcome): string[] {
  const open = new Set<string>();
  const wrong: string[] = [];
  for (const { step, act, epoch } of world.trace) {
    if (act === "observe" || act === "undo") open.delete(step);
    if (act !== "apply") continue;
    if (open.has(step)) wrong.push(`${step} was applied again (epoch ${epoch}) without being observed`);
    open.add(step);
  }
  return wrong;
}

/** Last first. A later epoch may begin again from further up: what was undone while the ledger was away isn't recorded (S10). */
function undoneOutOfOrder({ world }: Outcome): string[] {
  const order = [...[...holdPlan, ...quietPlan].map((item) => item.id), ...wayBack];
  const wrong: string[] = [];
  let before = Infinity;
  let epoch = 0;
  for (const entry of world.trace) {
    if (entry.act === "apply" || entry.epoch > epoch) before = Infinity;
    // A late worker's undo is refused by the world: its order means nothing.
    if (entry.act !== "undo" || entry.epoch < epoch) continue;
    const position = order.indexOf(entry.step);
    if (position > before) wrong.push(`${entry.step} was undone after ${order[before]}`);
    before = position;
    epoch = entry.epoch;
  }
  return wrong;
}

/** A recovery begins with users on the new release, and from then on no step of the plan itself is taken back. */
function partsMixed({ world, restored }: Outcome): string[] {
  const isBack = (step: string): boolean => wayBack.includes(step);
  const began = world.trace.findIndex((entry) => isBack(entry.step) && entry.act === "apply");
  if (began === -1)
    return world.trace.some((entry) => isBack(entry.step) && entry.act === "undo") ? ["undid a recovery that never began"] : [];
  const wrong: string[] = [];
  if (!world.trace.slice(0, began).some((entry) => entry.step === "reopen" && entry.act === "effect"))
    wrong.push("a recovery began before users were on the new release");
  const mixed = world.trace.slice(began).find((entry) => entry.act === "undo" && watchedPlan.some((item) => item.id === entry.step));
  if (!restored && mixed !== undefined) wrong.push(`${mixed.step} was undone after the recovery had begun`);
  const back = world.trace.findIndex((entry) => entry.step === "back-reopen" && entry.act === "effect");
  const late = back === -1 ? undefined : world.trace.slice(back).find((entry) => entry.act === "undo" && isBack(entry.step));
  if (!restored && late !== undefined && late.step !== "back-reopen") wrong.push(`${late.step} was undone after users were back`);
  return wrong;
}

/** What became of the recoveries of a schedule. */
async function recoveryTypes({ ledger, deployment }: Outcome): Promise<string[]> {
  const events = await ledger.events({ deployment: deployment.id, limit: 10_000 });
  let began = "";
  return events.flatMap(({ type, data }) => {
    if (type === "deployment.recovering") began = (data as { readonly automatic: boolean }).automatic ? "alone" : "wished";
    if (type === "deployment.recovery-undone") return ["undone"];
    return type === "deployment.recovered" ? [`${began} recovered`] : [];
  });
}

function traceOf({ world }: Outcome): string {
  const start = world.trace[0]?.atMs ?? 0;
  return world.trace
    .slice(-80)
    .map((entry) => `${entry.atMs - start} e${entry.epoch} ${entry.act} ${entry.step}`)
    .join("\n");
}
