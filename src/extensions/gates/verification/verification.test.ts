import { beforeEach, describe, expect, it } from "vitest";
import { expectVerdict } from "../../../../test/conformance/gate-suite.ts";
import type { FakeWorld } from "../../../../test/conformance/fake-world.ts";
import { newRelease } from "../../../../test/conformance/sample-facts.ts";
import { swapPlan, worldBefore } from "../../../../test/conformance/sample-plans.ts";
import type { UpstreamTraffic } from "../../../app/ports/gateway.ts";
import type { ItemContext } from "../../../app/ports/step.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { EvidenceRow, Verdict } from "../../../domain/verdict/verdict.ts";
import type { WatchNeeds } from "./watch.ts";
import { verification } from "./verification.ts";

const generation = "g-c-1";
const soakMs = 60_000;
const environment = "acme-production";
const quick = { p50: 40, p95: 200, p99: 400, max: 900 };

/** What the old release answered in a day. */
const usual = {
  sinceMs: 86_400_000,
  answers: 10_000,
  serverErrors: 10,
  errorsInBody: 10,
  businessErrors: 200,
  unread: 0,
  unanswered: 0,
  errorNames: { "psycopg2.errors.SerializationFailure": 20 },
  latencyMs: quick,
};

let world: FakeWorld;
/** What the database answers: lock waits in the present moment. */
let waits: Record<string, unknown>[];
let databaseFails: (() => Error) | null;

beforeEach(async () => {
  const position = swapPlan.items.findIndex((item) => item.id === "reopen") + 1;
  world = await worldBefore(swapPlan, position);
  world.outputs.set("probe-baseline", { ...(world.outputs.get("probe-baseline") as object), traffic: usual });
  waits = [];
  databaseFails = null;
  world.cluster.answer = (_database, sql) => {
    if (databaseFails !== null) throw databaseFails();
    return sql.includes("ir_cron") ? [{ cronsDue: 2, oldestDueMs: 30_000, queue: false }] : waits;
  };
  answered({ answers: 0 });
});

/** Since reopening the gateway has counted this. */
function answered(counts: Partial<UpstreamTraffic>): void {
  world.gateway.answered(environment, { sinceMs: 86_400_000, latencyMs: quick, ...counts });
}

/** Runs the gate; `during` is called after every look but the last. */
async function evaluate(
  during: (look: number, message: string) => void = () => undefined,
  input: { readonly soakMs?: number } = {},
): Promise<Verdict & { readonly seconds: number; readonly looks: number }> {
  let looks = 0;
  const cx: ItemContext = {
    ...world.context(verification.needs),
    progress: (_fraction, message) => during(++looks, message),
  };
  const begunMs = world.clock.monotonicMs();
  const verdict = await verification.evaluate(cx as ItemContext<WatchNeeds>, {
    generation,
    release: newRelease.digest,
    database: "acme",
    soakMs,
    ...input,
  });
  expectVerdict(verdict);
  return { ...verdict, seconds: (world.clock.monotonicMs() - begunMs) / 1000, looks };
}

