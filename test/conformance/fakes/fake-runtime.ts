import type { Json } from "../../../src/domain/shared/canonical-json.ts";
import type { Digest } from "../../../src/domain/shared/digest.ts";
import { PlimsollError } from "../../../src/domain/shared/errors.ts";
import type {
  Generation,
  GenerationStatus,
  HealthReport,
  Isolation,
  NeutraliseScript,
  OdooRun,
  OdooRuntime,
} from "../../../src/app/ports/odoo-runtime.ts";
import type { FakeCluster } from "./fake-cluster.ts";
import type { FakeFilestore } from "./fake-filestore.ts";

type Background = GenerationStatus["background"];

/** Odoo processes as far as their users can tell: which are up, on which database, and whether they answer. */
export class FakeRuntime implements OdooRuntime {
  readonly #cluster: FakeCluster;
  readonly #filestore: FakeFilestore;
  readonly #generations = new Map<string, { generation: Generation; web: GenerationStatus["web"]; background: Background }>();
  #highestEpoch = 0;
  #nextPort = 20_000;
  /** A scheduled action that doesn't end. */
  backgroundBusy = false;
  /** What the next update does. */
  nextUpdate: Partial<OdooRun> = {};
  /** What a deep probe reports, by release. */
  probeReport: (release: Digest | null) => Json = () => ({});
  /** What business smoke reports, by release; what it changed is thrown away with its database. */
  smokeReport: (release: Digest | null, input: Json) => Json = () => ({});
  /** Modules of which no addons path has the code. */
  withoutCode: readonly string[] = [];
  withoutNetwork = true;
  healthy = true;
  /** What the web logs say last, by generation. */
  readonly logTails: Map<string, readonly string[]> = new Map();
  isolated = true;

  constructor(cluster: FakeCluster, filestore: FakeFilestore) {
    this.#cluster = cluster;
    this.#filestore = filestore;
  }

  isolation(): Promise<Isolation> {
    return Promise.resolve({
      isolated: this.isolated,
      sentence: this.isolated ? "Release code runs as a user of its own." : "Not isolated.",
    });
  }

  generations(): Promise<GenerationStatus[]> {
    const statuses = [...this.#generations.values()].map((known) => ({ ...known, logTail: this.logTails.get(known.generation.id) ?? [] }));
    return Promise.resolve(statuses);
  }

  /** The web workers of a generation end, and the supervisor starts them again when `state` is `running`. */
  becomes(generation: string, state: GenerationStatus["web"]): void {
    const known = this.#generations.get(generation);
    if (known !== undefined) known.web = state;
  }

  prepare(id: string, release: Digest | null, database: string): Promise<Generation> {
    const known = this.#generations.get(id);
    if (known !== undefined) return Promise.resolve(known.generation);
    const generation: Generation = { id, release, database, webPort: this.#nextPort, websocketPort: this.#nextPort + 1 };
    this.#nextPort += 2;
    this.#generations.set(id, { generation, web: "stopped", background: "stopped" });
    return Promise.resolve(generation);
  }

  async startWeb(generation: Generation, epoch: number): Promise<void> {
    this.#accept(epoch);
    this.#require(generation).web = this.#cluster.byName(generation.database)?.allowsConnections === true ? "running" : "failing";
  }

  async startBackground(generation: Generation, epoch: number): Promise<void> {
    this.#accept(epoch);
    this.#require(generation).background = "running";
  }

  async stopWeb(generation: Generation, epoch: number): Promise<void> {
    this.#accept(epoch);
    Object.assign(this.#require(generation), { web: "stopped", background: "stopped" });
  }

  async stopBackground(generation: Generation, epoch: number, _boundMs: number, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    this.#accept(epoch);
    if (this.backgroundBusy) return false;
    this.#require(generation).background = "stopped";
    return true;
  }

  waitHealthy(generation: Generation, _boundMs: number, signal: AbortSignal): Promise<HealthReport> {
    signal.throwIfAborted();
    return this.health(generation);
  }

  async health(generation: Generation): Promise<HealthReport> {
    const up = this.healthy && this.#generations.get(generation.id)?.web === "running";
    const checks = up ? ["/web/health", "/web/login", "css", "js"] : ["/web/health"];
    return { healthy: up, checks: checks.map((name) => ({ name, ok: up, seen: up ? "200" : "no answer" })) };
  }

  async update(run: Parameters<OdooRuntime["update"]>[0]): Promise<OdooRun> {
    run.signal.throwIfAborted();
    this.#accept(run.epoch);
    const database = this.#cluster.byName(run.database);
    const lines = ["odoo.modules.loading: Loading module a (1/1)", "odoo.modules.registry: Registry loaded"];
    for (const line of lines) run.line?.(line);
    if (database?.allowsConnections !== true)
      return runOf({ exitCode: 255, log: `database "${run.database}" is not accepting connections` });
    database.content += ` +${run.release}`;
    // An update writes attachments of its own: bundles, icons.
    this.#filestore.trees.get(run.database)?.add(`bundle-of-${run.release}`);
    return runOf({ log: lines.join("\n"), ...this.nextUpdate });
  }

  async probe(run: Parameters<OdooRuntime["probe"]>[0]): Promise<{ readonly report: Json; readonly run: OdooRun }> {
    run.signal.throwIfAborted();
    this.#accept(run.epoch);
    if (this.#cluster.byName(run.database)?.allowsConnections !== true)
      return { report: null, run: runOf({ exitCode: 1, log: "no connection" }) };
    if (run.script === "deep-probe") return { report: this.probeReport(run.release), run: runOf({}) };
    const database = this.#cluster.byName(run.database);
    if (database !== undefined) database.content += " +business";
    this.#filestore.trees.get(run.database)?.add("printed-invoice");
    return { report: this.smokeReport(run.release, run.input), run: runOf({}) };
  }

  networkIsolation(): Promise<Isolation> {
    const sentence = this.withoutNetwork ? "Runs without any network." : "Not kept from the network.";
    return Promise.resolve({ isolated: this.withoutNetwork, sentence });
  }

  neutraliseScripts(
    _release: Digest | null,
    modules: readonly string[],
  ): Promise<{ readonly scripts: readonly NeutraliseScript[]; readonly withoutCode: readonly string[] }> {
    const known = modules.filter((module) => !this.withoutCode.includes(module));
    const withoutCode = modules.filter((module) => this.withoutCode.includes(module));
    return Promise.resolve({ scripts: known.map((module) => ({ module, sql: `-- neutralise ${module}` })), withoutCode });
  }

  missingDependencies(): Promise<{ readonly python: readonly string[]; readonly bin: readonly string[] }> {
    return Promise.resolve({ python: [], bin: [] });
  }

  async endStrays(epoch: number): Promise<number> {
    this.#accept(epoch);
    return 0;
  }

  #accept(epoch: number): void {
    if (epoch < this.#highestEpoch) throw new PlimsollError("EPOCH_SUPERSEDED", `Epoch ${epoch} is over: ${this.#highestEpoch} was seen.`);
    this.#highestEpoch = epoch;
  }

  #require(generation: Generation): { generation: Generation; web: GenerationStatus["web"]; background: Background } {
    const known = this.#generations.get(generation.id);
    if (known === undefined) throw new PlimsollError("NOT_FOUND", `There is no generation ${generation.id}.`);
    return known;
  }
}

function runOf(part: Partial<OdooRun>): OdooRun {
  return { exitCode: 0, signal: null, timedOut: false, durationMs: 1_000, log: "", logCut: false, peakMemoryBytes: null, ...part };
}
