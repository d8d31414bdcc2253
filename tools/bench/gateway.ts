import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { gatewayClient } from "../../src/systems/http-gateway/client.ts";
import { giveApiKeys } from "../../test/parts/api-keys.ts";
import { startPlimsoll } from "../../test/parts/plimsoll.ts";
import { startSampleTenant } from "../../test/parts/tenant.ts";
import type { Bench, BenchFigures, BenchOptions, Row } from "./bench-kind.ts";
import { sampleAddons } from "./sample-releases.ts";
import { quantile, ratioOf, summary } from "./statistics.ts";
import { unwound } from "./unwinding.ts";

const environment = "harbour-production";
const database = "harbour";
const addedP99MsMax = 1;
/** Where half of the blocks differ by more than this, whether a millisecond was added can't be told. */
const noiseMsMax = 2;
const saturatingUsers = 16;
const moderateUsers = 4;

interface Ask {
  readonly name: string;
  readonly path: string;
  readonly body: string | null;
}

interface Way {
  readonly port: number;
  readonly agent: Agent;
}

export const gateway: Bench = {
  name: "gateway",
  what: "What the gateway adds to the requests of a real Odoo: the same requests through it and at Odoo's own port, in turn.",
  peer: "Odoo's own port.",
  aim: "At most a millisecond more at the 99th percentile while idle.",
  run,
};

async function run({ quick, say }: BenchOptions): Promise<BenchFigures> {
  say("starting a tenant behind the gateway");
  const tenant = await startSampleTenant({ template: "small-r1", environment, database, release: "r1", fsync: true, workers: 2 });
  const plimsoll = unwound(await startPlimsoll());
  const agents: Agent[] = [];
  try {
    await plimsoll.json("release", "create", "r1", "--addons", sampleAddons("small", "r1"));
    await plimsoll.json("apply", "-f", tenant.declaration());
    const status = await gatewayClient({ socketPath: join(plimsoll.home, "gateway", "gateway.sock") }).status(environment);
    const bare = status?.route.upstream?.webPort;
    if (bare === undefined) throw new Error("the gateway knows no upstream");
    const [key] = await giveApiKeys(tenant.cluster, database, "admin");
    const way = (port: number): Way => {
      const agent = new Agent({ keepAlive: true, maxSockets: saturatingUsers });
      agents.push(agent);
      return { port, agent };
    };
    const ways = { bare: way(bare), through: way(tenant.gatewayPort) };
    const ask =
      (asked: Ask): ((one: Way) => Promise<number>) =>
      (one) =>
        exchange(one, asked, key ?? "");
    const rows: Row[] = [];
    for (const asked of asks) rows.push(...(await idle(asked.name, ask(asked), ways, quick ? 100 : 1_500, say)));
    for (const [users, pauseMs, name] of [
      [moderateUsers, 50, "moderate load"],
      [saturatingUsers, 0, "saturating load"],
    ] as const)
      rows.push(...(await loaded(name, users, pauseMs, ask(asks[1] as Ask), ways, quick ? 2 : 8, say)));
    return {
      rows,
      notes: [
        "Idle: one request at a time, each asked both ways in turn, first one way and then the other. Added: the difference of the quantile, block by block of a tenth of the requests; its spread is the machine's, and beyond 2 ms between the quartiles the aim is left undecided.",
        `Moderate: ${moderateUsers} users with 50 ms between requests; saturating: ${saturatingUsers} without a pause on 2 workers. Rounds alternate.`,
      ],
    };
  } finally {
    for (const agent of agents) agent.destroy();
    await plimsoll.dispose();
    await tenant.dispose();
  }
}

const asks: readonly Ask[] = [
  { name: "/web/health", path: "/web/health", body: null },
  { name: "read ten partners", path: "/json/2/res.partner/search_read", body: JSON.stringify({ domain: [], fields: ["name"], limit: 10 }) },
  { name: "/web/login", path: "/web/login", body: null },
];

