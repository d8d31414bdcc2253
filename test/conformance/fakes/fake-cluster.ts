import type { DatabaseMark, SqlReader } from "../../../src/app/ports/tenant-database.ts";

/** One database of the fake cluster. `content` stands for everything in it: who reads it knows which bytes users would see. */
export interface FakeDatabase {
  readonly oid: number;
  name: string;
  readonly owner: string;
  allowsConnections: boolean;
  isTemplate: boolean;
  mark: DatabaseMark | null;
  content: string;
  sessions: FakeSession[];
}

export interface FakeSession {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  alive: boolean;
}

/** The session in the maintenance database that holds an environment's lock. */
export interface FakeHolder {
  readonly environment: string;
  readonly epoch: number;
  alive: boolean;
}

/** A PostgreSQL cluster in memory: names, OIDs, marks, who may connect, who holds which lock. SQL is answered by `answer`. */
export class FakeCluster {
  readonly databases: Map<number, FakeDatabase> = new Map();
  readonly holders: Map<string, FakeHolder> = new Map();
  /** Databases whose click-odoo-update lock is taken, by OID, with the session that has it. */
  readonly updateLocks: Map<number, FakeSession> = new Map();
  reachable = true;
  /** What a query in a database gives; an empty world knows nothing. */
  answer: (database: FakeDatabase, sql: string, parameters: readonly unknown[]) => Record<string, unknown>[] = () => [];
  #nextOid = 16_384;
  #nextPid = 4_001;

  create(name: string, content: string, owner = "odoo"): FakeDatabase {
    const database: FakeDatabase = {
      oid: this.#nextOid++,
      name,
      owner,
      allowsConnections: true,
      isTemplate: false,
      mark: null,
      content,
      sessions: [],
    };
    this.databases.set(database.oid, database);
    return database;
  }

  byName(name: string): FakeDatabase | undefined {
    return [...this.databases.values()].find((database) => database.name === name);
  }

  /** @throws Error when the database is closed or not there, as a driver would */
  connect(name: string, application: string, user = "odoo"): FakeSession {
    const database = this.byName(name);
    if (database === undefined) throw new Error(`database "${name}" does not exist`);
    if (!database.allowsConnections) throw new Error(`database "${name}" is not currently accepting connections`);
    const session: FakeSession = { pid: this.#nextPid++, user, application, alive: true };
    database.sessions.push(session);
    return session;
  }

  disconnect(database: FakeDatabase, session: FakeSession): void {
    session.alive = false;
    database.sessions = database.sessions.filter((other) => other !== session);
    if (this.updateLocks.get(database.oid) === session) this.updateLocks.delete(database.oid);
  }

  readerOf(database: FakeDatabase): SqlReader {
    return {
      query: <R extends Record<string, unknown>>(sql: string, parameters: readonly unknown[] = []) =>
        Promise.resolve(this.answer(database, sql, parameters) as R[]),
    };
  }
}
