import { beforeEach, describe, expect, it } from "vitest";
import type { Digest } from "../../domain/shared/digest.ts";
import { newRelease, oldRelease } from "../../../test/conformance/sample-facts.ts";
import { expectRefused } from "../../../test/conformance/refusal.ts";
import { SampleWorld, sampleYaml } from "../../../test/app/sample-world.ts";
import { abortChange } from "./abort-change.ts";
import { applyDeclarations } from "./apply-declarations.ts";
import { approveChange } from "./approve-change.ts";
import { createChange } from "./create-change.ts";
import { createRelease } from "./create-release.ts";
import { planChange } from "./plan-change.ts";
import { resumeChange } from "./resume-change.ts";
import { runChange } from "./run-change.ts";

const anna = { name: "anna" };
const bert = { name: "bert" };
const quiet = (): void => undefined;
const noRemovals = { tables: [], columns: [], records: [], modules: [] };
let world: SampleWorld;

beforeEach(async () => {
  world = new SampleWorld();
  await world.addReleases(oldRelease, newRelease);
  await applyDeclarations.handler(world, anna, { documents: sampleYaml, dryRun: false }, quiet);
});

const create = (release = newRelease.name) =>
  createChange.handler(
    world,
    anna,
    { kind: "release", environment: "acme-production", release, reason: "because", agreedRemovals: noRemovals },
    quiet,
  );
const plan = (change: string) => planChange.handler(world, anna, { change }, quiet);
const approve = (change: string, digest: Digest) => approveChange.handler(world, bert, { change, digest }, quiet);
const run = (change: string) => runChange.handler(world, anna, { change }, quiet);
const types = async (): Promise<string[]> => (await world.store.events({ subjectKind: "change", limit: 100 })).map((event) => event.type);

async function approved(): Promise<string> {
  const { id } = await create();
  await approve(id, (await plan(id)).digest);
  return id;
}

describe("create", () => {
  it("gives a draft an id and writes who asked and why", async () => {
    expect(await create()).toMatchObject({ id: "C-1", state: "draft", requestedBy: "anna", reason: "because" });
    expect(await types()).toEqual(["change.created"]);
  });

  it("refuses an environment, a release and a kind that aren't there, naming what is", async () => {
    const ask = (more: object) =>
      createChange.handler(
        world,
        anna,
        { kind: "release", environment: "acme-production", release: "2026-02", reason: "", agreedRemovals: noRemovals, ...more },
        quiet,
      );
    expect((await expectRefused(ask({ environment: "nowhere" }), "NOT_FOUND")).text.why).toContain("acme-production");
    expect((await expectRefused(ask({ release: "none" }), "NOT_FOUND")).text.why).toContain("2026-01");
    expect((await expectRefused(ask({ kind: "magic" }), "INPUT_INVALID")).text.fix).toContain("release");
  });
});

describe("plan and approve", () => {
  it("keeps the plan under its digest, and the digest is what is approved", async () => {
    const { id } = await create();
    const { digest, plan: made } = await plan(id);
    expect(await world.store.plan(digest)).toEqual(made);
    expect(await approve(id, digest)).toMatchObject({ state: "approved", approvedDigest: digest, approvedBy: "bert" });
    expect(await types()).toEqual(["change.created", "change.planned", "change.approved"]);
  });

  it("another digest is refused, and nothing is approved", async () => {
    const { id } = await create();
    await plan(id);
    await expectRefused(approve(id, `sha256:${"0".repeat(64)}`), "PLAN_DIGEST_MISMATCH");
    expect(await world.store.change(id)).toMatchObject({ state: "planned", approvedDigest: null });
  });

  it("without a plan there is nothing to approve", async () => {
    const { id } = await create();
    await expectRefused(approve(id, `sha256:${"0".repeat(64)}`), "NOT_APPROVED");
  });

  it("planning again voids the approval", async () => {
    const id = await approved();
    await plan(id);
    expect(await world.store.change(id)).toMatchObject({ state: "planned", approvedDigest: null, approvedBy: null });
    await expectRefused(run(id), "NOT_APPROVED");
  });

  it("says everything that stands against a plan, and keeps none", async () => {
    const { id } = await create();
    world.answers.modules.push({ name: "acme_extra", state: "installed", version: "19.0.1.0.0", imported: false });
    const error = await expectRefused(plan(id), "INPUT_INVALID");
    expect(error.text.because?.join()).toContain("acme_extra");
    expect(await world.store.change(id)).toMatchObject({ state: "draft", planDigest: null });
  });

  it("an altered release isn't planned", async () => {
    const { id } = await create();
    world.releases.altered.add(newRelease.digest);
    await expectRefused(plan(id), "RELEASE_ALTERED");
  });
});

