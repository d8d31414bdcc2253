import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { errorTable } from "../domain/shared/errors.ts";
import { newRelease, oldRelease } from "../../test/conformance/sample-facts.ts";
import { SampleWorld, sampleYaml } from "../../test/app/sample-world.ts";
import { createApp } from "./app.ts";
import { operations } from "./contract/operations.ts";
import { problem, type Problem } from "./contract/problem.ts";
import { routes } from "./routes/routes.ts";

const token = "t0ken";
let world: SampleWorld;
let app: ReturnType<typeof createApp>;
let defects: object[];

beforeEach(async () => {
  world = new SampleWorld();
  defects = [];
  await world.addReleases(oldRelease, newRelease);
  app = createApp({
    world,
    token,
    log: { error: (fields) => void defects.push(fields) },
    server: { version: "1.2.3", startedAt: "2026-01-01T00:00:00.000Z", worker: true },
  });
});

interface Asking {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask(method: string, path: string, { body, headers = {} }: Asking = {}): Promise<Response> {
  return Promise.resolve(
    app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "plimsoll-actor": "anna",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    }),
  );
}

/** Asks, and compares the answer with the schema that the operation promises. */
async function answer(id: string, path: string, body?: unknown): Promise<Record<string, never>> {
  const operation = operations.find((each) => each.id === id);
  if (operation === undefined) throw new Error(`no operation ${id}`);
  const response = await ask(operation.method.toUpperCase(), path, { body });
  const value: unknown = await response.json();
  expect({ status: response.status, value }).toEqual({ status: operation.status, value: expect.anything() });
  const parsed = strict(operation.answer).safeParse(value);
  expect(parsed.error?.issues ?? []).toEqual([]);
  return value as Record<string, never>;
}

/** Members that the contract doesn't promise would be promises by accident. */
function strict(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodObject ? schema.strict() : schema;
}

async function problemFrom(response: Response): Promise<Problem> {
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  const document = problem.parse(await response.json());
  expect(document.status).toBe(response.status);
  return document;
}

/** Plays a worker that meets an undo which can't. */
async function standStill(id: string, deployment: string): Promise<void> {
  await world.store.claim(deployment, "w", { epoch: 0, beat: 0, owner: null }, 0);
  await world.store.fenced(deployment, { owner: "w", epoch: 1 }, async (tx) => {
    await tx.moveTo("running", {});
    await tx.moveTo("needs-person", { reason: "fence can't be undone" });
    const change = await tx.change(id);
    if (change !== null) await tx.putChange({ ...change, state: "needs-person" });
  });
  expect(await answer("showChange", `/changes/${id}`)).toMatchObject({
    outcome: "needs-person",
    trouble: { reason: "fence can't be undone", safety: expect.stringContaining("safe") },
    next: `plimsoll change resume ${id} --reason "…"`,
  });
  expect((await ask("POST", `/changes/${id}/resume`, { body: { reason: "  " } })).status).toBe(422);
  expect((await ask("POST", `/changes/${id}/resume`, { body: {} })).status).toBe(422);
}

/** Parks a deployment as if its users were on the new release. */
async function letUsersIn(id: string, deployment: string): Promise<void> {
  const seen = await world.store.deployment(deployment);
  await world.store.claim(deployment, "w", { epoch: seen?.epoch ?? 0, beat: seen?.beat ?? 0, owner: seen?.leaseOwner ?? null }, 0);
  const epoch = (await world.store.deployment(deployment))?.epoch ?? 0;
  await world.store.fenced(deployment, { owner: "w", epoch }, async (tx) => {
    await tx.moveTo("running", {});
    await tx.moveTo("settling", { wakeAt: "2100-01-01T00:00:00.000Z" });
    const event = { actor: "plimsoll", environment: "acme-production", deployment, data: {} };
    await tx.append({ ...event, type: "deployment.new-and-verified", subjectKind: "deployment", subject: deployment });
    const change = await tx.change(id);
    if (change !== null) await tx.putChange({ ...change, state: "done" });
  });
}

function receiptOf(deployment: string): Promise<string> {
  return world.evidence.put({ formatVersion: 1, environment: "acme-production", deployment, lines: [], sentence: "3 invoices" });
}

const hold = { since: "2026-01-02T00:00:00.000Z", deployment: "D-1", reason: "wrong prices" };