function row(verdict: Verdict, id: string): EvidenceRow {
  const found = verdict.rows.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no row ${id}`);
  return found;
}

describe("the verification of a release on which users work", () => {
  it("passes after the whole time, says how it is doing, and what it rests on", async () => {
    const messages: string[] = [];
    const verdict = await evaluate((look, message) => {
      messages.push(message);
      answered({ answers: look * 40, businessErrors: look, errorsInBody: 1, errorNames: { "psycopg2.errors.SerializationFailure": 1 } });
    });
    expect(verdict).toMatchObject({ kind: "passed", seconds: 60 });
    expect(messages).toContain("12 s of 60 s; 480 answers, 1 errors");
    expect(verdict.reason).toContain("2400 answers, 1 errors");
    expect(row(verdict, "background-work-due").seen).toContain("2 scheduled actions are due, the oldest for 30 s");
  });

  it("passes a night without users on its own questions, and says that nobody asked", async () => {
    const verdict = await evaluate();
    expect(verdict.kind).toBe("passed");
    expect(row(verdict, "answers-without-errors").seen).toBe("no user has asked yet");
    expect(row(verdict, "own-questions-answered").seen).toEqual(["/web/health: 200", "/web/login: 200"]);
  });

  it("fails at once when many answers carry an error, and names it", async () => {
    const verdict = await evaluate((look) =>
      answered({ answers: 50 * look, errorsInBody: 4 * look, errorNames: { "builtins.KeyError": 4 * look } }),
    );
    expect(verdict.kind).toBe("failed");
    expect(verdict.seconds).toBeLessThan(10);
    expect(verdict.reason).toContain("builtins.KeyError 12 times (never before)");
  });

  it("counts answers with status 500 as well, and needs a few looks when they are few", async () => {
    const verdict = await evaluate(() => answered({ answers: 20, serverErrors: 3 }));
    expect(verdict).toMatchObject({ kind: "failed", looks: 5 });
  });

  it.each([
    ["two failing clicks", { answers: 20, errorsInBody: 2, errorNames: { "builtins.KeyError": 2 } }],
    [
      "as many failing answers as the old release had",
      { answers: 5_000, serverErrors: 20, errorNames: { "psycopg2.errors.SerializationFailure": 20 } },
    ],
    [
      "a fault that the old release had too, within the limit",
      { answers: 2_000, serverErrors: 30, errorNames: { "psycopg2.errors.SerializationFailure": 30 } },
    ],
    ["a new fault that is rare", { answers: 5_000, errorsInBody: 5, errorNames: { "builtins.KeyError": 5 } }],
    ["users who make mistakes", { answers: 100, businessErrors: 40 }],
    ["a slow first page", { answers: 5, latencyMs: { p50: 12_000, p95: 25_000, p99: 25_000, max: 25_000 } }],
  ])("lets %s pass", async (_what, counts) => {
    expect((await evaluate(() => answered(counts))).kind).toBe("passed");
  });

  it("measures by what was usual: where many answers failed before, as many may", async () => {
    world.outputs.set("probe-baseline", { traffic: { ...usual, errorsInBody: 100, errorNames: { "builtins.ValueError": 110 } } });
    const counts = { answers: 1_000, errorsInBody: 40, errorNames: { "builtins.ValueError": 40 } };
    expect((await evaluate(() => answered(counts))).kind).toBe("passed");
    const more = { answers: 1_000, errorsInBody: 80, errorNames: { "builtins.ValueError": 80 } };
    expect((await evaluate(() => answered(more), { soakMs: 120_000 })).kind).toBe("failed");
  });

  it.each([
    [
      "a new fault that comes again and again",
      "answers-without-errors",
      { answers: 500, errorsInBody: 4, errorNames: { "builtins.KeyError": 4 } },
    ],
    ["requests without an answer", "requests-answered", { answers: 100, unanswered: 5 }],
  ])("fails on %s", async (_what, id, counts) => {
    const verdict = await evaluate(() => answered(counts));
    expect(verdict.kind).toBe("failed");
    expect(row(verdict, id).outcome).toBe("failed");
  });

  it("calls answers that are slow odd, and answers that hardly come failed, but only at the end", async () => {
    const slow = await evaluate(() => answered({ answers: 100, latencyMs: { p50: 900, p95: 15_000, p99: 16_000, max: 16_000 } }));
    expect([slow.kind, row(slow, "speed-p95").outcome]).toEqual(["inconclusive", "inconclusive"]);
    const worse = await evaluate(() => answered({ answers: 100, latencyMs: { p50: 900, p95: 40_000, p99: 41_000, max: 41_000 } }), {
      soakMs: 120_000,
    });
    expect([worse.kind, row(worse, "speed-p95").outcome, row(worse, "speed-p99").outcome]).toEqual(["failed", "failed", "inconclusive"]);
  });

  it("doesn't call failed what it can't compare, unless it is beyond doubt", async () => {
    world.outputs.delete("probe-baseline");
    const some = await evaluate(() => answered({ answers: 100, errorsInBody: 6, errorNames: { "builtins.KeyError": 6 } }));
    expect(some).toMatchObject({ kind: "inconclusive", seconds: 60 });
    expect(row(some, "answers-without-errors").expected).toContain("the old release gave only 0 answers to compare with");
    expect((await evaluate(() => answered({ answers: 40, errorsInBody: 12 }), { soakMs: 120_000 })).kind).toBe("failed");
  });

  it("gives a person to read that users are denied everywhere, or that nothing can be read", async () => {
    const denied = await evaluate(() => answered({ answers: 100, businessErrors: 80 }));
    expect([denied.kind, row(denied, "business-errors-usual").outcome]).toEqual(["inconclusive", "inconclusive"]);
    const packed = await evaluate(() => answered({ answers: 100, unread: 90 }), { soakMs: 120_000 });
    expect(row(packed, "answers-read").outcome).toBe("inconclusive");
  });

  it("fails when the workers don't come back, and wants a person when they did", async () => {
    const back = await evaluate((look) => world.runtime.becomes(generation, look === 3 ? "failing" : "running"));
    expect([back.kind, row(back, "workers-running").outcome]).toEqual(["inconclusive", "inconclusive"]);
    const gone = await evaluate((look) => look === 3 && world.runtime.becomes(generation, "failing"), { soakMs: 120_000 });
    expect(gone.kind).toBe("failed");
    expect(row(gone, "workers-running").outcome).toBe("failed");
    expect(gone.seconds).toBeLessThan(20);
  });

  it("asks again when its own question isn't answered, and fails when it never is", async () => {
    const once = await evaluate((look) => void (world.runtime.healthy = look !== 9));
    expect(once.kind).toBe("passed");
    const never = await evaluate(() => void (world.runtime.healthy = false), { soakMs: 120_000 });
    expect(never.kind).toBe("failed");
    expect(row(never, "own-questions-answered")).toMatchObject({ outcome: "failed", seen: ["/web/health: no answer"] });
  });

  it("lets no look that failed decide: at the end it asks until it knows", async () => {
    world.runtime.healthy = false;
    const verdict = await evaluate((look) => void (world.runtime.healthy = look === 2), { soakMs: 0 });
    expect(verdict).toMatchObject({ kind: "passed", looks: 2 });
  });

  it("wants a person when sessions wait for locks", async () => {
    waits = [{ pid: 7, application: "odoo-web", waitedMs: 42_000, what: "sale_order" }];
    const verdict = await evaluate();
    expect(verdict.kind).toBe("inconclusive");
    expect(row(verdict, "no-long-lock-waits").seen).toMatchObject({ longest: ["process 7 (odoo-web) for 42 s on sale_order"] });
    waits = [{ pid: 7, application: "odoo-web", waitedMs: 4_000, what: "sale_order" }];
    expect((await evaluate(undefined, { soakMs: 120_000 })).kind).toBe("passed");
  });

  it("reads the log for errors that the old workers didn't have and that no answer carried", async () => {
    const line = (second: number, rest: string): string => `2026-01-15 03:00:${String(second).padStart(2, "0")},123 ${rest}`;
    const known = "ERROR odoo.addons.mail.models.mail_mail: failed sending mail (id: 12)";
    world.runtime.logTails.set("g1", [line(1, known)]);
    const tails = (more: readonly string[]) => (look: number) =>
      void world.runtime.logTails.set(generation, [
        line(look, known.replace("12", String(look))),
        line(look, "ERROR odoo.http: Exception during request handling."),
        ...more.map((rest) => line(look, rest)),
      ]);
    expect((await evaluate(tails([]))).kind).toBe("passed");
    const again = await evaluate(tails(["ERROR odoo.addons.acme.tools: can't reach the label printer"]), { soakMs: 120_000 });
    expect(again.kind).toBe("inconclusive");
    expect(row(again, "log-without-new-errors").seen).toEqual([
      expect.stringMatching(/^\d+ × ERROR odoo\.addons\.acme\.tools: can't reach/),
    ]);
  });

  it("wants a person when users aren't where they should be, or the gateway forgot most of the time", async () => {
    await world.gateway.change(environment, 1, { mode: "hold" });
    expect(row(await evaluate(), "users-are-sent-there")).toMatchObject({
      outcome: "inconclusive",
      seen: expect.stringMatching(/^hold to port/) as string,
    });
    await world.gateway.change(environment, 1, { mode: "pass" });
    answered({ answers: 10, sinceMs: 5_000 });
    const forgot = await evaluate(undefined, { soakMs: 120_000 });
    expect([forgot.kind, row(forgot, "watched-long-enough").outcome]).toEqual(["inconclusive", "inconclusive"]);
  });

  it("goes on where a dead worker stopped, and takes one whole look even when the time is over", async () => {
    await world.clock.sleep(50_000);
    expect(await evaluate()).toMatchObject({ kind: "passed", seconds: 10 });
    const late = await evaluate();
    expect(late).toMatchObject({ kind: "passed", seconds: 0, looks: 0 });
    answered({ answers: 30, errorsInBody: 12, errorNames: { "builtins.KeyError": 12 } });
    expect((await evaluate()).kind).toBe("failed");
  });

  it("bears that the database can't be asked for a moment, and doesn't pass when it can't be asked at all", async () => {
    const moment = await evaluate(
      (look) => void (databaseFails = look > 10 && look < 13 ? (): Error => new Error("connection lost") : null),
    );
    expect(moment.kind).toBe("passed");
    const never = await evaluate(() => void (databaseFails = () => new Error("connection lost")), { soakMs: 120_000 });
    expect(never.kind).toBe("errored");
    expect(never.reason).toContain("connection lost");
  });

  it("says nothing once somebody else has the environment, or when nobody knows since when users are there", async () => {
    databaseFails = () => new PlimsollError("LEASE_LOST", "gone");
    await expect(evaluate()).rejects.toThrow("gone");
    databaseFails = null;
    world.outputs.delete("reopen");
    await expect(evaluate()).rejects.toThrow(/when users were let in/);
    world.outputs.set("switch-traffic", { switchedAt: world.clock.now() } as Json);
    expect((await evaluate()).kind).toBe("passed");
  });
});