describe("run", () => {
  it("makes a deployment of exactly the approved plan", async () => {
    const id = await approved();
    const { change, deployment } = await run(id);
    expect(change).toMatchObject({ state: "running", deployment: "D-1" });
    expect(deployment).toMatchObject({ state: "queued", planDigest: change.approvedDigest, host: "h1" });
    expect((await types()).at(-1)).toBe("change.started");
  });

  it("is refused without a plan and without approval, saying who lifts it", async () => {
    const { id } = await create();
    await expectRefused(run(id), "NOT_APPROVED");
    await plan(id);
    expect((await expectRefused(run(id), "NOT_APPROVED")).text.liftedBy).toContain("approval");
    expect(await world.store.deployments({ limit: 10 })).toEqual([]);
  });

  it("a fact that changed since voids the approval and is named", async () => {
    const id = await approved();
    world.answers.schema = "table res_partner r\ntable x r";
    world.answers.modules[0] = { name: "acme_project", state: "installed", version: "19.0.1.0.1", imported: false };
    const error = await expectRefused(run(id), "PLAN_STALE");
    expect(error.text.because?.join("\n")).toMatch(
      /installed modules: acme_project planned 19\.0\.1\.0\.0 installed, now 19\.0\.1\.0\.1 installed/,
    );
    expect(error.text.because?.join("\n")).toMatch(/schema fingerprint/);
    expect(await world.store.change(id)).toMatchObject({ state: "planned", approvedDigest: null });
    expect((await types()).at(-1)).toBe("change.approval-voided");
    expect(await world.store.deployments({ limit: 10 })).toEqual([]);
  });

  it("an estimate may move within its bound, and not beyond", async () => {
    const id = await approved();
    world.answers.rows = 5_000;
    world.answers.rows += 1;
    expect((await run(id)).deployment.id).toBe("D-1");
    const next = new SampleWorld();
    world = next;
    await world.addReleases(oldRelease, newRelease);
    await applyDeclarations.handler(world, anna, { documents: sampleYaml, dryRun: false }, quiet);
    const other = await approved();
    world.answers.rows = 10_000_000;
    expect((await expectRefused(run(other), "PLAN_STALE")).text.because?.join()).toContain("rows");
  });

  it("twice at once: one runs, the other is told which", async () => {
    const id = await approved();
    const results = await Promise.allSettled([run(id), run(id)]);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    const lost = results.find((result) => result.status === "rejected");
    expect(lost?.reason).toMatchObject({ code: "DEPLOYMENT_RUNNING" });
    expect(await world.store.deployments({ limit: 10 })).toHaveLength(1);
  });

  it("is refused while another deployment is at work on the environment", async () => {
    const first = await approved();
    const second = await approved();
    await run(first);
    const error = await expectRefused(run(second), "DEPLOYMENT_RUNNING");
    expect(error.message).toContain("D-1 of C-1");
    expect(error.text.liftedBy).toBe("the end of D-1");
  });
});

describe("abort", () => {
  const abort = (change: string) => abortChange.handler(world, bert, { change, reason: "month end" }, quiet);

  it("cancels what has not begun; it can't be run or approved any more", async () => {
    const id = await approved();
    expect(await abort(id)).toMatchObject({ asked: "cancelled", change: { state: "cancelled" } });
    await expectRefused(run(id), "CONFLICT");
    await expectRefused(plan(id), "CONFLICT");
    await expectRefused(abort(id), "CONFLICT");
  });

  it("asks a deployment that runs to go back", async () => {
    const id = await approved();
    await run(id);
    expect(await abort(id)).toMatchObject({ asked: "going-back" });
    expect(await world.store.deployment("D-1")).toMatchObject({ abortRequested: true });
  });
});

describe("resume", () => {
  const resume = (change: string) => resumeChange.handler(world, bert, { change, reason: "put right" }, quiet);

  async function stoodStill(): Promise<string> {
    const id = await approved();
    await run(id);
    await world.store.claim("D-1", "w", { epoch: 0, beat: 0, owner: null }, 0);
    await world.store.fenced("D-1", { owner: "w", epoch: 1 }, async (tx) => {
      await tx.moveTo("running", {});
      await tx.moveTo("needs-person", { reason: "fence can't be undone" });
      const change = await tx.change(id);
      if (change !== null) await tx.putChange({ ...change, state: "needs-person" });
    });
    return id;
  }

  it("has a deployment that stands still go on, and says which way", async () => {
    const id = await stoodStill();
    expect((await expectRefused(abortChange.handler(world, bert, { change: id, reason: "" }, quiet), "CONFLICT")).text.fix).toContain(
      "change resume C-1",
    );
    expect(await resume(id)).toMatchObject({ goes: "back", change: { state: "running" } });
    expect(await world.store.deployment("D-1")).toMatchObject({ state: "going-back" });
    const events = await world.store.events({ deployment: "D-1", limit: 100 });
    expect(events.slice(-2)).toMatchObject([
      { type: "deployment.resumed", actor: "bert", data: { reason: "put right", to: "going-back" } },
      { type: "change.resumed", actor: "bert", data: { reason: "put right" } },
    ]);
  });

  it("is refused for everything else, and changes nothing", async () => {
    const { id } = await create();
    await expectRefused(resume(id), "CONFLICT");
    await approve(id, (await plan(id)).digest);
    await run(id);
    const before = await types();
    expect((await expectRefused(resume(id), "CONFLICT")).message).toContain("running");
    expect(await types()).toEqual(before);
  });

  it("of two at once one is heard", async () => {
    const id = await stoodStill();
    const both = await Promise.allSettled([resume(id), resume(id)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("create-release", () => {
  const make = (name: string, of: typeof newRelease) => {
    world.releases.add = () => Promise.resolve({ digest: of.digest, content: of.content }) as never;
    return createRelease.handler(world, anna, { name, sources: ["/addons"], series: "19.0" }, quiet);
  };

  it("the same name with the same content is the same release", async () => {
    expect(await make("2026-03", newRelease)).toMatchObject({ created: true });
    expect(await make("2026-03", newRelease)).toMatchObject({ created: false });
    expect((await world.store.events({ subjectKind: "release", limit: 10 })).map((event) => event.subject)).toEqual(["2026-03"]);
  });

  it("the same name with other content is refused", async () => {
    await make("2026-03", newRelease);
    await expectRefused(make("2026-03", oldRelease), "CONFLICT");
    expect((await world.store.release("2026-03"))?.digest).toBe(newRelease.digest);
  });
});