async function adopt(): Promise<void> {
  await answer("apply", "/apply", { documents: sampleYaml });
}

const rehearsing = ["rehearseChange", "showRehearsal"];

describe("every operation of the contract", () => {
  it("has exactly one route", () => {
    expect(routes.map(({ operation }) => operation.id).sort()).toEqual(operations.map(({ id }) => id).sort());
  });

  it("answers what its schema promises, from nothing to a running change", async () => {
    world.releases.add = () => Promise.resolve({ digest: newRelease.digest, content: newRelease.content, commit: "abc" }) as never;
    const asked = new Set<string>();
    const call = (id: string, path: string, body?: unknown): Promise<Record<string, never>> => {
      asked.add(id);
      return answer(id, path, body);
    };
    await call("health", "/health");
    expect(await call("showServer", "/server")).toMatchObject({ version: "1.2.3", host: "h1", worker: true });
    expect(await call("createRelease", "/releases", { name: "2026-03", sources: ["/addons"] })).toMatchObject({ created: true });
    await call("listReleases", "/releases");
    await call("showRelease", "/releases/2026-03");
    expect(await call("diffReleases", "/releases/2026-01/diff/2026-02")).toMatchObject({
      equal: false,
      modules: [{ module: "acme_project", change: "changed" }],
    });
    expect(await call("analyseRelease", "/analyses", { release: "2026-02", against: "2026-01" })).toMatchObject({ formatVersion: 1 });
    await call("apply", "/apply", { documents: sampleYaml });
    await call("listTenants", "/tenants");
    expect(await call("listEnvironments", "/environments?tenant=acme")).toMatchObject({
      items: [{ name: "acme-production", release: { name: "2026-01" } }],
    });
    expect(await call("showEnvironment", "/environments/acme-production")).toMatchObject({
      now: { database: { state: "measured" }, runtime: { state: "measured" }, traffic: { state: "measured" } },
    });
    expect(await call("createChange", "/changes", { environment: "acme-production", release: "2026-02" })).toMatchObject({
      id: "C-1",
      state: "draft",
      next: "plimsoll change plan C-1",
    });
    const plan = (await call("planChange", "/changes/C-1/plan")) as unknown as { digest: string };
    await call("showPlan", `/plans/${plan.digest}`);
    expect(await call("approveChange", "/changes/C-1/approve", { digest: plan.digest })).toMatchObject({ approvedBy: "anna" });
    expect(await call("runChange", "/changes/C-1/run")).toMatchObject({ deployment: "D-1", outcome: "running" });
    await call("listChanges", "/changes?environment=acme-production&limit=1");
    await call("showChange", "/changes/C-1");
    await call("listDeployments", "/deployments");
    expect(await call("showDeployment", "/deployments/D-1")).toMatchObject({
      state: "queued",
      outcome: "running",
      items: expect.arrayContaining([expect.objectContaining({ state: "waiting" })]),
    });
    await call("abortChange", "/changes/C-1/abort", { reason: "no" });
    await standStill("C-1", "D-1");
    expect(await call("resumeChange", "/changes/C-1/resume", { reason: "put right" })).toMatchObject({ state: "running", goes: "back" });
    await call("listEvents", "/events?limit=5&latest=true");
    await letUsersIn("C-1", "D-1");
    expect(await answer("showChange", "/changes/C-1")).toMatchObject({
      recovery: { state: "possible", command: expect.stringContaining("recover C-1") },
    });
    await call("measureLoss", "/changes/C-1/receipt");
    expect((await ask("POST", "/changes/C-1/recover", { body: { reason: "wrong prices" } })).status).toBe(409);
    const wish = { reason: "wrong prices", receipt: await receiptOf("D-1") };
    expect(await call("recoverChange", "/changes/C-1/recover", wish)).toMatchObject({ state: "running", recovery: { state: "asked" } });
    await world.store.transaction((tx) => tx.holdEnvironment("acme-production", { ...hold, backgroundStopped: false }));
    expect(await answer("showEnvironment", "/environments/acme-production")).toMatchObject({ held: { deployment: "D-1" } });
    expect(await call("liftHold", "/environments/acme-production/lift-hold", { reason: "looked" })).toMatchObject({ held: null });
    // While a deployment is at work nothing can be rehearsed: those two are asked in a world of their own.
    expect([...asked, ...rehearsing].sort()).toEqual(operations.map(({ id }) => id).sort());
  });

  it("answers what its schema promises about a rehearsal", async () => {
    await adopt();
    await answer("createChange", "/changes", { environment: "acme-production", release: "2026-02" });
    expect(await answer("showRehearsal", "/changes/C-1/rehearsal")).toEqual({ rehearsal: null });
    expect(await answer("rehearseChange", "/changes/C-1/rehearse", { copy: "dump" })).toMatchObject({
      change: "C-2",
      rehearses: "C-1",
      verdict: "running",
      found: null,
      next: "plimsoll change watch C-2",
    });
    expect(await answer("showRehearsal", "/changes/C-1/rehearsal")).toMatchObject({ rehearsal: { deployment: "D-1" } });
  });

  it("says of a part that can't be asked that it is unknown, and why", async () => {
    await adopt();
    const { PlimsollError } = await import("../domain/shared/errors.ts");
    world.connectError = new PlimsollError("DATABASE_UNREACHABLE", "PostgreSQL can't be reached.", { why: "ECONNREFUSED" });
    expect(await answer("showEnvironment", "/environments/acme-production")).toMatchObject({
      now: { database: { state: "unknown", reason: "PostgreSQL can't be reached. ECONNREFUSED" } },
    });
  });
});

