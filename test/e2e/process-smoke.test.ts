import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import { openDatabaseRelay } from "../../src/extensions/runtimes/process/database-relay.ts";
import { withoutNetwork } from "../../src/extensions/runtimes/process/network.ts";
import { readSmokeReport, smokeChecks, type SmokeReport } from "../../src/odoo/probe/smoke-report.ts";
import { readSmokeScenarios } from "../../src/odoo/smoke/read-scenarios.ts";
import { createProcesses } from "../../src/systems/process/run.ts";
import { readParts } from "../parts/parts.ts";
import { makeProcessWorld, type ProcessWorld } from "./process-world.ts";

let world: ProcessWorld;
beforeAll(async () => {
  world = await makeProcessWorld({ template: "firm" });
}, 300_000);
afterAll(() => world?.close());

const asRoot = process.getuid?.() === 0;

interface Tried {
  readonly report: SmokeReport;
  readonly log: string;
  readonly peakMemoryBytes: number | null;
}

async function smoke(input: Json): Promise<Tried> {
  const { report, run } = await world.runtime.probe({
    script: "smoke",
    release: null,
    database: "tenant",
    input,
    network: "none",
    budgetMs: 300_000,
    epoch: 1,
    deployment: "D-1",
    signal: new AbortController().signal,
  });
  return { report: readSmokeReport(report), log: run.log, peakMemoryBytes: run.peakMemoryBytes };
}

const step = (name: string, modules: readonly string[], steps: readonly Json[]): Json => ({ name, title: name, modules, steps });

describe("business smoke on a real Odoo", () => {
  it("does every shipped scenario and check, without a network, and measures its memory", async () => {
    const scenarios = await readSmokeScenarios([]);
    const { report, log, peakMemoryBytes } = await smoke({ scenarios, checks: Object.keys(smokeChecks) } as unknown as Json);
    expect(report.fatal, log).toBeNull();
    expect(Object.fromEntries(report.scenarios.map((one) => [one.name, `${one.outcome} ${one.reason ?? ""}`.trim()]))).toEqual(
      Object.fromEntries(scenarios.map((scenario) => [scenario.name, "passed"])),
    );
    expect(report.checks.map((one) => [one.id, one.outcome, one.seen])).toEqual(
      Object.keys(smokeChecks).map((id) => [id, "passed", expect.any(String)]),
    );
    expect(peakMemoryBytes).toBeGreaterThan(50_000_000);
  });

  it("tells a failure from what doesn't apply, keeps one from the next, and says how far each came", async () => {
    const partner = { create: "res.partner", values: { name: "A" }, as: "partner" };
    const { report, log } = await smoke({
      checks: [],
      scenarios: [
        step("not-installed", ["base", "no_such_module"], [partner]),
        step("nothing-found", ["base"], [{ search: "res.partner", domain: [["name", "=", "nobody is called so"]], as: "x" }]),
        step("field-gone", ["base"], [partner, { write: "$partner", values: { no_such_field: 1 } }]),
        step("breaks-the-transaction", ["base"], [{ search: "res.partner", domain: [["id", "=", "not a number"]], as: "x" }]),
        step("not-as-expected", ["base"], [partner, { expect: "$partner", field: "name", equals: "B" }]),
        step(
          "values",
          ["base"],
          [
            { create: "res.partner", values: { name: "$$5", comment: "$today", country_id: "ref:base.de" }, as: "partner" },
            { expect: "$partner", field: "name", equals: "$$5" },
            { expect: "$partner", field: "country_id", equals: "ref:base.de" },
            {
              search: "res.partner",
              domain: [
                ["id", "=", "$partner"],
                ["country_id", "=", "$partner.country_id"],
              ],
              as: "found",
            },
            { expect: "$found.country_id", field: "code", equals: "DE" },
          ],
        ),
      ],
    });
    expect(report.fatal, log).toBeNull();
    expect(report.scenarios.map((one) => [one.name, one.outcome, one.step, one.reason])).toEqual([
      ["not-installed", "not-applicable", 0, "not installed: no_such_module"],
      ["nothing-found", "not-applicable", 0, expect.stringContaining("res.partner")],
      ["field-gone", "failed", 1, expect.stringMatching(/^\w+Error: .*no_such_field/)],
      ["breaks-the-transaction", "failed", 0, expect.any(String)],
      ["not-as-expected", "failed", 1, expect.stringMatching(/^AssertionError: name of res\.partner\(\d+,\) is "A", expected "B"$/)],
      ["values", "passed", 5, null],
    ]);
  });
});

