// Longer than 400 lines because all of it types into one terminal over one world, and reads as one session.
import { beforeEach, describe, expect, it } from "vitest";
import { analyseFolders } from "../app/queries/analyse-release.ts";
import { compareFolders } from "../app/queries/compare-folders.ts";
import { createApp } from "../http/app.ts";
import { analysisSchema } from "../http/contract/analyses.ts";
import { moduleOf } from "../../test/conformance/found.ts";
import { newRelease, oldRelease } from "../../test/conformance/sample-facts.ts";
import { sampleBaseFiles } from "../../test/conformance/sample-grounds.ts";
import { SampleWorld, sampleYaml } from "../../test/app/sample-world.ts";
import { createClient } from "./client.ts";
import { runCommandLine } from "./run.ts";
import type { Check, Terminal } from "./terminal.ts";

let world: SampleWorld;
let files: Record<string, string>;
let checks: Check[];
let stdin: string;
let slept: (() => Promise<void>) | null;
let inProcess: boolean;
let workers: boolean[];
let hosted: unknown[];
let silent: boolean;

beforeEach(async () => {
  world = new SampleWorld();
  files = { "/srv/environment.yaml": sampleYaml };
  checks = [];
  stdin = sampleYaml;
  slept = null;
  inProcess = false;
  workers = [];
  hosted = [];
  silent = false;
  await world.addReleases(oldRelease, newRelease);
});

