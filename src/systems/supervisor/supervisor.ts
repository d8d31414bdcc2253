import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Supervisor, Unit, UnitStatus } from "../../app/ports/supervisor.ts";
import { SupervisedUnit } from "./supervised-unit.ts";
import { supervisorStateSchema } from "./schema.ts";
import type { SupervisorState } from "./schema.ts";
import { boundLog } from "./unit-log.ts";
import { findLeaders } from "./unit-process.ts";
import type { ProcessTable } from "./unit-process.ts";

const boundLogsMs = 60_000;

export interface SupervisorLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Text that is on the disk when `write` returns. */
export interface SupervisorStore {
  read(): Promise<string | null>;
  write(text: string): Promise<void>;
}

/** The supervisor itself: what is wanted is on the disk before anything is done about it. */
export class SupervisorServer implements Supervisor {
  readonly #store: SupervisorStore;
  readonly #table: ProcessTable;
  readonly #log: SupervisorLog;
  readonly #units = new Map<string, SupervisedUnit>();
  #epochs: Record<string, number> = {};
  #turn: Promise<unknown> = Promise.resolve();
  #saveWaits = false;
  #boundingLogs: NodeJS.Timeout | undefined;

  constructor(store: SupervisorStore, table: ProcessTable, log: SupervisorLog) {
    this.#store = store;
    this.#table = table;
    this.#log = log;
  }

  /** Takes over what still runs and starts the rest. */
  async start(): Promise<void> {
    this.#boundingLogs = setInterval(() => void this.#boundLogs(), boundLogsMs);
    const text = await this.#store.read();
    if (text === null) return;
    const state = parseState(text);
    this.#epochs = { ...state.epochs };
    const leaders = findLeaders(this.#table);
    for (const record of state.units) {
      const unit = this.#create(record.unit, record.wanted);
      await unit.resume(record.process, leaders);
    }
  }

  ensure(unit: Unit): Promise<UnitStatus> {
    return this.#inTurn(async () => {
      const environment = this.#checkEpoch(unit.id, unit.epoch);
      const others = this.#records().filter((record) => record.unit.id !== unit.id);
      const before = this.#units.get(unit.id)?.record.process ?? null;
      await this.#save({ ...this.#epochs, [environment]: unit.epoch }, [...others, { unit, wanted: "running", process: before }]);
      const supervised = this.#units.get(unit.id) ?? this.#create(unit, "running");
      await supervised.ensure(unit);
      return this.#statusOf(supervised);
    });
  }

  async stop(id: string, epoch: number, options: { readonly graceMs: number; readonly kill: boolean }): Promise<{ stopped: boolean }> {
    const supervised = await this.#inTurn(async () => {
      const environment = this.#checkEpoch(id, epoch);
      const records = this.#records().map((record) => (record.unit.id === id ? { ...record, wanted: "gone" as const } : record));
      await this.#save({ ...this.#epochs, [environment]: epoch }, records);
      const unit = this.#units.get(id);
      unit?.dismiss();
      return unit;
    });
    // Outside the turn: others don't wait for the patience that this one was granted.
    return { stopped: supervised === undefined || (await supervised.stop(options)) };
  }

  async list(prefix: string): Promise<UnitStatus[]> {
    return [...this.#units.values()].map((unit) => this.#statusOf(unit)).filter((status) => status.unit.id.startsWith(prefix));
  }

  /** Lets go of the units: they run on, for the next supervisor to take over. */
  async close(): Promise<void> {
    clearInterval(this.#boundingLogs);
    for (const unit of this.#units.values()) unit.close();
    await this.#turn;
  }

  #statusOf(supervised: SupervisedUnit): UnitStatus {
    return { ...supervised.status(), obeysEpoch: this.#epochs[environmentOf(supervised.unit.id)] ?? 0 };
  }

  #create(unit: Unit, wanted: "running" | "gone"): SupervisedUnit {
    const supervised = new SupervisedUnit(unit, wanted, {
      table: this.#table,
      log: this.#log,
      changed: () => this.#saveSoon(),
      ended: (ended) => {
        if (this.#units.get(ended.unit.id) !== ended || ended.wanted !== "gone") return;
        this.#units.delete(ended.unit.id);
        this.#saveSoon();
      },
    });
    this.#units.set(unit.id, supervised);
    return supervised;
  }

  async #boundLogs(): Promise<void> {
    for (const { unit } of [...this.#units.values()]) {
      await boundLog(unit.logFile).catch((error: unknown) =>
        this.#log.warn({ unit: unit.id, error: String(error) }, "a log can't be bounded"),
      );
    }
  }

  /** @returns the environment that the unit belongs to */
  #checkEpoch(id: string, epoch: number): string {
    const environment = environmentOf(id);
    const highest = this.#epochs[environment] ?? 0;
    if (epoch >= highest) return environment;
    throw new PlimsollError("EPOCH_SUPERSEDED", `the supervisor obeys epoch ${highest} of ${environment}; ${epoch} is over`, {
      why: "another worker has taken over this environment",
      facts: { environment, epoch, highest },
    });
  }

  /** Commands run one after the other; one that fails doesn't stop the next. */
  #inTurn<T>(command: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(command);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #records(): SupervisorState["units"] {
    return [...this.#units.values()].map((unit) => unit.record);
  }

  async #save(epochs: Record<string, number>, units: SupervisorState["units"]): Promise<void> {
    const state: SupervisorState = { version: 1, epochs, units };
    await this.#store.write(JSON.stringify(state));
    this.#epochs = epochs;
  }

  /** What processes did isn't acknowledged to anybody; when it can't be written, the mark in their environment finds them. */
  #saveSoon(): void {
    if (this.#saveWaits) return;
    this.#saveWaits = true;
    void this.#inTurn(async () => {
      this.#saveWaits = false;
      await this.#save(this.#epochs, this.#records());
    }).catch((error: unknown) => this.#log.error({ error: String(error) }, "the state of processes couldn't be written"));
  }
}

function environmentOf(unitId: string): string {
  return unitId.slice(0, unitId.indexOf("/"));
}

function parseState(text: string): SupervisorState {
  try {
    return supervisorStateSchema.parse(JSON.parse(text));
  } catch (error) {
    // Starting from nothing would leave processes alone that somebody has ordered to stop.
    const fix = "restore its state file, or remove it and declare the environments again";
    throw new PlimsollError("STATE_UNEXPECTED", "the supervisor can't read what it wrote about its units", { fix }, error);
  }
}
