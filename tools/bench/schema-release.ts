import { setTimeout as sleep } from "node:timers/promises";
import type { Bench, BenchFigures, BenchOptions, Row } from "./bench-kind.ts";
import { loadFigures, startMeasuredLoad, type LoadFigures } from "./measured-load.ts";
import { makePeerOdoo, type PeerOdoo } from "./peer-odoo.ts";
import { adopt, approved, changedModule, itemMs, loadOf, makeTenant, runThrough, sampleAddons, type Sample } from "./sample-releases.ts";
import { ratioOf, summary, type Summary } from "./statistics.ts";

const quietMs = 6_000;
const overheadMsMax = 5_000;

interface Seen {
  readonly load: LoadFigures;
  /** Plimsoll's, by item; empty for the peers. */
  readonly parts: Readonly<Record<string, number>>;
  /** From the end of the old service to the first answer of the new; Plimsoll's: the hold. */
  readonly downMs: number;
}

type Way = "plimsoll" | "live -u" | "stop, -u, start";

/** What is shown of the hold, in the order in which it happens. */
const heldItems = ["drain", "fence", "checkpoint", "update", "examine", "database-truth", "application-truth", "swap", "reopen"] as const;

export const schemaRelease: Bench = {
  name: "schema-release",
  what: "A release with a new field, its view and data, while people work in browsers.",
  peer: "`-u` in the live database while its workers go on serving, then a restart; and stop, `-u`, start.",
  aim: "No failed request and no wrong answer; a hold of at most stop, `-u`, start and the clone and 5 s.",
  run,
};

async function run({ quick, say }: BenchOptions): Promise<BenchFigures> {
  const of: Sample = quick ? "small" : "firm";
  const seen: Record<Way, Seen[]> = { plimsoll: [], "live -u": [], "stop, -u, start": [] };
  const ways: readonly Way[] = ["plimsoll", "live -u", "stop, -u, start"];
  for (let round = 0; round < (quick ? 1 : 2); round++) {
    for (let turn = 0; turn < ways.length; turn++) {
      const way = ways[(turn + round) % ways.length] as Way;
      const one = way === "plimsoll" ? await throughPlimsoll(of) : await byHand(of, way);
      seen[way].push(one);
      say(
        `round ${round + 1}, ${way}: ${one.load.failed} failed, ${one.load.wrong} wrong of ${one.load.requests}, longest wait ${(one.load.longestWaitMs / 1000).toFixed(1)} s`,
      );
    }
  }
  return { rows: rowsOf(seen), notes: notesOf(seen) };
}

function rowsOf(seen: Readonly<Record<Way, readonly Seen[]>>): readonly Row[] {
  const of = (way: Way, pick: (one: Seen) => number): Summary | null => summary(seen[way].map(pick));
  const compared = (what: string, unit: Row["unit"], pick: (one: Seen) => number, aim: string | null): readonly Row[] =>
    (["live -u", "stop, -u, start"] as const).map((way) => {
      const [plimsoll, peer] = [of("plimsoll", pick), of(way, pick)];
      return {
        what: `${what}; peer: ${way}`,
        unit,
        plimsoll,
        peer,
        ratio: ratioOf(plimsoll, peer),
        aim,
        met: aim === null ? null : plimsoll?.max === 0,
      };
    });
  const [hold, down] = [of("plimsoll", (one) => one.downMs), of("stop, -u, start", (one) => one.downMs)];
  const clone = of("plimsoll", (one) => one.parts["checkpoint"] ?? 0);
  const boundMs = (down?.median ?? 0) + (clone?.median ?? 0) + overheadMsMax;
  const truthMs = (one: Seen): number => (one.parts["examine"] ?? 0) + (one.parts["application-truth"] ?? 0);
  const share = of("plimsoll", (one) => (100 * truthMs(one)) / one.downMs);
  const alone = (what: string, unit: Row["unit"], plimsoll: Summary | null): Row => ({
    what,
    unit,
    plimsoll,
    peer: null,
    ratio: null,
    aim: null,
    met: null,
  });
  return [
    ...compared("failed requests", "requests", (one) => one.load.failed, "0"),
    ...compared("wrong answers", "requests", (one) => one.load.wrong, "0"),
    ...compared("longest wait for a right answer", "ms", (one) => one.load.longestWaitMs, null),
    {
      what: "hold; peer: stop, -u, start",
      unit: "ms",
      plimsoll: hold,
      peer: down,
      ratio: ratioOf(hold, down),
      aim: `≤ ${boundMs.toFixed(0)} ms`,
      met: hold !== null && hold.median <= boundMs,
    },
    alone(
      "hold without application truth",
      "ms",
      of("plimsoll", (one) => one.downMs - truthMs(one)),
    ),
    alone("of it reading the candidate for application truth", "ms", of("plimsoll", truthMs)),
    alone("of it reading the candidate for application truth", "%", share),
    ...heldItems.map((item) =>
      alone(
        `item ${item}`,
        "ms",
        of("plimsoll", (one) => one.parts[item] ?? 0),
      ),
    ),
  ];
}

