import type { Unit, UnitStatus } from "../../app/ports/supervisor.ts";
import type { UnitRecord } from "./schema.ts";
import { definitionOf, findUnit, groupRuns, runs, runsDefinition, signal, startUnit, watchAdopted } from "./unit-process.ts";
import type { Exit, Identity, Leaders, ProcessTable } from "./unit-process.ts";

const backOffMsMin = 100;
const backOffMsMax = 10_000;
/** Who lived this long starts again at the shortest back-off. */
const provenMs = 10_000;
/** Odoo's workers notice within seconds that their master died, and finish their request first. */
const leftoverGraceMs = 10_000;
const pollMs = 50;
/** After SIGKILL the kernel needs a moment; a process in an uninterruptible wait may need for ever. */
const killedMsMax = 5_000;

export interface UnitWorld {
  readonly table: ProcessTable;
  /** What is to be remembered about this unit has changed. */
  readonly changed: (unit: SupervisedUnit) => void;
  /** It was asked to stop and has ended. */
  readonly ended: (unit: SupervisedUnit) => void;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

/** One unit: kept running while it is wanted, asked to end when it isn't. */
export class SupervisedUnit {
  readonly #world: UnitWorld;
  #unit: Unit;
  #wanted: "running" | "gone";
  #identity: Identity | null = null;
  /** Definition of the process that runs; differs from the unit's while it is being replaced. */
  #definition: string | null = null;
  #starting = false;
  /** The process was told to end; never twice, since Odoo takes a second signal for an order to drop what it does. */
  #told = false;
  #startedAt: string | null = null;
  #startedMs = 0;
  #restarts = 0;
  #failures = 0;
  #lastExit: UnitStatus["lastExit"] = null;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(unit: Unit, wanted: "running" | "gone", world: UnitWorld) {
    this.#unit = unit;
    this.#wanted = wanted;
    this.#world = world;
  }

  get unit(): Unit {
    return this.#unit;
  }

  get wanted(): "running" | "gone" {
    return this.#wanted;
  }

