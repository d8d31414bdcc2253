import { beforeEach, describe, expect, it } from "vitest";
import { PlimsollError, type ErrorCode } from "../../domain/shared/errors.ts";
import { newRelease, oldRelease, releaseOf, sampleBase } from "../../../test/conformance/sample-facts.ts";
import { SampleWorld, sampleYaml } from "../../../test/app/sample-world.ts";
import { applyDeclarations, type ApplyInput } from "./apply-declarations.ts";

const actor = { name: "anna" };
let world: SampleWorld;

beforeEach(async () => {
  world = new SampleWorld();
  await world.addReleases(oldRelease, newRelease);
});

const apply = (documents: string, more: Partial<ApplyInput> = {}) =>
  applyDeclarations.handler(world, actor, { documents, dryRun: false, ...more }, () => undefined);

async function everything(): Promise<unknown> {
  const { store, gateway, runtime } = world;
  return {
    tenants: await store.tenants(),
    environments: await store.environments(),
    events: await store.events({ limit: 1000 }),
    route: await gateway.status("acme-production"),
    running: await running(runtime),
  };
}

async function running(runtime: SampleWorld["runtime"]): Promise<unknown> {
  return (await runtime.generations())
    .filter(({ web, background }) => web !== "stopped" || background !== "stopped")
    .map(({ generation, web, background }) => [generation.id, web, background]);
}

async function refused(work: Promise<unknown>, code: ErrorCode, saying: RegExp): Promise<void> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(PlimsollError);
  expect((error as PlimsollError).code).toBe(code);
  expect(`${(error as PlimsollError).message} ${(error as PlimsollError).text.because?.join(" ") ?? ""}`).toMatch(saying);
}

describe("adopting an environment", () => {
  it("starts Odoo with the release, routes the gateway to it, and puts it on record", async () => {
    const { resources } = await apply(sampleYaml);
    expect(resources.map(({ kind, name, action }) => `${kind} ${name} ${action}`)).toEqual([
      "Tenant acme created",
      "Environment acme-production created",
    ]);
    expect(await world.store.environment("acme-production")).toMatchObject({
      release: oldRelease.digest,
      generation: "g1",
      baseDigest: sampleBase.digest,
    });
    expect(await running(world.runtime)).toEqual([["g1", "running", "running"]]);
    expect((await world.gateway.status("acme-production"))?.route).toMatchObject({
      mode: "pass",
      listenPort: 8069,
      holdMsMax: 90_000,
      upstream: { host: "127.0.0.1" },
    });
    expect((await world.store.events({ limit: 10 })).map((event) => [event.type, event.actor])).toEqual([
      ["tenant.declared", "anna"],
      ["environment.adopted", "anna"],
    ]);
  });

  it("says how many sessions somebody else's Odoo has, and leaves them", async () => {
    world.answers.sessions = [
      { application: "odoo-27", user: "odoo", sessions: 4, inTransaction: 0 },
      { application: "plimsoll/acme-production/inventory/0", user: "odoo", sessions: 1, inTransaction: 0 },
      { application: "odoo-acme-production-g1-12", user: "odoo", sessions: 2, inTransaction: 0 },
    ];
    const { resources } = await apply(sampleYaml);
    expect(resources[1]?.notes[0]).toMatch(/^4 sessions of others in acme/);
  });

  it("converges: applied again, nothing changes and nothing is recorded", async () => {
    await apply(sampleYaml);
    const before = await everything();
    const { resources } = await apply(sampleYaml);
    expect(resources.map(({ action }) => action)).toEqual(["unchanged", "unchanged"]);
    expect(await everything()).toEqual(before);
  });

  it("takes a changed declaration over, and keeps release and generation that a change has set since", async () => {
    await apply(sampleYaml);
    await world.store.transaction((tx) =>
      tx.setServing("acme-production", { release: newRelease.digest, generation: "g-c1", baseDigest: sampleBase.digest, lag: [] }),
    );
    const { resources } = await apply(sampleYaml.replace("workers: 2", "workers: 3"));
    expect(resources[1]).toMatchObject({
      action: "changed",
      notes: [expect.stringContaining("serves release 2026-02; spec.release (2026-01) counted when it was adopted")],
    });
    expect(await world.store.environment("acme-production")).toMatchObject({
      release: newRelease.digest,
      generation: "g-c1",
      spec: { runtime: { workers: 3 } },
    });
  });

  it("obeys the epochs that gateway and supervisor remember when the store was lost", async () => {
    await apply(sampleYaml);
    await world.gateway.change("acme-production", 7, { mode: "hold" });
    const route = (await world.gateway.status("acme-production"))?.route;
    const remade = new SampleWorld();
    await remade.addReleases(oldRelease);
    if (route !== undefined) await remade.gateway.setRoute(route);
    world = remade;
    expect((await apply(sampleYaml)).resources[1]?.action).toBe("created");
    expect((await world.gateway.status("acme-production"))?.route).toMatchObject({ epoch: 7, mode: "pass" });
  });

  it("dry run: everything is checked, nothing is changed", async () => {
    const before = await everything();
    const { resources } = await apply(sampleYaml, { dryRun: true });
    expect(resources.map(({ action }) => action)).toEqual(["created", "created"]);
    expect(await everything()).toEqual(before);
  });
});

