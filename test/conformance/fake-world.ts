import type { Capabilities, Capability } from "../../src/app/ports/capability.ts";
import type { ItemContext } from "../../src/app/ports/step.ts";
import type { EnvironmentSpec } from "../../src/domain/fleet/environment.ts";
import type { Plan } from "../../src/domain/plan/plan.ts";
import { copyName } from "../../src/domain/rollout/names.ts";
import type { Json } from "../../src/domain/shared/canonical-json.ts";
import { FakeClock } from "./fakes/fake-clock.ts";
import { FakeCluster, type FakeDatabase } from "./fakes/fake-cluster.ts";
import { FakeEvidenceStore } from "./fakes/fake-evidence-store.ts";
import { FakeFilestore } from "./fakes/fake-filestore.ts";
import { FakeGateway } from "./fakes/fake-gateway.ts";
import { FakeReleaseLibrary } from "./fakes/fake-release-library.ts";
import { FakeRuntime } from "./fakes/fake-runtime.ts";
import { FakeTenantDatabase } from "./fakes/fake-tenant-database.ts";
import { interruptible, type Failpoint } from "./interruption.ts";
import { newRelease, oldRelease, sampleBase, sampleEnvironment } from "./sample-facts.ts";

const deployment = "D-1";

/** A copy has the tables by which it could speak to the world, and nothing in them; any other question has no answer. */
const harmless: FakeCluster["answer"] = (database, sql) => {
  if (database.mark?.role !== "copy") return [];
  if (sql.includes("relname = ANY")) return [{ name: "ir_cron" }, { name: "ir_mail_server" }, { name: "ir_act_server" }];
  return /^SELECT count\(\*\) AS n FROM \w+ WHERE/.test(sql) ? [{ n: 0 }] : [];
};

/** One environment that serves an old release, in memory: a cluster, attachments, a gateway, Odoo processes, two releases. */
export class FakeWorld {
  readonly clock: FakeClock = new FakeClock();
  readonly cluster: FakeCluster = new FakeCluster();
  readonly evidenceStore: FakeEvidenceStore = new FakeEvidenceStore();
  readonly filestore: FakeFilestore;
  readonly gateway: FakeGateway = new FakeGateway();
  readonly runtime: FakeRuntime;
  readonly releases: FakeReleaseLibrary = new FakeReleaseLibrary(sampleBase);
  readonly environment: EnvironmentSpec = sampleEnvironment;
  /** The database that is live when the world begins. */
  readonly original: FakeDatabase;
  /** Outputs of the steps that ran. */
  readonly outputs: Map<string, Json> = new Map();
  /** What steps and gates put on record by name. */
  readonly noted: Map<string, Json> = new Map();
  readonly plan: Plan;
  epoch = 1;
  /** What the engine tells items of a recovery; null: the plan's own items run. */
  recovery: NonNullable<ItemContext["recovery"]> | null = null;
  #tenantDatabase: FakeTenantDatabase;

  constructor(plan: Plan) {
    this.plan = plan;
    this.original = this.cluster.create(this.environment.database.name, "everything that users wrote");
    this.filestore = new FakeFilestore(() => this.environment.database.name);
    this.filestore.trees.set(this.environment.database.name, new Set(["invoice", "contract", "logo"]));
    this.runtime = new FakeRuntime(this.cluster, this.filestore);
    this.releases.kept.set(oldRelease.digest, oldRelease.content).set(newRelease.digest, newRelease.content);
    this.cluster.answer = harmless;
    this.#tenantDatabase = this.#openTenantDatabase();
  }

  /** The old release serves, crons run, users reach it through the gateway and have sessions in the database. */
  async begin(): Promise<this> {
    const old = await this.runtime.prepare("g1", oldRelease.digest, this.environment.database.name);
    await this.runtime.startWeb(old, 0);
    await this.runtime.startBackground(old, 0);
    await this.gateway.setRoute({
      environment: this.environment.name,
      epoch: 0,
      ...this.environment.gateway,
      mode: "pass",
      upstream: { host: "127.0.0.1", webPort: old.webPort, websocketPort: old.websocketPort },
      holdMsMax: 60_000,
      heldRequestsMax: 100,
      heldBytesMax: 1_000_000,
      releaseConcurrency: 4,
    });
    this.cluster.connect(this.environment.database.name, "odoo-web");
    return this;
  }