  /** What a later supervisor needs to take over. */
  get record(): UnitRecord {
    const process = this.#identity === null ? null : { ...this.#identity, told: this.#told };
    return { unit: this.#unit, wanted: this.#wanted, process };
  }

  status(): Omit<UnitStatus, "obeysEpoch"> {
    return {
      unit: this.#unit,
      state: this.#state(),
      pid: this.#identity?.pid ?? null,
      startedAt: this.#startedAt,
      restarts: this.#restarts,
      lastExit: this.#lastExit,
    };
  }

  /** After a restart of the supervisor: takes over the process that runs, or starts one. */
  async resume(recorded: UnitRecord["process"], leaders: Leaders): Promise<void> {
    const identity = findUnit(this.#unit, recorded, leaders);
    if (identity === null) {
      if (this.#wanted === "gone") this.#world.ended(this);
      else await this.#start();
      return;
    }
    this.#identity = identity;
    this.#told = recorded?.pid === identity.pid && recorded.told;
    this.#definition = runsDefinition(this.#unit, identity.pid, this.#world.table) ? definitionOf(this.#unit) : "another";
    this.#startedAt = new Date().toISOString();
    this.#startedMs = performance.now();
    this.#world.log.info({ unit: this.#unit.id, pid: identity.pid }, "adopted");
    watchAdopted(identity, this.#world.table, (exit) => void this.#exited(identity, exit));
    this.#world.changed(this);
    if (this.#wanted === "gone") this.#tell();
    else this.#replaceIfOther();
  }

  /** Makes it run as told. Answers as soon as a process was started, or the one that has to go first was told to. */
  async ensure(unit: Unit): Promise<void> {
    this.#unit = unit;
    this.#wanted = "running";
    if (this.#identity !== null) this.#replaceIfOther();
    else if (!this.#starting) {
      // Whoever asks doesn't want to sit out the back-off.
      clearTimeout(this.#timer);
      this.#failures = 0;
      await this.#start();
    }
  }

  /** From now on it isn't started again. */
  dismiss(): void {
    this.#wanted = "gone";
    clearTimeout(this.#timer);
  }

  /** After `dismiss`. @returns false when it still runs; it is forgotten when it ends. */
  async stop(options: { readonly graceMs: number; readonly kill: boolean }): Promise<boolean> {
    await this.#until(() => !this.#starting, killedMsMax);
    // Somebody wants it again meanwhile.
    if (this.#wanted === "running") return false;
    if (this.#identity === null) {
      this.#world.ended(this);
      return true;
    }
    const identity = this.#identity;
    this.#tell();
    if (await this.#until(() => this.#identity !== identity, options.graceMs)) return true;
    if (!options.kill) return false;
    this.#kill(identity.pid);
    return this.#until(() => this.#identity !== identity, killedMsMax);
  }

  /** Leaves the process alone from now on; it goes on without us. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #state(): UnitStatus["state"] {
    if (this.#wanted === "gone") return this.#identity === null ? "stopped" : "stopping";
    if (this.#identity !== null) return this.#told ? "starting" : "running";
    return this.#starting ? "starting" : "backing-off";
  }

  async #start(): Promise<void> {
    this.#starting = true;
    try {
      const unit = this.#unit;
      let identity: Identity | null = null;
      let early: Exit | null = null;
      const pid = await startUnit(unit, (exit) => {
        if (identity === null) early = exit;
        else void this.#exited(identity, exit);
      });
      const facts = this.#world.table.read(pid);
      identity = { pid, startTicks: facts?.startTicks ?? 0, bootId: facts?.bootId ?? "" };
      this.#identity = identity;
      this.#definition = definitionOf(unit);
      this.#told = false;
      this.#startedAt = new Date().toISOString();
      this.#startedMs = performance.now();
      this.#world.log.info({ unit: unit.id, epoch: unit.epoch, pid }, "started");
      this.#world.changed(this);
      this.#starting = false;
      if (early !== null) void this.#exited(identity, early);
      // The wish may have changed while it started.
      else if (this.#wanted === "running") this.#replaceIfOther();
    } catch (error) {
      this.#starting = false;
      const why = (error as NodeJS.ErrnoException).code ?? String(error);
      this.#lastExit = { code: null, signal: null, at: new Date().toISOString() };
      this.#world.log.warn({ unit: this.#unit.id, why }, "can't be started");
      this.#again();
    }
  }

  #replaceIfOther(): void {
    if (this.#definition === definitionOf(this.#unit)) return;
    const identity = this.#identity;
    if (identity === null) return;
    this.#tell();
    void this.#until(() => this.#identity !== identity, this.#unit.stop.graceMs).then((ended) => {
      if (!ended && this.#wanted === "running") this.#kill(identity.pid);
    });
  }

  #tell(): void {
    const identity = this.#identity;
    if (identity === null || this.#told || !runs(identity, this.#world.table)) return;
    this.#told = true;
    // Its leader only: Odoo's master ends its workers in order.
    signal(identity.pid, this.#unit.stop.signal);
    this.#world.changed(this);
  }

  #kill(pid: number): void {
    this.#world.log.warn({ unit: this.#unit.id, pid }, "killed");
    signal(-pid, "SIGKILL");
  }

  async #exited(identity: Identity, exit: Exit): Promise<void> {
    if (this.#closed) return;
    this.#lastExit = { ...exit, at: new Date().toISOString() };
    const asked = this.#told;
    this.#world.log.info({ unit: this.#unit.id, pid: identity.pid, ...exit, asked }, "ended");
    this.#starting = true;
    await this.#endLeftover(identity.pid);
    this.#starting = false;
    this.#identity = null;
    this.#definition = null;
    this.#told = false;
    this.#world.changed(this);
    if (this.#wanted === "gone") return this.#world.ended(this);
    this.#restarts++;
    if (asked) return this.#start();
    if (performance.now() - this.#startedMs >= provenMs) this.#failures = 0;
    this.#again();
  }

  /** Members of the group that outlive their leader hold its port: a new leader couldn't start beside them. */
  async #endLeftover(group: number): Promise<void> {
    const { table } = this.#world;
    if (!groupRuns(group, this.#unit.id, table)) return;
    signal(-group, "SIGTERM");
    const patienceMs = Math.min(this.#unit.stop.graceMs, leftoverGraceMs);
    if (await this.#until(() => !groupRuns(group, this.#unit.id, table), patienceMs)) return;
    signal(-group, "SIGKILL");
    await this.#until(() => !groupRuns(group, this.#unit.id, table), killedMsMax);
  }

  #again(): void {
    if (this.#closed) return;
    if (this.#wanted === "gone") return this.#world.ended(this);
    const delayMs = Math.min(backOffMsMin * 2 ** this.#failures, backOffMsMax);
    this.#failures++;
    this.#timer = setTimeout(() => void this.#start(), delayMs);
  }

  async #until(condition: () => boolean, boundMs: number): Promise<boolean> {
    const deadline = performance.now() + boundMs;
    while (!condition()) {
      if (performance.now() >= deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    return true;
  }
}