async function exchange({ port, agent }: Way, asked: Ask, key: string): Promise<number> {
  const begun = performance.now();
  const call = httpRequest({
    host: "127.0.0.1",
    port,
    agent,
    path: asked.path,
    method: asked.body === null ? "GET" : "POST",
    headers: {
      "x-odoo-database": database,
      ...(asked.body === null ? {} : { authorization: `Bearer ${key}`, "content-type": "application/json" }),
    },
  });
  call.end(asked.body ?? undefined);
  const [answer] = (await once(call, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  if (answer.statusCode !== 200) throw new Error(`${asked.path} at ${port} answered ${answer.statusCode}`);
  return performance.now() - begun;
}

interface Ways {
  readonly bare: Way;
  readonly through: Way;
}

async function idle(
  name: string,
  ask: (way: Way) => Promise<number>,
  ways: Ways,
  requests: number,
  say: (message: string) => void,
): Promise<readonly Row[]> {
  const times = { bare: [] as number[], through: [] as number[] };
  const warmUp = Math.min(100, requests);
  for (let count = 0; count < requests + warmUp; count++) {
    // Whoever comes second finds warmer caches: so each is first as often.
    const order = count % 2 === 0 ? (["bare", "through"] as const) : (["through", "bare"] as const);
    for (const which of order) {
      const tookMs = await ask(ways[which]);
      if (count >= warmUp) times[which].push(tookMs);
    }
  }
  const blocks = 10;
  const size = requests / blocks;
  const added = (q: number): number[] =>
    Array.from({ length: blocks }, (_, block) => {
      const part = (all: readonly number[]): readonly number[] => all.slice(block * size, (block + 1) * size);
      return quantile(part(times.through), q) - quantile(part(times.bare), q);
    });
  const [p50, p99] = [summary(added(0.5)), summary(added(0.99))];
  const noise = quantile(added(0.99), 0.75) - quantile(added(0.99), 0.25);
  say(`${name}: added ${p50?.median.toFixed(2)} ms at p50, ${p99?.median.toFixed(2)} ms at p99`);
  const [ours, peer] = [summary(times.through), summary(times.bare)];
  return [
    { what: `idle, ${name}`, unit: "ms", plimsoll: ours, peer, ratio: ratioOf(ours, peer), aim: null, met: null },
    { what: `idle, ${name}: added at p50`, unit: "ms", plimsoll: p50, peer: null, ratio: null, aim: null, met: null },
    {
      what: `idle, ${name}: added at p99`,
      unit: "ms",
      plimsoll: p99,
      peer: null,
      ratio: null,
      aim: `≤ ${addedP99MsMax} ms`,
      met: noise > noiseMsMax || p99 === null ? null : p99.median <= addedP99MsMax,
    },
  ];
}

async function loaded(
  name: string,
  users: number,
  pauseMs: number,
  ask: (way: Way) => Promise<number>,
  ways: Ways,
  rounds: number,
  say: (message: string) => void,
): Promise<readonly Row[]> {
  const roundMs = 4_000;
  const seen = {
    bare: { perSecond: [] as number[], times: [] as number[] },
    through: { perSecond: [] as number[], times: [] as number[] },
  };
  for (let round = 0; round < rounds; round++) {
    for (const which of round % 2 === 0 ? (["bare", "through"] as const) : (["through", "bare"] as const)) {
      const times: number[] = [];
      const begun = performance.now();
      const user = async (): Promise<void> => {
        while (performance.now() - begun < roundMs) {
          times.push(await ask(ways[which]));
          if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
        }
      };
      await Promise.all(Array.from({ length: users }, user));
      seen[which].perSecond.push(times.length / ((performance.now() - begun) / 1_000));
      seen[which].times.push(...times);
    }
  }
  const [ours, peer] = [summary(seen.through.times), summary(seen.bare.times)];
  const [rate, peerRate] = [summary(seen.through.perSecond), summary(seen.bare.perSecond)];
  say(`${name}: ${rate?.median.toFixed(0)} of ${peerRate?.median.toFixed(0)} requests/s`);
  return [
    { what: name, unit: "ms", plimsoll: ours, peer, ratio: ratioOf(ours, peer), aim: null, met: null },
    {
      what: `${name}: throughput`,
      unit: "requests/s",
      plimsoll: rate,
      peer: peerRate,
      ratio: ratioOf(rate, peerRate),
      aim: null,
      met: null,
    },
  ];
}