describe("a run without a network", () => {
  it("says whether this system can keep a run from the network", async () => {
    const { isolated, sentence } = await world.runtime.networkIsolation();
    if (!asRoot) expect(sentence).toMatch(/^Not kept from the network: Plimsoll doesn't run as root/);
    expect(isolated).toBe(asRoot);
  });

  it("reaches its own database through the relay and no listening port; without root it isn't started at all", async () => {
    const sink = await listening();
    const { python } = readParts().odoo;
    const script = join(world.stateDirectory, "sink.py");
    writeFileSync(script, sinkScript);
    const { port } = world.cluster;
    const user = asRoot ? { uid: 65_534, gid: 65_534 } : { uid: null, gid: null };
    const relay = await openDatabaseRelay({ host: world.cluster.host, port, databases: ["tenant"], user });
    try {
      const argv = [python, script, String(sink.port), String(port), relay.directory];
      const inside = await ran(withoutNetwork("/usr/bin/unshare", user, argv));
      const outside = await ran(argv);
      const refused = { sink: "refused", postgres: "refused", name: "refused", relay: "password asked", other: "closed" };
      if (asRoot) expect(inside).toEqual({ exitCode: 0, said: { user: "65534 []", ...refused } });
      else expect(inside).toEqual({ exitCode: 1, said: expect.not.objectContaining({ sink: expect.any(String) as string }) as object });
      expect(sink.connections()).toBe(1);
      const reached = { sink: "connected", postgres: "connected", relay: "password asked", other: "closed" };
      expect(outside).toMatchObject({ exitCode: 0, said: reached });
    } finally {
      await relay.close();
      await sink.close();
    }
  });
});

/** Asks for everything that a run must not reach, and for the one thing that it must. */
const sinkScript = `
import os, socket, struct, sys
sink, postgres, directory = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

def tcp(host, port):
    try:
        socket.create_connection((host, port), timeout=5).close()
        return "connected"
    except OSError:
        return "refused"

def session(database):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect("%s/.s.PGSQL.%d" % (directory, postgres))
        body = struct.pack("!I", 196608) + b"user\\0odoo\\0database\\0" + database.encode() + b"\\0\\0"
        client.sendall(struct.pack("!I", len(body) + 4) + body)
        answer = client.recv(1)
        return {b"R": "password asked", b"E": "error", b"": "closed"}[answer]

def name():
    try:
        socket.getaddrinfo("example.com", 80)
        return tcp("example.com", 80)
    except OSError:
        return "refused"

print("user: %d %s" % (os.getuid(), os.getgroups()))
print("sink:", tcp("127.0.0.1", sink))
print("postgres:", tcp("127.0.0.1", postgres))
print("name:", name())
print("relay:", session("tenant"))
print("other:", session("postgres"))
`;

async function ran(argv: readonly string[]): Promise<{ readonly exitCode: number | null; readonly said: Record<string, string> }> {
  const seen: string[] = [];
  const { exitCode } = await createProcesses().run({
    argv,
    env: { PATH: "/usr/bin:/bin" },
    timeoutMs: 60_000,
    graceMs: 1_000,
    signal: new AbortController().signal,
    line: (line) => seen.push(line),
  });
  return { exitCode, said: Object.fromEntries(seen.map((line) => line.split(": ", 2) as [string, string])) };
}

async function listening(): Promise<{ readonly port: number; connections(): number; close(): Promise<void> }> {
  let count = 0;
  const server: Server = createServer((socket) => {
    count += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    connections: () => count,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
