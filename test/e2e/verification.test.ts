import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { giveApiKeys } from "../parts/api-keys.ts";
import { startLoad, type Load } from "../parts/load.ts";
import { approvedChange, deploymentOf } from "../parts/plimsoll.ts";
import { smallAddons, startSmallTenant, until, type SmallTenant } from "./small-tenant.ts";

const soakMs = 60_000;

let small: SmallTenant;
let load: Load;
beforeAll(async () => {
  small = await startSmallTenant({ limits: { soak: `${soakMs / 1000}s` } });
  await small.plimsoll.json("release", "create", "r5-late", "--addons", smallAddons("r5-late"));
  const { tenant } = small;
  const keys = await giveApiKeys(tenant.cluster, tenant.database, "admin");
  load = startLoad({
    baseUrl: tenant.gatewayUrl,
    database: tenant.database,
    apiKeys: [...keys, ...keys],
    operations: [
      {
        name: "read notes",
        model: "pl.note",
        method: "search_read",
        body: () => ({ domain: [], fields: ["name"], limit: 10 }),
        writes: false,
      },
      { name: "write a note", model: "pl.note", method: "create", body: (token) => ({ vals_list: [{ name: token }] }), writes: true },
    ],
    pauseMs: 100,
    timeoutMs: 120_000,
  });
}, 300_000);
afterAll(async () => {
  await load?.stop();
  await small?.dispose();
});

interface TrafficShown {
  readonly now: { readonly traffic: { readonly value: { readonly upstreams: readonly Upstream[] } } };
}
interface Upstream {
  readonly generation: string | null;
  readonly answers: number;
  readonly serverErrors: number;
  readonly errorNames: Readonly<Record<string, number>>;
}

async function upstreams(): Promise<readonly Upstream[]> {
  return (await small.plimsoll.json<TrafficShown>("environment", "show", "acme-production")).now.traffic.value.upstreams;
}

describe("a release whose fault only users meet", () => {
  it("counts what users of the old release get, before anything is changed", async () => {
    const seen = await until("answers of the old release", 60_000, upstreams, ([present]) => (present?.answers ?? 0) >= 80);
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ generation: "g1", serverErrors: 0, businessErrors: 0, errorNames: {} });
    expect(load.failures()).toEqual([]);
  });

  it("passes the gates that ask before users are there, and fails the one that watches them", async () => {
    const change = await approvedChange(small.plimsoll, "acme-production", "r5-late");
    const run = await small.plimsoll.run("change", "run", change, "--watch");
    const deployment = await deploymentOf(small.plimsoll, change);
    const gates = deployment.items.filter((item) => item.verdict !== null && item.verdict !== undefined);
    expect(
      gates.map((item) => [item.id, item.verdict?.kind]),
      `${run.stdout}\n${run.stderr}`,
    ).toEqual([
      ["preflight", "passed"],
      ["database-truth", "passed"],
      ["application-truth", "passed"],
      ["verification", "failed"],
    ]);
    const verdict = gates.at(-1)?.verdict;
    expect(verdict?.reason).toMatch(/builtins\.KeyError \d+ times \(never before\)/);
    expect(verdict?.rows.find((row) => row.id === "own-questions-answered")?.outcome).toBe("passed");
    // It didn't wait for the end of its time.
    const watched = verdict?.rows.find((row) => row.id === "watched-long-enough")?.seen;
    expect(Number(/^"(\d+) s since reopening/.exec(JSON.stringify(watched))?.[1])).toBeLessThan(soakMs / 1000);
    expect(deployment.outcome).not.toBe("new-and-verified");
    expect(run.exitCode).not.toBe(0);
  });

  it("let users write meanwhile, so there is something that a way back could lose", async () => {
    const failures = load.failures().filter((failure) => failure.operation === "write a note");
    expect(failures).toEqual([]);
    expect(load.failures().length).toBeGreaterThan(2);
    expect(load.failures().every((failure) => failure.seen.startsWith("500 "))).toBe(true);
  });
});