function notesOf(seen: Readonly<Record<Way, readonly Seen[]>>): readonly string[] {
  return Object.entries(seen).flatMap(([way, all]) => {
    const what = [...new Set(all.flatMap((one) => one.load.said))].slice(0, 3);
    const [bad, requests] = [
      all.reduce((sum, one) => sum + one.load.failed + one.load.wrong, 0),
      all.reduce((sum, one) => sum + one.load.requests, 0),
    ];
    return [`${way}: ${bad} of ${requests} requests not answered rightly${what.length === 0 ? "" : `, such as ${what.join("; ")}`}.`];
  });
}

async function throughPlimsoll(of: Sample): Promise<Seen> {
  const tenant = await makeTenant(of);
  try {
    const plimsoll = await adopt(tenant, of, ["r2-field"]);
    try {
      const change = await approved(plimsoll, "r2-field");
      const parts: Record<string, number> = {};
      const state = { holdMs: 0 };
      const load = await underLoad(of, tenant.gatewayUrl, async () => {
        const deployment = await runThrough(plimsoll, change);
        for (const item of heldItems) parts[item] = itemMs(deployment, item);
        state.holdMs = deployment.holdMs ?? 0;
      });
      return { load, parts, downMs: state.holdMs };
    } finally {
      await plimsoll.dispose();
    }
  } finally {
    await tenant.dispose();
  }
}

async function byHand(of: Sample, way: Exclude<Way, "plimsoll">): Promise<Seen> {
  const tenant = await makeTenant(of);
  const odoo = await makePeerOdoo(tenant);
  try {
    await odoo.start(sampleAddons(of, "r1"));
    const state = { downMs: 0 };
    const load = await underLoad(of, odoo.url, async () => {
      state.downMs = way === "live -u" ? await liveUpdate(of, odoo) : await stoppedUpdate(of, odoo);
    });
    return { load, parts: {}, downMs: state.downMs };
  } finally {
    await odoo.stop();
    await tenant.dispose();
  }
}

/** @returns how long nobody served */
async function liveUpdate(of: Sample, odoo: PeerOdoo): Promise<number> {
  await odoo.update(sampleAddons(of, "r2-field"), changedModule(of));
  const begun = performance.now();
  await odoo.stop();
  await odoo.start(sampleAddons(of, "r2-field"));
  return performance.now() - begun;
}

async function stoppedUpdate(of: Sample, odoo: PeerOdoo): Promise<number> {
  const begun = performance.now();
  await odoo.stop();
  await odoo.update(sampleAddons(of, "r2-field"), changedModule(of));
  await odoo.start(sampleAddons(of, "r2-field"));
  return performance.now() - begun;
}

async function underLoad(of: Sample, baseUrl: string, work: () => Promise<void>): Promise<LoadFigures> {
  const load = await startMeasuredLoad(loadOf(of, baseUrl));
  try {
    await sleep(quietMs);
    const fromMs = performance.now();
    await work();
    const toMs = performance.now();
    await sleep(quietMs / 2);
    return loadFigures(await load.stop(), fromMs, toMs);
  } catch (error) {
    await load.stop();
    throw error;
  }
}