  /** What a step or gate with these needs gets; anything it didn't declare is an error that says so. */
  context(
    needs: readonly Capability[],
    options: { readonly failpoint?: Failpoint; readonly error?: () => Error; readonly signal?: AbortSignal } = {},
  ): ItemContext {
    const all: Capabilities = {
      "tenant-database": this.#tenantDatabase,
      "evidence-store": this.evidenceStore,
      filestore: this.filestore,
      gateway: this.gateway,
      runtime: this.runtime,
      "release-library": this.releases,
    };
    const { failpoint, error } = options;
    const use = new Proxy(all, {
      get(target, name): unknown {
        if (!needs.includes(name as Capability)) throw new Error(`used ${String(name)} without declaring it in needs`);
        const capability = target[name as Capability];
        return failpoint === undefined ? capability : interruptible(capability, failpoint, error);
      },
    });
    return {
      deployment: { id: deployment, change: this.plan.change, epoch: this.epoch },
      plan: this.plan,
      environment: this.environment,
      signal: options.signal ?? new AbortController().signal,
      clock: this.clock,
      use,
      progress: () => undefined,
      evidence: (name, value) => void this.noted.set(name, value),
      outputOf: (step) => this.outputs.get(step),
      ...(this.recovery === null ? {} : { recovery: this.recovery }),
    };
  }

  /** The worker is dead and another one takes over: its sessions are gone, and everything from now on carries a higher epoch. */
  takeOver(): void {
    this.#tenantDatabase.die();
    this.epoch += 1;
    this.#tenantDatabase = this.#openTenantDatabase();
  }

  /**
   * What the world is to its users and to whoever pays for the disk: which database is live and open, what the original holds,
   * attachment trees, traffic, processes. Clones that nobody can enter are left out.
   */
  async essence(): Promise<Json> {
    const live = this.cluster.byName(this.environment.database.name);
    const route = (await this.gateway.status(this.environment.name))?.route;
    const generations = (await this.runtime.generations()).filter(({ web, background }) => web !== "stopped" || background !== "stopped");
    return {
      live:
        live === undefined
          ? null
          : { is: live.oid === this.original.oid ? "original" : "clone", content: live.content, open: live.allowsConnections },
      original: this.cluster.databases.has(this.original.oid)
        ? { content: this.original.content, open: this.original.allowsConnections, name: this.original.name }
        : null,
      trees: Object.fromEntries(
        [...this.filestore.trees]
          .filter(([name]) => name !== this.environment.database.name)
          .map(([name, files]) => [name, [...files].sort()]),
      ),
      traffic: route === undefined ? null : { mode: route.mode, webPort: route.upstream?.webPort ?? null },
      processes: generations.map(({ generation, web, background }) => `${generation.id} web ${web}, background ${background}`).sort(),
    };
  }

  /**
   * The essence without the files of the deployment's own tree: what an update left there goes with the tree, when the claim is
   * taken back; so does the tree of a throwaway copy.
   */
  async seenByUsers(): Promise<Json> {
    const essence = (await this.essence()) as Record<string, Json>;
    const copy = copyName(this.environment.database.name, deployment);
    const trees = Object.keys(essence["trees"] as object).filter((name) => name !== copy);
    return { ...essence, trees: trees.sort() };
  }

  /** Do users wait at the gateway? */
  async isHolding(): Promise<boolean> {
    return (await this.gateway.status(this.environment.name))?.route.mode !== "pass";
  }

  /** Every detail that a reading call must leave as it is. */
  async everything(): Promise<Json> {
    const databases = [...this.cluster.databases.values()].map(({ sessions, ...rest }) => ({ ...rest, sessions: sessions.length }));
    return {
      essence: await this.essence(),
      databases,
      liveTree: this.liveTree(),
      holders: [...this.cluster.holders.values()].map((holder) => ({ ...holder })),
    } as unknown as Json;
  }

  liveTree(): string[] {
    return [...(this.filestore.trees.get(this.environment.database.name) ?? [])].sort();
  }

  /** Clones of this deployment that somebody can enter. */
  openClones(): string[] {
    const clones = [...this.cluster.databases.values()].filter(
      (database) => database.mark !== null && ["candidate", "copy", "abandoned"].includes(database.mark.role),
    );
    return clones.filter((database) => database.allowsConnections).map((database) => database.name);
  }

  #openTenantDatabase(): FakeTenantDatabase {
    return new FakeTenantDatabase(this.cluster, {
      environment: this.environment.name,
      live: this.environment.database.name,
      deployment,
      epoch: this.epoch,
    });
  }
}
