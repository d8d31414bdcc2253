import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { deploymentOf } from "../../test/parts/plimsoll.ts";
import { mustRun } from "../../test/parts/program.ts";
import type { SampleTenant } from "../../test/parts/tenant.ts";
import type { RehearsalView } from "../../src/http/contract/rehearsals.ts";
import type { Bench, BenchFigures, BenchOptions, Row } from "./bench-kind.ts";
import { fillDatabase } from "./fill-database.ts";
import { makePeerOdoo, type PeerOdoo } from "./peer-odoo.ts";
import { adopt, approved, changedModule, itemMs, makeTenant, sampleAddons, type Sample } from "./sample-releases.ts";
import { median, ratioOf, summary } from "./statistics.ts";

const shareMax = 5;
const ratioMin = 12;

/** One rehearsal: all of it, Odoo's own part, and what it takes to have a copy and to be rid of it, which both sides do. */
interface Once {
  readonly totalMs: number;
  readonly updateMs: number;
  readonly aroundMs: number;
  readonly parts: Readonly<Record<string, number>>;
}

export const rehearsal: Bench = {
  name: "rehearsal",
  what: "What surrounds Odoo's own `-u` when a release with a new field is rehearsed: a harmless copy, and being rid of it.",
  peer: "Dump, restore, copy of the filestore, `-u`, drop, as people do it by hand; the copy isn't harmless, and nothing is proven on it.",
  aim: "At most 5 % of a rehearsal, and 12 times less than by hand.",
  run,
};

/** The firm as it is, and with years of records. */
const sizes = [
  { name: "firm", fillBytes: 0 },
  { name: "1 GB", fillBytes: 1024 ** 3 },
];
const copies = ["template", "dump"] as const;
type Seen = Readonly<Record<(typeof copies)[number] | "hand", Once[]>>;

async function run({ quick, say }: BenchOptions): Promise<BenchFigures> {
  const of: Sample = quick ? "small" : "firm";
  const figures = { rows: [] as Row[], notes: [] as string[] };
  for (const size of quick ? sizes.slice(0, 1) : sizes) {
    const { seen, bytes } = await measure(of, size.fillBytes, quick ? 1 : 2, say);
    const name = `${size.name} (${Math.round(bytes / 1024 ** 2)} MiB)`;
    figures.rows.push(...rowsOf(name, seen));
    figures.notes.push(...notesOf(name, seen));
  }
  return figures;
}

async function measure(
  of: Sample,
  fillBytes: number,
  rounds: number,
  say: BenchOptions["say"],
): Promise<{ readonly seen: Seen; readonly bytes: number }> {
  const tenant = await makeTenant(of);
  try {
    const { bytes } = await fillDatabase(tenant.cluster, tenant.database, "odoo", fillBytes);
    const plimsoll = await adopt(tenant, of, ["r2-field"]);
    try {
      const change = await approved(plimsoll, "r2-field");
      const peer = await makePeerOdoo(tenant);
      const seen: Seen = { template: [], dump: [], hand: [] };
      for (let round = 1; round <= rounds; round++) {
        for (const copy of copies) {
          const view = await plimsoll.json<RehearsalView>("rehearse", change, "--copy", copy);
          if (view.verdict !== "passed") throw new Error(`the rehearsal ${view.verdict}: ${view.reason ?? ""}`);
          const deployment = await deploymentOf(plimsoll, view.change);
          const parts = Object.fromEntries(deployment.items.map((item) => [item.id, itemMs(deployment, item.id)]));
          const aroundMs = (parts["copy-live"] ?? 0) + (parts["discard-copy"] ?? 0);
          seen[copy].push({ totalMs: view.tookMs ?? deployment.elapsedMs, updateMs: parts["update"] ?? 0, aroundMs, parts });
        }
        seen.hand.push(await byHand(of, tenant, peer));
        say(`round ${round}: overhead by template ${last(seen.template)}, by dump ${last(seen.dump)}, by hand ${last(seen.hand)}`);
      }
      return { seen, bytes };
    } finally {
      await plimsoll.dispose();
    }
  } finally {
    await tenant.dispose();
  }
}

function proofMs({ totalMs, updateMs, aroundMs }: Once): number {
  return totalMs - updateMs - aroundMs;
}

function last(all: readonly Once[]): string {
  const one = all.at(-1);
  return one === undefined ? "–" : `${(one.aroundMs / 1000).toFixed(1)} of ${(one.totalMs / 1000).toFixed(1)} s`;
}

function rowsOf(size: string, seen: Seen): readonly Row[] {
  return copies.flatMap((copy) => {
    const share = (all: readonly Once[]): readonly number[] => all.map((one) => (100 * one.aroundMs) / one.totalMs);
    const [ours, peer] = [summary(seen[copy].map((one) => one.aroundMs)), summary(seen.hand.map((one) => one.aroundMs))];
    const ratio = ratioOf(ours, peer);
    const [shares, peerShares] = [summary(share(seen[copy])), summary(share(seen.hand))];
    return [
      {
        what: `${size}: around -u, copy by ${copy}`,
        unit: "ms",
        plimsoll: ours,
        peer,
        ratio,
        aim: `≥ ${ratioMin}×`,
        met: ratio !== null && ratio >= ratioMin,
      },
      {
        what: `${size}: share of the rehearsal, copy by ${copy}`,
        unit: "%",
        plimsoll: shares,
        peer: peerShares,
        ratio: null,
        aim: `≤ ${shareMax} %`,
        met: shares !== null && shares.median <= shareMax,
      },
      {
        what: `${size}: proofs, which by hand nobody does, copy by ${copy}`,
        unit: "ms",
        plimsoll: summary(seen[copy].map(proofMs)),
        peer: null,
        ratio: null,
        aim: null,
        met: null,
      },
    ] satisfies readonly Row[];
  });
}

function notesOf(size: string, seen: Seen): readonly string[] {
  return copies.map((copy) => {
    const names = Object.keys(seen[copy][0]?.parts ?? {});
    const parts = names.map((name) => `${name} ${median(seen[copy].map((one) => one.parts[name] ?? 0)).toFixed(0)} ms`);
    return `${size}, by item, copy by ${copy}: ${parts.join(", ")}.`;
  });
}

async function byHand(of: Sample, tenant: SampleTenant, odoo: PeerOdoo): Promise<Once> {
  const { cluster, database, directory } = tenant;
  const env = cluster.clientEnv();
  const copy = `${database}_rehearsal`;
  const dump = join(directory, "by-hand.dump");
  const tree = (name: string): string => join(tenant.dataDirectory, "filestore", name);
  const tool = (name: string, ...args: string[]): Promise<string> => mustRun(join(cluster.binDir, name), args, { env });
  const begun = performance.now();
  await tool("pg_dump", "-Fc", "-f", dump, database);
  await tool("createdb", "-T", "template0", "-E", "UTF8", "-O", "odoo", copy);
  await tool("pg_restore", "--no-owner", "--role=odoo", "-j", "2", "-d", copy, dump);
  cpSync(tree(database), tree(copy), { recursive: true });
  if (process.getuid?.() === 0) await mustRun("chown", ["-R", "--reference", tree(database), tree(copy)]);
  const updateMs = await odoo.update(sampleAddons(of, "r2-field"), changedModule(of), copy);
  await tool("dropdb", "--force", copy);
  rmSync(tree(copy), { recursive: true });
  const totalMs = performance.now() - begun;
  rmSync(dump);
  return { totalMs, updateMs, aroundMs: totalMs - updateMs, parts: {} };
}