describe("who may ask", () => {
  it.each(
    operations.filter(({ id }) => id !== "health").map(({ id, method, path }) => [id, method, path.replace(/\{\w+\}/g, "x")] as const),
  )("%s needs the token", async (_id, method, path) => {
    for (const authorization of ["", "Bearer wrong", "Basic dDBrZW4=", `Bearer ${token}x`]) {
      const response = await ask(method.toUpperCase(), path, { headers: { authorization } });
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await problemFrom(response)).toMatchObject({ code: "NOT_AUTHORISED", status: 401, exitCode: 4 });
    }
  });

  it("the description, the stream and unknown paths need it as well", async () => {
    for (const path of ["/openapi.json", "/events/stream", "/nowhere"]) expect((await app.request(path)).status).toBe(401);
  });

  it("an actor's name that isn't one is not recorded", async () => {
    await ask("POST", "/apply", { body: { documents: sampleYaml }, headers: { "plimsoll-actor": "a b\tc" } });
    expect((await world.store.events({ limit: 1 }))[0]?.actor).toBe("token-holder");
  });
});

describe("problems", () => {
  it("name what is wrong with a request", async () => {
    const document = await problemFrom(await ask("POST", "/changes", { body: { environment: "Not A Name", release: "x", wrong: 1 } }));
    expect(document).toMatchObject({ code: "INPUT_INVALID", status: 422 });
    expect(document.because.join()).toContain("environment: must be");
    expect(document.because.join()).toContain("wrong");
  });

  it("say that JSON is broken, or is missing", async () => {
    expect(await problemFrom(await ask("POST", "/changes", { body: "{" }))).toMatchObject({ code: "INPUT_INVALID" });
    expect(await problemFrom(await ask("POST", "/changes", {}))).toMatchObject({ code: "INPUT_INVALID" });
  });

  it("name what isn't there", async () => {
    expect(await problemFrom(await ask("GET", "/changes/C-99"))).toMatchObject({ code: "NOT_FOUND", status: 404 });
    expect(await problemFrom(await ask("GET", "/nowhere"))).toMatchObject({ code: "NOT_FOUND", status: 404 });
    expect(await problemFrom(await ask("GET", "/changes/x"))).toMatchObject({ code: "INPUT_INVALID" });
  });

  it("carry who lifts a refusal", async () => {
    await adopt();
    await ask("POST", "/changes", { body: { environment: "acme-production", release: "2026-02" } });
    const document = await problemFrom(await ask("POST", "/changes/C-1/run"));
    expect(document).toMatchObject({
      code: "NOT_APPROVED",
      status: errorTable.NOT_APPROVED.status,
      exitCode: 3,
      blockedBy: [{ liftedBy: expect.stringContaining("approval") }],
    });
    expect(document.fix).toContain("plimsoll change plan C-1");
  });

  it("of a defect tell a reference and nothing else", async () => {
    world.store.releases = () => Promise.reject(new Error("password=hunter2"));
    const document = await problemFrom(await ask("GET", "/releases"));
    expect(document).toMatchObject({ code: "INTERNAL", status: 500 });
    expect(JSON.stringify(document)).not.toContain("hunter2");
    expect(defects).toEqual([
      expect.objectContaining({ reference: document.facts["reference"], error: expect.stringContaining("hunter2") }),
    ]);
  });

  it("a request that is too large is refused before it is read", async () => {
    expect((await problemFrom(await ask("POST", "/apply", { body: { documents: "x".repeat(5 * 1024 * 1024) } }))).code).toBe(
      "INPUT_INVALID",
    );
  });
});

