import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, BenchFigures, BenchOptions, Row } from "./bench-kind.ts";
import { loadFigures, startMeasuredLoad, type LoadFigures } from "./measured-load.ts";
import { makePeerOdoo } from "./peer-odoo.ts";
import { adopt, approved, loadOf, makeTenant, runThrough, sampleAddons, type Sample } from "./sample-releases.ts";
import { ratioOf, summary } from "./statistics.ts";

const quietMs = 8_000;
const slowerMax = 2;

/** What users saw before the release and during it, to the answers of the last requests that began in it. */
interface Seen {
  readonly idle: LoadFigures;
  readonly during: LoadFigures;
  readonly note: string | null;
}

export const codeOnly: Bench = {
  name: "code-only",
  what: "A release that changes nothing but code, while people work in browsers.",
  peer: "Odoo stopped and started with the new code, as one service; its clients ask nothing twice.",
  aim: "No failed request, and a p99 within twice that of the quiet time before.",
  run,
};

async function run({ quick, say }: BenchOptions): Promise<BenchFigures> {
  const of: Sample = quick ? "small" : "firm";
  const [ours, peers]: [Seen[], Seen[]] = [[], []];
  for (let round = 1; round <= (quick ? 1 : 2); round++) {
    const [mine, theirs] = round % 2 === 1 ? [await throughPlimsoll(of), await byRestart(of)] : await turned(of);
    ours.push(mine);
    peers.push(theirs);
    say(`round ${round}: Plimsoll ${text(mine)}; restart ${text(theirs)}`);
  }
  const row = (
    what: string,
    unit: Row["unit"],
    pick: (seen: Seen) => number,
    aim: string | null,
    holds: (values: readonly number[]) => boolean,
  ): Row => {
    const values = ours.map(pick);
    const [plimsoll, peer] = [summary(values), summary(peers.map(pick))];
    return { what, unit, plimsoll, peer, ratio: ratioOf(plimsoll, peer), aim, met: aim === null ? null : holds(values) };
  };
  const none = (values: readonly number[]): boolean => Math.max(...values) === 0;
  return {
    rows: [
      row("failed requests", "requests", (seen) => seen.during.failed, "0", none),
      row("wrong answers", "requests", (seen) => seen.during.wrong, "0", none),
      row("p99 before", "ms", (seen) => seen.idle.p99Ms, null, none),
      row(
        "p99 during",
        "ms",
        (seen) => seen.during.p99Ms,
        `≤ ${slowerMax}× before`,
        () => ours.every((seen) => seen.during.p99Ms <= slowerMax * seen.idle.p99Ms),
      ),
      row("longest wait for a right answer", "ms", (seen) => seen.during.longestWaitMs, null, none),
      row("requests during", "requests", (seen) => seen.during.requests, null, none),
    ],
    notes: [
      ...new Set(ours.flatMap((seen) => (seen.note === null ? [] : [seen.note]))),
      ...said("Plimsoll", ours),
      ...said("restart", peers),
    ],
  };
}

async function turned(of: Sample): Promise<readonly [Seen, Seen]> {
  const theirs = await byRestart(of);
  return [await throughPlimsoll(of), theirs];
}

async function throughPlimsoll(of: Sample): Promise<Seen> {
  const tenant = await makeTenant(of);
  try {
    const plimsoll = await adopt(tenant, of, ["r1-code"]);
    try {
      const change = await approved(plimsoll, "r1-code");
      const found: string[] = [];
      const seen = await underLoad(of, tenant.gatewayUrl, async () => {
        const deployment = await runThrough(plimsoll, change);
        if (deployment.plannedClass !== "K1") found.push(`Plimsoll planned the release as ${deployment.plannedClass}, not as code only.`);
      });
      return { ...seen, note: found[0] ?? null };
    } finally {
      await plimsoll.dispose();
    }
  } finally {
    await tenant.dispose();
  }
}

async function byRestart(of: Sample): Promise<Seen> {
  const tenant = await makeTenant(of);
  const odoo = await makePeerOdoo(tenant);
  try {
    await odoo.start(sampleAddons(of, "r1"));
    return await underLoad(of, odoo.url, async () => {
      await odoo.stop();
      await odoo.start(sampleAddons(of, "r1-code"));
    });
  } finally {
    await odoo.stop();
    await tenant.dispose();
  }
}

async function underLoad(of: Sample, baseUrl: string, work: () => Promise<void>): Promise<Seen> {
  const load = await startMeasuredLoad(loadOf(of, baseUrl));
  try {
    // Both workers load what they need before anything counts.
    await sleep(quietMs / 2);
    const quietFromMs = performance.now();
    await sleep(quietMs);
    const fromMs = performance.now();
    await work();
    await sleep(quietMs / 4);
    const toMs = performance.now();
    await sleep(quietMs / 4);
    const samples = await load.stop();
    return { idle: loadFigures(samples, quietFromMs, fromMs), during: loadFigures(samples, fromMs, toMs), note: null };
  } catch (error) {
    await load.stop();
    throw error;
  }
}

function text({ during }: Seen): string {
  return `${during.failed} failed, ${during.wrong} wrong of ${during.requests}, longest wait ${during.longestWaitMs.toFixed(0)} ms`;
}

function said(who: string, all: readonly Seen[]): readonly string[] {
  const what = [...new Set(all.flatMap((seen) => seen.during.said))].slice(0, 3);
  return what.length === 0 ? [] : [`Seen instead of right answers (${who}): ${what.join("; ")}`];
}