/** Types a command: over the contract, to the API in this process. */
async function plimsoll(
  line: string | readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const said = { out: "", err: "" };
  const app = createApp({
    world,
    token: "t",
    log: { error: (fields) => void (said.err += JSON.stringify(fields)) },
    server: { version: "1", startedAt: "2026-01-01T00:00:00.000Z", worker: true },
  });
  let nowMs = 0;
  const terminal: Terminal = {
    env,
    cwd: "/srv",
    version: "1.2.3",
    actor: "anna",
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    animated: false,
    readStdin: async () => stdin,
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file ${path}`);
      return text;
    },
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
      await slept?.();
    },
    connect: async ({ worker }) => {
      workers.push(worker);
      return {
        client: createClient({
          url: "http://plimsoll.test",
          token: "t",
          actor: "anna",
          fetch: async (request) =>
            silent ? Promise.reject(new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") })) : app.fetch(request),
        }),
        inProcess,
        close: async () => undefined,
      };
    },
    host: {
      up: async (request) => void hosted.push(request),
      work: async (request) => void hosted.push(request),
      down: async (request) => {
        hosted.push(request);
        return [];
      },
      doctor: async () => checks,
      exists: async (path) => world.trees.roots.has(path),
      odooFolders: async () => ["/odoo/addons"],
      analyse: (request, progress) => analyseFolders(world, request, progress),
      compare: (request, progress) => compareFolders(world, request, progress),
    },
  };
  const code = await runCommandLine(typeof line === "string" ? line.split(" ") : line, terminal);
  return { code, ...said };
}

async function json<T = Record<string, never>>(line: string): Promise<T> {
  const { code, out, err } = await plimsoll(`${line} -o json`);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out) as T;
}

/** A change with an approved plan. */
async function approved(): Promise<string> {
  await json("apply -f environment.yaml");
  const { id } = await json<{ id: string }>("change create --environment acme-production --release 2026-02");
  const { digest } = await json<{ digest: string }>(`change plan ${id}`);
  await json(`change approve ${id} --digest ${digest}`);
  return id;
}

/** Plays a worker: takes the deployment through its items, to a state. */
async function finish(state: "settling" | "old-intact" | "needs-person"): Promise<void> {
  const fence = { owner: "w", epoch: 1 };
  await world.store.claim("D-1", "w", { epoch: 0, beat: 0, owner: null }, 0);
  const deployment = await world.store.deployment("D-1");
  const plan = deployment === null ? null : await world.store.plan(deployment.planDigest);
  await world.store.fenced("D-1", fence, async (tx) => {
    await tx.moveTo("running", {});
    for (const [position, item] of (plan?.items ?? []).slice(0, -1).entries()) {
      await tx.startItem({ position, item: item.id, type: item.type });
      await tx.endItem(position, {
        state: "done",
        ...(item.type === "gate" ? { verdict: { kind: "passed" as const, reason: "All is well.", rows: [] } } : {}),
      });
    }
    if (state === "old-intact") await tx.moveTo("going-back", { reason: "Database truth refused." });
    await tx.moveTo(state, { reason: state === "settling" ? null : "Database truth refused.", observedClass: "K3" });
    const change = await tx.change("C-1");
    if (change !== null && state === "needs-person") await tx.putChange({ ...change, state });
    const subject = { subjectKind: "deployment" as const, subject: "D-1", environment: "acme-production", deployment: "D-1" };
    if (state === "settling") await tx.append({ ...subject, actor: "plimsoll", type: "deployment.new-and-verified", data: {} });
  });
}

/** Plays a worker that has taken users back. */
async function takeBack(): Promise<void> {
  const seen = await world.store.deployment("D-1");
  await world.store.claim("D-1", "w", { epoch: seen?.epoch ?? 0, beat: seen?.beat ?? 0, owner: seen?.leaseOwner ?? null }, 0);
  const now = await world.store.deployment("D-1");
  const plan = now === null ? null : await world.store.plan(now.planDigest);
  const items = plan?.items.length ?? 0;
  await world.store.fenced("D-1", { owner: "w", epoch: now?.epoch ?? 0 }, async (tx) => {
    await tx.moveTo("recovering", { position: items, reason: "wrong prices" });
    for (const [index, item] of (plan?.recovery.items ?? []).slice(0, -1).entries()) {
      await tx.startItem({ position: items + index, item: item.id, type: item.type });
      await tx.endItem(items + index, { state: "done" });
      await tx.moveTo("recovering", { position: items + index + 1 });
    }
    await tx.moveTo("recovered", { wakeAt: "2100-01-01T00:00:00.000Z" });
    const since = "2026-01-02T00:00:00.000Z";
    await tx.holdEnvironment("acme-production", { since, deployment: "D-1", reason: "wrong prices", backgroundStopped: false });
    const change = await tx.change("C-1");
    if (change !== null) await tx.putChange({ ...change, state: "recovered" });
  });
}

describe("asking for help", () => {
  it.each([["--help"], ["change --help"], ["help"]])("%s is answered on stdout with exit code 0", async (line) => {
    const { code, out, err } = await plimsoll(line);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("Usage: plimsoll");
  });

  it("every command teaches with an example", async () => {
    const nouns = {
      release: ["create", "list", "show", "diff"],
      environment: ["list", "show", "lift-hold"],
      change: ["create", "list", "show", "plan", "approve", "run", "watch", "abort", "resume", "recover"],
      plan: ["show"],
      deployment: ["list", "show"],
    };
    const all = [
      ...Object.entries(nouns).flatMap(([noun, verbs]) => verbs.map((verb) => `${noun} ${verb}`)),
      "apply",
      "events",
      "doctor",
      "up",
      "worker",
      "down",
    ];
    for (const command of all)
      expect((await plimsoll(`${command} --help`)).out, command).toMatch(/Examples?:\n {2}(DATABASE_URL=\S+ )?plimsoll /);
  });

  it("a misspelt command is answered with the near one, exit code 1", async () => {
    const { code, err } = await plimsoll("chnge list");
    expect(code).toBe(1);
    expect(err).toContain("Did you mean change?");
  });

  it("a missing argument or option is exit code 1, and nothing is asked", async () => {
    for (const line of [
      "change plan",
      "change create --environment x",
      "release create x",
      "change approve C-1",
      "apply",
      "change list --limit many",
      "up --listen nowhere",
      "change watch C-1 --timeout 5",
    ]) {
      expect((await plimsoll(line)).code, line).toBe(1);
    }
    expect(workers).toEqual([]);
  });

  it("the version", async () => expect(await plimsoll("--version")).toEqual({ code: 0, out: "1.2.3\n", err: "" }));
});

describe("answers", () => {
  it("JSON is the API's, and yaml and names are the same thing", async () => {
    await json("apply -f environment.yaml");
    const listed = await json<{ items: { name: string }[] }>("environment list");
    expect(listed.items[0]).toMatchObject({ name: "acme-production", database: "127.0.0.1:5432/acme" });
    expect((await plimsoll("environment list -o name")).out).toBe("acme-production\n");
    expect((await plimsoll("environment list -o yaml")).out).toContain("- name: acme-production\n");
    expect((await plimsoll("environment list")).out).toMatch(
      /^NAME +TENANT +STAGE +RELEASE +DEPLOYMENT +URL\nacme-production +acme +production +2026-01 +– +http:\/\/127\.0\.0\.1:8069\n$/,
    );
    expect((await plimsoll("environment list -o wide")).out).toContain("GENERATION");
    expect((await plimsoll("environment list -o xml")).code).toBe(1);
  });

  it("an environment shows modules, pending states and who uses it", async () => {
    await json("apply -f environment.yaml");
    world.answers.modules.push({ name: "sale", state: "to upgrade", version: "19.0.1.2", imported: false });
    const { out } = await plimsoll("environment show acme-production -o wide");
    expect(out).toContain("Pending:    sale: to upgrade");
    expect(out).toMatch(/acme_project +19\.0\.1\.0\.0 +installed/);
    expect(out).toContain("mode pass");
    expect(out).toMatch(/g1 \(serves\)/);
  });

  it("apply reads a file or standard input, and tells what it did", async () => {
    expect((await plimsoll("apply -f - --dry-run")).out).toContain("Environment acme-production: would be created");
    expect((await plimsoll("apply -f environment.yaml")).out).toContain("Environment acme-production: created");
    expect((await plimsoll("apply -f environment.yaml")).out).toContain("Environment acme-production: unchanged");
    expect(await plimsoll("apply -f missing.yaml")).toMatchObject({ code: 1, err: expect.stringContaining("missing.yaml can't be read") });
  });

  it("release sources are made absolute where the command was typed; a ref keeps its ref", async () => {
    const seen: string[][] = [];
    world.releases.add = (async (sources: readonly string[]) => {
      seen.push([...sources]);
      return { digest: newRelease.digest, content: newRelease.content };
    }) as never;
    await json(
      "release create x --addons addons --addons ../vendor --addons shop@v1:addons --addons /abs@main:a --addons git+file:///r#v1",
    );
    expect(seen).toEqual([["/srv/addons", "/vendor", "/srv/shop@v1:addons", "/abs@main:a", "git+file:///r#v1"]]);
  });

  it("diff ends with 2 when there are differences and 0 when there are none", async () => {
    expect(await plimsoll("release diff 2026-01 2026-02")).toMatchObject({
      code: 2,
      out: expect.stringContaining("acme_project changed 19.0.1.0.0 → 19.0.1.1.0"),
    });
    expect(await plimsoll("release diff 2026-01 2026-01")).toMatchObject({ code: 0, out: expect.stringContaining("same content") });
  });

  it("the plan is told in sentences, with its digest and the next command", async () => {
    await json("apply -f environment.yaml");
    await json(
      "change create --environment acme-production --release 2026-02 --agree-drop-column project_task.old --agree-drop-module gone_module --reason why",
    );
    const refusedPlan = await plimsoll("change plan C-1");
    expect(refusedPlan).toMatchObject({ code: 1, err: expect.stringContaining("gone_module") });
    await json("change create --environment acme-production --release 2026-02 --agree-drop-column project_task.old");
    const { out } = await plimsoll("change plan C-2");
    expect(out).toContain("Take acme-production from 2026-01");
    expect(out).toContain("May drop, and nothing else: columns project_task.old.");
    expect(out).toMatch(/Next: {3}plimsoll change approve C-2 --digest sha256:[0-9a-f]{64}\n$/);
    const digest = /Digest: (\S+)/.exec(out)?.[1] ?? "";
    expect((await plimsoll(`plan show ${digest} -o name`)).out).toBe(`${digest}\n`);
  });

  it("events and doctor", async () => {
    await json("apply -f environment.yaml");
    expect((await plimsoll("events")).out).toContain("environment.adopted");
    expect((await plimsoll("events --after 1")).out).not.toContain("tenant.declared");
    checks = [{ name: "node", verdict: "passed", seen: "v24", fix: null }];
    expect((await plimsoll("doctor")).code).toBe(0);
    checks.push({ name: "gateway", verdict: "failed", seen: "silent", fix: "wake it" });
    expect(await plimsoll("doctor")).toMatchObject({ code: 1, out: expect.stringContaining("gateway: wake it") });
  });

  it("up, worker and down act on this host", async () => {
    await plimsoll("up --listen [::1]:80 --no-worker --host-name odoo-2");
    await plimsoll("worker");
    await plimsoll("down --everything --server http://x");
    expect(hosted).toEqual([
      { listen: { host: "::1", port: 80 }, allowRemote: false, hostName: "odoo-2", worker: false },
      { hostName: "local" },
      { everything: true },
    ]);
    expect(workers).toEqual([]);
  });
});

describe("errors", () => {
  it("say what, why and how to go on, and who lifts a refusal", async () => {
    await json("apply -f environment.yaml");
    await json("change create --environment acme-production --release 2026-02");
    const { code, err } = await plimsoll("change run C-1 --watch");
    expect(code).toBe(3);
    expect(err).toBe(
      "Error: C-1 has no plan yet. [NOT_APPROVED]\n  Why: Nothing runs that was not approved.\n  Fix: Plan it: plimsoll change plan C-1\n  Lifted by: an approval of the plan's digest\n",
    );
  });

  it("are the API's problem with -o json", async () => {
    const { code, err, out } = await plimsoll("change show C-9 -o json");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(JSON.parse(err)).toMatchObject({ code: "NOT_FOUND", status: 404, exitCode: 1 });
  });

  it.each([
    ["change approve C-1 --digest sha256:abc", 5],
    [`change approve C-1 --digest sha256:${"0".repeat(64)}`, 5],
    ["change run C-1 --watch", 3],
    ["release show none", 1],
    ["environment show Bad", 1],
  ])("%s ends with %i", async (line, code) => {
    await json("apply -f environment.yaml");
    await json("change create --environment acme-production --release 2026-02");
    await json("change plan C-1");
    expect((await plimsoll(line)).code).toBe(code);
  });

  it("a defect is told as one", async () => {
    world.store.releases = () => Promise.reject(new Error("boom"));
    expect(await plimsoll("release list")).toMatchObject({ code: 1, err: expect.stringContaining("[INTERNAL]") });
  });
});

describe("watching a change", () => {
  it.each([
    ["settling", 0, "new and verified"],
    ["old-intact", 7, "old and intact"],
    ["needs-person", 1, "needs a person"],
  ] as const)("that ends %s ends with %i", async (state, code, sentence) => {
    const id = await approved();
    slept = async () => {
      slept = null;
      await finish(state);
    };
    const result = await plimsoll(`change run ${id} --watch`);
    expect(result).toMatchObject({ code, out: expect.stringContaining(sentence) });
    expect(result.err).toContain("done     preflight");
    expect(workers.at(-1)).toBe(true);
    expect((await plimsoll(`change watch ${id} -o name`)).out).toBe("D-1\n");
  });

  it("that needs a person says what is wrong, that it is safe, and what has it go on", async () => {
    const id = await approved();
    slept = async () => {
      slept = null;
      await finish("needs-person");
    };
    for (const [line, code] of Object.entries({ [`run ${id} --watch`]: 1, [`watch ${id}`]: 1, [`show ${id}`]: 0 })) {
      const said = await plimsoll(`change ${line}`);
      expect(said).toMatchObject({ code, out: expect.stringMatching(/Database truth refused[^]*The environment is safe/) });
      expect(said.out).toContain(`plimsoll change resume ${id} --reason "…"`);
    }
    expect(await plimsoll(`change resume ${id}`)).toMatchObject({ code: 1, err: expect.stringContaining("--reason") });
    expect((await plimsoll(`change resume ${id} --reason looked`)).out).toMatch(/^D-1 goes on going back.*change watch C-1\n$/);
    expect((await plimsoll(`change resume ${id} --reason again`)).err).toContain("doesn't stand still");
  });

  it("that was taken back ends with 8, and says so", async () => {
    const id = await approved();
    slept = async () => {
      slept = null;
      await finish("settling");
    };
    expect((await plimsoll(`change run ${id} --watch`)).code).toBe(0);
    await takeBack();
    const watched = await plimsoll(`change watch ${id}`);
    expect(watched).toMatchObject({ code: 8, out: expect.stringContaining("users are back on the old release") });
    expect(watched.out).toMatch(/Recovery\n[^]*swap-back/);
    expect(watched.err).toContain("[back  1/");
    expect((await plimsoll(`change show ${id}`)).out).toContain("recovered, because: wrong prices");
    expect((await plimsoll("environment show acme-production")).out).toMatch(/D-1 was recovered: wrong prices.*lift-hold acme-production/);
    const held = await plimsoll(`change run ${await approved()}`);
    expect(held).toMatchObject({ code: 3, err: expect.stringContaining("lift-hold acme-production") });
    expect((await plimsoll("environment lift-hold acme-production --reason fixed")).out).toContain("isn't held any more");
  });

  it("is asked to take users back: with a reason, and with what they lose", async () => {
    const id = await approved();
    await plimsoll(`change run ${id}`);
    await finish("settling");
    expect((await plimsoll(`change show ${id}`)).out).toContain(`plimsoll change recover ${id}`);
    expect(await plimsoll(`change recover ${id}`)).toMatchObject({ code: 1, err: expect.stringContaining("--reason") });
    expect(await plimsoll(`change recover ${id} --reason x --receipt abc`)).toMatchObject({
      code: 1,
      err: expect.stringContaining("must be a digest"),
    });
    const refused = await plimsoll(`change recover ${id} --reason x`);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining(`plimsoll change receipt ${id}`) });
    const receipt = await world.evidence.put({
      formatVersion: 1,
      environment: "acme-production",
      deployment: "D-1",
      lines: [],
      sentence: "",
    });
    const asked = await plimsoll(["change", "recover", id, "--reason", "wrong prices", "--receipt", receipt, "--watch", "--timeout", "2s"]);
    expect(asked).toMatchObject({ code: 6, out: expect.stringContaining("wrong prices") });
    expect(await world.store.deployment("D-1")).toMatchObject({ recoveryWish: { actor: "anna", reason: "wrong prices", receipt } });
  });

  it("that still runs at the timeout ends with 6", async () => {
    const id = await approved();
    expect((await plimsoll(`change run ${id} --watch --timeout 2s`)).code).toBe(6);
    expect(await world.store.deployment("D-1")).toMatchObject({ state: "queued" });
  });

  it("survives a server that is silent for a while", async () => {
    const id = await approved();
    let looks = 0;
    slept = async () => {
      looks += 1;
      silent = looks > 1 && looks < 20;
      if (looks === 20) await finish("settling");
    };
    const { code, err } = await plimsoll(`change run ${id} --watch`);
    expect(code).toBe(0);
    expect(err).toContain("the server doesn't answer; users are served by Odoo and the gateway meanwhile");
  });

  it("gives up on a server that stays silent, and says so", async () => {
    const id = await approved();
    slept = async () => {
      silent = true;
    };
    expect(await plimsoll(`change run ${id} --watch`)).toMatchObject({ code: 1, err: expect.stringContaining("ECONNREFUSED") });
  });

  it("a defect of the server isn't silence: it is told at once", async () => {
    const id = await approved();
    slept = async () => {
      world.store.deployment = () => Promise.reject(new Error("boom"));
    };
    expect(await plimsoll(`change run ${id} --watch`)).toMatchObject({ code: 1, err: expect.stringContaining("[INTERNAL]") });
  });

  it("what has no deployment can't be watched", async () => {
    await json("apply -f environment.yaml");
    await json("change create --environment acme-production --release 2026-02");
    expect(await plimsoll("change watch C-1")).toMatchObject({ code: 1, err: expect.stringContaining("plimsoll change plan C-1") });
  });

  it("without a server the command does the work itself, so it has to stay", async () => {
    const id = await approved();
    inProcess = true;
    expect(await plimsoll(`change run ${id}`)).toMatchObject({ code: 1, err: expect.stringContaining("--watch") });
    expect(await world.store.deployments({ limit: 1 })).toEqual([]);
  });

  it("abort before the start cancels, afterwards goes back", async () => {
    const id = await approved();
    await json(`change run ${id}`);
    expect((await plimsoll(`change abort ${id}`)).out).toContain("D-1 was asked to go back");
    await json("change create --environment acme-production --release 2026-02");
    expect((await plimsoll("change abort C-2")).out).toBe("C-2 is cancelled.\n");
  });
});

describe("analyze", () => {
  const old = { ...moduleOf("acme", '"data": ["data.xml"]'), "acme/data.xml": "<odoo/>", "acme/static/a.js": "1" };
  const now = { ...old, "acme/data.xml": '<odoo><record id="x" model="res.partner"><field name="name">X</field></record></odoo>' };

  beforeEach(() => {
    world.trees.roots.set("./old", old);
    world.trees.roots.set("./new", now);
    world.trees.roots.set("/odoo/addons", sampleBaseFiles);
    world.trees.roots.set("/opt/odoo/odoo/addons", sampleBaseFiles);
  });

  it("compares folders without a server, on the Odoo that is found", async () => {
    const { code, out, err } = await plimsoll("analyze ./old ./new");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/Base: +2 modules\nClass: +K2.*\nBecause: (?:.*\n)+?Update: +-u acme\n/);
    expect(out).toContain("  acme/__manifest__.py  The module has to be updated, but its version stays 19.0.1.0.0.  version-not-raised");
    expect(workers).toEqual([]);
  });

  it("looks at one tree by itself: what would fail to load", async () => {
    world.trees.roots.set("./new", moduleOf("acme", '"depends": ["nowhere"]'));
    expect(await plimsoll("analyze ./new")).toMatchObject({
      code: 2,
      out: expect.stringMatching(/Errors \(1\)\n {2}acme\/__manifest__\.py .*nowhere/),
    });
  });

  it("ends with 2 from what --fail-on names", async () => {
    expect((await plimsoll("analyze ./old ./new --fail-on warning")).code).toBe(2);
    expect((await plimsoll("analyze ./old ./new --fail-on K2")).code).toBe(2);
    expect((await plimsoll("analyze ./old ./new --fail-on K3")).code).toBe(0);
    expect((await plimsoll("analyze ./old ./old --fail-on note")).code).toBe(0);
    expect(await plimsoll("analyze ./old ./new --fail-on bad")).toMatchObject({ code: 1, err: expect.stringContaining("K5") });
  });

  it("has every form of the answer", async () => {
    const analysis = JSON.parse((await plimsoll("analyze ./old ./new -o json")).out) as Record<string, unknown>;
    expect(analysis).toMatchObject({ formatVersion: 1, plannedClass: "K2", updates: { minimal: ["acme"] } });
    expect(analysisSchema.safeParse(analysis).error?.issues ?? []).toEqual([]);
    expect(JSON.parse((await plimsoll("analyze ./old ./new -o sarif")).out)).toMatchObject({ version: "2.1.0" });
    expect((await plimsoll("analyze ./old ./new -o markdown")).out).toMatch(/^# What this release does\n/);
  });

  it("counts a file that nothing reads as a change of code", async () => {
    world.trees.roots.set("./new", { ...old, "acme/static/a.js": "2" });
    expect(JSON.parse((await plimsoll("analyze ./old ./new -o json")).out)).toMatchObject({
      plannedClass: "K1",
      updates: { minimal: [], safe: ["acme"] },
    });
  });

  it("goes by --modules and --base, and says so when there is no base", async () => {
    world.trees.roots.set("./new", { ...old, ...moduleOf("other", '"depends": ["sale"]') });
    const asked = await plimsoll("analyze ./old ./new --modules acme --base /odoo/addons -o json");
    expect(JSON.parse(asked.out)).toMatchObject({ plannedClass: "K0", baseModules: 2 });
    expect(await plimsoll("analyze ./old ./new --modules nothing")).toMatchObject({
      code: 1,
      err: expect.stringContaining("no module nothing"),
    });
  });

  it.each([
    ["analyze ./nowhere", /nothing at \.\/nowhere/],
    ["analyze ./new --fail-on K4", /needs something to compare with/],
    ["analyze ./old ./new ./third", /3 trees were given[\s\S]*plimsoll analyze OLD NEW/],
    ["analyze ./old 2026-02", /One of \.\/old and 2026-02 is a folder/],
    ["analyze ./new --environment acme-production", /plimsoll release create NAME --addons \.\/new/],
    ["analyze 2026-02 --base /odoo/addons", /go with folders/],
    ["analyze ./new --modules a-b", /no name of a module/],
    ["analyze 2026-09", /no release "2026-09"/],
    ["analyze 2026-02 --environment none", /no environment "none"/],
  ])("%s is refused with a next step", async (line, says) => {
    expect(await plimsoll(line)).toMatchObject({ code: 1, err: expect.stringMatching(says) });
  });

  it("asks the server about releases, and lets it measure the tenant", async () => {
    const at = (release: typeof oldRelease): string => `/releases/${release.digest.slice(7)}/0`;
    world.trees.roots.set(at(oldRelease), moduleOf("acme_project", '"depends": ["sale"]'));
    world.trees.roots.set(at(newRelease), moduleOf("acme_project", '"depends": ["sale"], "version": "19.0.0.1.0"'));
    await json("apply -f environment.yaml");
    const { code, out } = await plimsoll("analyze 2026-02 --environment acme-production");
    expect(out).toMatch(/Analysed: +2026-01 .* → 2026-02 .*, on acme-production\n/);
    expect(out).toContain("The version goes down from 19.0.1.0.0 in the database to 19.0.0.1.0.");
    expect(code).toBe(2);
    expect((await plimsoll("analyze 2026-01 2026-02")).out).toMatch(/Base: +none/);
    expect(workers).toEqual([false, false, false]);
  });

  it("diff shows what is declared, of folders without a server", async () => {
    const { code, out } = await plimsoll("release diff ./old ./new");
    expect({ code, out }).toEqual({ code: 2, out: "acme changed 19.0.1.0.0\n  ~ data.xml\n  + record acme.x\n" });
    expect((await plimsoll("release diff ./old ./old")).code).toBe(0);
    expect(workers).toEqual([]);
  });
});
