import type { DatabaseInfo, DatabaseMark, SessionInfo, SqlReader, TenantDatabase } from "../../../src/app/ports/tenant-database.ts";
import { PlimsollError } from "../../../src/domain/shared/errors.ts";
import type { FakeCluster, FakeDatabase, FakeHolder, FakeSession } from "./fake-cluster.ts";

type Handle = { readonly name: string; readonly oid: number };

/** The port over a fake cluster, with the refusals of the real one. */
export class FakeTenantDatabase implements TenantDatabase {
  readonly #cluster: FakeCluster;
  readonly #options: { readonly environment: string; readonly live: string; readonly deployment: string; readonly epoch: number };
  #holder: FakeHolder | null = null;
  #updateLock: { readonly database: FakeDatabase; readonly session: FakeSession } | null = null;

  constructor(
    cluster: FakeCluster,
    options: { readonly environment: string; readonly live: string; readonly deployment: string; readonly epoch: number },
  ) {
    this.#cluster = cluster;
    this.#options = options;
  }

  async claim(): Promise<void> {
    if (this.#holder?.alive === true) return;
    const { environment, live, epoch } = this.#options;
    this.#requireReachable();
    const other = this.#cluster.holders.get(environment);
    if (other?.alive === true && other.epoch > epoch) throw superseded(epoch, other.epoch);
    const own = this.#own();
    const current = own.find((database) => database.name === live);
    if (current === undefined) throw new PlimsollError("DATABASE_MISSING", `There is no database "${live}" in the cluster.`);
    if (current.mark !== null && current.mark.environment !== environment)
      throw unexpected(`"${live}" belongs to ${current.mark.environment}`);
    const highest = Math.max(...own.map((database) => database.mark?.epoch ?? 0));
    if (highest > epoch) throw superseded(epoch, highest);
    if (other !== undefined) other.alive = false;
    this.#holder = { environment, epoch, alive: true };
    this.#cluster.holders.set(environment, this.#holder);
    current.mark = { ...(current.mark ?? { environment, deployment: "adopted", role: "live" }), epoch };
    for (const database of own) {
      const disposable = database.mark?.role === "candidate" || database.mark?.role === "copy";
      if (disposable && (database.mark?.epoch ?? 0) < epoch && database.name !== live) this.#close(database);
    }
  }

  async release(): Promise<void> {
    await this.releaseUpdateLock();
    if (this.#holder !== null) this.#holder.alive = false;
    this.#holder = null;
  }

  async takeUpdateLock(): Promise<boolean> {
    this.#requireReachable();
    if (this.#updateLock?.session.alive === true) return true;
    const database = this.#cluster.byName(this.#options.live);
    if (database === undefined) throw new PlimsollError("DATABASE_MISSING", `There is no database "${this.#options.live}" in the cluster.`);
    if (this.#cluster.updateLocks.has(database.oid)) return false;
    const session = this.#cluster.connect(database.name, `plimsoll/${this.#options.environment}`);
    this.#cluster.updateLocks.set(database.oid, session);
    this.#updateLock = { database, session };
    return true;
  }

  async releaseUpdateLock(): Promise<void> {
    if (this.#updateLock !== null) this.#cluster.disconnect(this.#updateLock.database, this.#updateLock.session);
    this.#updateLock = null;
  }

  async databases(): Promise<DatabaseInfo[]> {
    this.#requireReachable();
    return this.#own().map(infoOf);
  }

  async sessions(name: string): Promise<SessionInfo[]> {
    this.#requireReachable();
    const sessions = this.#cluster.byName(name)?.sessions ?? [];
    return sessions.map(({ pid, user, application }) => ({ pid, user, application, state: "idle", transactionAgeMs: null }));
  }

  async fence(handle: Handle): Promise<{ readonly ended: number }> {
    if (handle.name === this.#options.live) await this.releaseUpdateLock();
    return { ended: this.#close(this.#require(handle)) };
  }

  async unfence(handle: Handle): Promise<void> {
    this.#require(handle).allowsConnections = true;
  }

  async clone(source: Handle, target: string, mark: DatabaseMark): Promise<DatabaseInfo> {
    const from = this.#require(source);
    if (from.allowsConnections) throw unexpected(`Database "${source.name}" must be closed before it is cloned.`);
    const there = this.#cluster.byName(target);
    if (there !== undefined) {
      const disposable = there.mark?.role === "candidate" || there.mark?.role === "copy";
      if (there.mark?.environment !== this.#options.environment || !disposable) throw unexpected(`"${target}" is somebody else's`);
      this.#cluster.databases.delete(there.oid);
    }
    const made = this.#cluster.create(target, from.content, from.owner);
    Object.assign(made, { allowsConnections: false, isTemplate: true, mark });
    return infoOf(made);
  }

  async editAlone<T>(handle: Handle, work: (sql: SqlReader) => Promise<T>): Promise<T> {
    const database = this.#require(handle);
    if (database.mark?.role !== "candidate" && database.mark?.role !== "copy")
      throw unexpected(`Database "${database.name}" is neither a candidate nor a copy; nothing is written into it.`);
    if (database.allowsConnections) throw unexpected(`Database "${database.name}" must be closed before it is edited alone.`);
    return work(this.#cluster.readerOf(database));
  }

  async copyByDump(
    source: string,
    target: string,
    mark: DatabaseMark,
    options: Parameters<TenantDatabase["copyByDump"]>[3],
  ): Promise<DatabaseInfo> {
    this.#requireClaim();
    options.signal.throwIfAborted();
    const from = this.#cluster.byName(source);
    if (from === undefined) throw new PlimsollError("DATABASE_MISSING", `There is no database "${source}" in the cluster.`);
    if (target === this.#options.live) throw unexpected("A copy can't have the live name.");
    const there = this.#cluster.byName(target);
    const disposable = there?.mark?.role === "candidate" || there?.mark?.role === "copy";
    if (there !== undefined && (there.mark?.environment !== this.#options.environment || !disposable))
      throw unexpected(`"${target}" is somebody else's`);
    if (there !== undefined) this.#cluster.databases.delete(there.oid);
    this.#cluster.disconnect(from, this.#cluster.connect(source, "pg_dump"));
    options.progress?.(`copying ${source}`);
    const made = this.#cluster.create(target, from.content, options.owner?.user ?? from.owner);
    Object.assign(made, { allowsConnections: false, isTemplate: true, mark });
    return infoOf(made);
  }

  async logSequences(name: string): Promise<number> {
    this.#requireClaim();
    if (this.#cluster.byName(name)?.allowsConnections !== true) throw unexpected(`"${name}" is closed.`);
    return 0;
  }

  async exchange(swap: Parameters<TenantDatabase["exchange"]>[0]): Promise<void> {
    this.#requireClaim();
    if (swap.comes.mark.role !== "live" || swap.goes.mark.role === "live")
      throw unexpected("The one that comes must be marked live, and only that one.");
    if (swap.live !== this.#options.live) throw unexpected(`"${swap.live}" isn't the live name.`);
    const goes = this.#own().find((database) => database.oid === swap.goes.oid);
    const comes = this.#own().find((database) => database.oid === swap.comes.oid);
    if (goes === undefined || comes === undefined) throw unexpected("A database of the exchange is gone, or is somebody else's.");
    if (comes.name === swap.live && goes.name === swap.goes.to) return;
    if (comes.name === swap.live || goes.name !== swap.live)
      throw unexpected(`Expected "${swap.live}"; seen "${goes.name}" and "${comes.name}".`);
    if (this.#cluster.byName(swap.goes.to) !== undefined) throw unexpected(`"${swap.goes.to}" exists.`);
    this.#close(goes);
    this.#close(comes);
    Object.assign(goes, { name: swap.goes.to, mark: swap.goes.mark, allowsConnections: false, isTemplate: false });
    Object.assign(comes, { name: swap.live, mark: swap.comes.mark, allowsConnections: swap.open, isTemplate: false });
  }

  async setMark(handle: Handle, mark: DatabaseMark): Promise<void> {
    this.#require(handle).mark = mark;
  }

  async drop(handle: Handle): Promise<void> {
    this.#requireClaim();
    const database = this.#cluster.databases.get(handle.oid);
    if (database === undefined) return;
    const live = database.name === this.#options.live || database.mark === null || database.mark.role === "live";
    if (live || database.mark?.environment !== this.#options.environment)
      throw unexpected(`Database "${database.name}" is live or somebody else's; it is never dropped.`);
    if (database.name !== handle.name) throw unexpected(`The database with OID ${handle.oid} is called "${database.name}".`);
    this.#close(database);
    this.#cluster.databases.delete(database.oid);
  }

  async read<T>(name: string, work: (sql: SqlReader) => Promise<T>): Promise<T> {
    this.#requireReachable();
    const session = this.#cluster.connect(name, `plimsoll/${this.#options.environment}`);
    const database = this.#cluster.byName(name);
    if (database === undefined) throw new Error(`database "${name}" does not exist`);
    try {
      return await work(this.#cluster.readerOf(database));
    } finally {
      this.#cluster.disconnect(database, session);
    }
  }

  readonly clusterVersion = (): Promise<number> => Promise.resolve(150_000);

  /** What a killed worker leaves: its sessions end, what it did stays. */
  die(): void {
    if (this.#holder !== null) this.#holder.alive = false;
    if (this.#updateLock !== null) this.#cluster.disconnect(this.#updateLock.database, this.#updateLock.session);
  }

  #own(): FakeDatabase[] {
    return [...this.#cluster.databases.values()].filter(
      (database) => database.name === this.#options.live || database.mark?.environment === this.#options.environment,
    );
  }

  #close(database: FakeDatabase): number {
    database.allowsConnections = false;
    const ended = database.sessions.length;
    for (const session of database.sessions) this.#cluster.disconnect(database, session);
    return ended;
  }

  #require(handle: Handle): FakeDatabase {
    this.#requireClaim();
    const database = this.#cluster.databases.get(handle.oid);
    if (database === undefined) throw new PlimsollError("DATABASE_MISSING", `Database "${handle.name}" (OID ${handle.oid}) is gone.`);
    if (database.name !== handle.name)
      throw unexpected(`The database with OID ${handle.oid} is called "${database.name}", not "${handle.name}".`);
    const foreign = database.mark === null ? database.name !== this.#options.live : database.mark.environment !== this.#options.environment;
    if (foreign) throw unexpected(`Database "${database.name}" is not this environment's.`);
    return database;
  }

  #requireClaim(): void {
    this.#requireReachable();
    if (this.#holder?.alive !== true) throw new PlimsollError("LEASE_LOST", "The session that held the environment's lock is gone.");
  }

  #requireReachable(): void {
    if (!this.#cluster.reachable) throw new PlimsollError("DATABASE_UNREACHABLE", "The database server doesn't answer.");
  }
}

function infoOf({ oid, name, owner, allowsConnections, isTemplate, mark, content }: FakeDatabase): DatabaseInfo {
  return { oid, name, owner, allowsConnections, isTemplate, mark, sizeBytes: 8_000_000 + content.length };
}

function unexpected(message: string): PlimsollError {
  return new PlimsollError("STATE_UNEXPECTED", message);
}

function superseded(epoch: number, seen: number): PlimsollError {
  return new PlimsollError("EPOCH_SUPERSEDED", `Epoch ${epoch} is over: epoch ${seen} was seen.`);
}