describe("slow operations", () => {
  const lines = async (response: Response): Promise<Record<string, unknown>[]> =>
    (await response.text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  it("say what they do, then answer", async () => {
    const response = await ask("POST", "/apply", { body: { documents: sampleYaml }, headers: { accept: "application/x-ndjson" } });
    const all = await lines(response);
    expect(all.slice(0, -1).map((line) => line["message"])).toContain("acme-production: reading acme");
    expect(all.at(-1)).toMatchObject({ type: "answer", answer: { dryRun: false } });
  });

  it("or end with the problem", async () => {
    const all = await lines(await ask("POST", "/apply", { body: { documents: "kind: x" }, headers: { accept: "application/x-ndjson" } }));
    expect(all.at(-1)).toMatchObject({ type: "problem", problem: { code: "INPUT_INVALID", exitCode: 1 } });
  });
});

describe("the stream of events", () => {
  async function readEvents(response: Response, enough: (text: string) => boolean): Promise<string> {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    let seen = "";
    while (!enough(seen)) {
      const { value, done } = await reader.read();
      if (done) break;
      seen += new TextDecoder().decode(value);
    }
    await reader.cancel();
    return seen;
  }

  it("goes on after Last-Event-ID, then tells what is new", async () => {
    await adopt();
    const response = await ask("GET", "/events/stream", { headers: { "last-event-id": "1" } });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    setTimeout(() => void ask("POST", "/changes", { body: { environment: "acme-production", release: "2026-02" } }), 50);
    const seen = await readEvents(response, (text) => text.includes("change.created"));
    expect(seen).not.toContain("event: tenant.declared");
    expect(seen).toContain("event: environment.adopted\n");
    expect(seen).toMatch(/event: change\.created\ndata: \{.*\}\nid: 3\n|id: 3/);
  });

  it("without an id begins with what comes", async () => {
    await adopt();
    const response = await ask("GET", "/events/stream?environment=acme-production");
    setTimeout(() => void ask("POST", "/changes", { body: { environment: "acme-production", release: "2026-02" } }), 50);
    const seen = await readEvents(response, (text) => text.includes("change.created"));
    expect(seen).not.toContain("environment.adopted");
  });

  it("refuses an id that is none", async () => {
    expect((await problemFrom(await ask("GET", "/events/stream", { headers: { "last-event-id": "x" } }))).code).toBe("INPUT_INVALID");
  });
});

describe("the description", () => {
  it("is OpenAPI 3.1 with every operation, its answer and its problem", async () => {
    const document = (await (await ask("GET", "/openapi.json")).json()) as {
      openapi: string;
      paths: Record<
        string,
        Record<
          string,
          {
            operationId: string;
            parameters?: { name: string; in: string; required?: boolean }[];
            responses: Record<string, { content: object }>;
          }
        >
      >;
      security: object[];
      components: { securitySchemes: object };
    };
    expect(document.openapi).toBe("3.1.0");
    expect(document.components.securitySchemes).toEqual({ token: { type: "http", scheme: "bearer" } });
    for (const { id, method, path, status, params } of operations) {
      const described = document.paths[path]?.[method];
      expect(described?.operationId, path).toBe(id);
      expect(Object.keys(described?.responses ?? {})).toEqual([String(status), "default"]);
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      expect(
        (described?.parameters ?? []).filter((parameter) => parameter.in === "path").map(({ name, required }) => [name, required]),
      ).toEqual(names.map((name) => [name, true]));
      expect(params === null).toBe(names.length === 0);
    }
    expect(Object.values(document.paths).flatMap((path) => Object.keys(path))).toHaveLength(operations.length);
    expect(JSON.stringify(document)).not.toContain('"$ref":"#/undefined');
  });
});