describe("bad input: a clear error, and nothing is changed", () => {
  const cases: readonly (readonly [string, (world: SampleWorld) => string | undefined, ErrorCode, RegExp])[] = [
    [
      "unknown key",
      () => sampleYaml.replace("  stage:", "  stagee: x\n  stage:"),
      "INPUT_INVALID",
      /unknown key `spec.stagee`; did you mean `stage`/,
    ],
    ["tenant not declared", () => sampleYaml.slice(sampleYaml.indexOf("---") + 4), "NOT_FOUND", /tenant "acme", which isn't declared/],
    ["another host", () => sampleYaml.replace("host: h1", "host: h2"), "INPUT_INVALID", /belongs to the host "h2"/],
    ["release unknown", () => sampleYaml.replace("2026-01", "2025-12"), "NOT_FOUND", /no release "2025-12"/],
    ["release altered", (w) => void w.releases.altered.add(oldRelease.digest), "RELEASE_ALTERED", /./],
    ["secret unreadable", (w) => void (w.secret = null), "SECRET_UNREADABLE", /isn't set/],
    [
      "database unreachable",
      (w) => void (w.connectError = new PlimsollError("DATABASE_UNREACHABLE", "PostgreSQL at 127.0.0.1:5432 can't be reached.")),
      "DATABASE_UNREACHABLE",
      /can't be reached/,
    ],
    [
      "wrong password",
      (w) => void (w.connectError = new PlimsollError("DATABASE_PASSWORD_WRONG", "refuses the role")),
      "DATABASE_PASSWORD_WRONG",
      /refuses/,
    ],
    ["not an Odoo database", (w) => void (w.answers.odoo = false), "DATABASE_NOT_ODOO", /isn't an Odoo database/],
    ["another series", (w) => void (w.answers.baseVersion = "18.0.1.3"), "DATABASE_OTHER_SERIES", /18\.0/],
    ["not the owner", (w) => void (w.answers.owns = false), "DATABASE_RIGHTS_MISSING", /lacks ownership of database "acme"/],
    ["may not create databases", (w) => void (w.answers.createdb = false), "DATABASE_RIGHTS_MISSING", /lacks CREATEDB/],
    [
      "a module without code",
      (w) => void w.answers.modules.push({ name: "acme_lost", state: "installed", version: "19.0.1.0", imported: false }),
      "INPUT_INVALID",
      /1 installed module has no code: acme_lost/,
    ],
    ["filestore missing", (w) => void w.filestore.trees.delete("acme"), "FILESTORE_MISSING", /./],
    ["filestore on another filesystem", (w) => void (w.filestore.linksWork = false), "FILESTORE_OTHER_FILESYSTEM", /./],
    ["port in use", (w) => void (w.portFree = false), "PORT_IN_USE", /127\.0\.0\.1:8069/],
    ["an Odoo that never becomes healthy", (w) => void (w.runtime.healthy = false), "ODOO_UNHEALTHY", /was not healthy within 60 s/],
  ];

  it.each(cases)("%s", async (_what, arrange, code, saying) => {
    const documents = arrange(world) ?? sampleYaml;
    const before = await everything();
    await refused(apply(documents), code, saying);
    expect(await everything()).toEqual(before);
  });

  const rehearsing = (user: string): string =>
    sampleYaml.replace("  dataDirectory:", `    rehearsal: { user: ${user}, password: { fromEnv: REHEARSER } }\n  dataDirectory:`);

  it("a role for rehearsals that can't log in, may not create databases, or isn't another one", async () => {
    const before = await everything();
    world.rehearser.error = new PlimsollError("DATABASE_PASSWORD_WRONG", 'PostgreSQL at 127.0.0.1:5432 refuses the role "rehearser".');
    await refused(
      apply(rehearsing("rehearser")),
      "DATABASE_PASSWORD_WRONG",
      /"rehearser" of spec\.database\.rehearsal can't log in: .*refuses/,
    );
    Object.assign(world.rehearser, { error: null, createdb: false });
    await refused(apply(rehearsing("rehearser")), "DATABASE_RIGHTS_MISSING", /"rehearser" of spec\.database\.rehearsal lacks CREATEDB/);
    await refused(apply(rehearsing("odoo")), "INPUT_INVALID", /names the environment's own role "odoo"/);
    expect(await everything()).toEqual(before);
    world.rehearser.createdb = true;
    expect((await apply(rehearsing("rehearser"))).resources[1]?.action).toBe("created");
  });

  it("an imported module needs no code, and a database without attachments no filestore", async () => {
    world.answers.modules.push({ name: "studio_customization", state: "installed", version: null, imported: true });
    world.answers.attachments = false;
    world.filestore.trees.clear();
    expect((await apply(sampleYaml)).resources[1]?.action).toBe("created");
  });

  it("a database that another environment has, also under another name of the same host", async () => {
    await apply(sampleYaml);
    const other = sampleYaml.replace("acme-production", "acme-twin").replace("8069", "8070").replace("host: 127.0.0.1", "host: localhost");
    const before = await everything();
    await refused(apply(other), "CONFLICT", /acme-twin and acme-production name the same database/);
    expect(await everything()).toEqual(before);
  });

  it("an address that another environment answers at", async () => {
    await apply(sampleYaml);
    await refused(
      apply(sampleYaml.replace("acme-production", "acme-twin").replace("name: acme\n    user", "name: acme2\n    user")),
      "CONFLICT",
      /listen on the same address 127.0.0.1:8069/,
    );
  });

  it("another database for an environment that is there", async () => {
    await apply(sampleYaml);
    await refused(
      apply(sampleYaml.replace("name: acme\n    user", "name: acme2\n    user")),
      "CONFLICT",
      /can't become that of another database/,
    );
  });

  it("while a deployment is at work", async () => {
    await apply(sampleYaml);
    await world.store.transaction((tx) =>
      tx.createDeployment({ change: "C-1", environment: "acme-production", host: "h1", planDigest: oldRelease.digest }),
    );
    await refused(apply(sampleYaml.replace("workers: 2", "workers: 3")), "DEPLOYMENT_RUNNING", /D-1 of C-1 is at work/);
  });

  it("of several environments one is wrong: none is begun", async () => {
    const second = sampleYaml
      .slice(sampleYaml.indexOf("---"))
      .replace("acme-production", "acme-staging")
      .replace("8069", "8070")
      .replace("name: acme\n    user", "name: acme2\n    user")
      .replace("2026-01", "2020-01");
    const before = await everything();
    await refused(apply(`${sampleYaml}${second}`), "NOT_FOUND", /no release "2020-01"/);
    expect(await everything()).toEqual(before);
  });

  it("a change of the declaration that Odoo can't start with: what served before serves on", async () => {
    await apply(sampleYaml);
    const before = await everything();
    world.runtime.healthy = false;
    await refused(apply(sampleYaml.replace("workers: 2", "workers: 3")), "ODOO_UNHEALTHY", /./);
    expect(await everything()).toEqual(before);
  });

  it("a release of a series that the database isn't", async () => {
    await world.addReleases(releaseOf("next-series", oldRelease.content.modules, "20.0"));
    const release = await world.store.release("next-series");
    world.releases.kept.set(release?.digest ?? oldRelease.digest, release?.content ?? oldRelease.content);
    await refused(apply(sampleYaml.replace("2026-01", "next-series")), "DATABASE_OTHER_SERIES", /release next-series is for 20\.0/);
  });
});
