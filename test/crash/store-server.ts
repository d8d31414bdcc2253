import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbedded, type Embedded } from "../../src/systems/embedded-postgres/start-embedded.ts";
import { readParts } from "../parts/parts.ts";

export interface StoreServer {
  readonly embedded: Embedded;
  readonly directory: string;
  /** A new empty database. @returns its connection string */
  database(): Promise<string>;
  /** Ends the server and removes its folder. */
  close(): Promise<void>;
}

/** A real PostgreSQL for tests of the store and the engine: the one that Plimsoll brings. */
export async function startStoreServer(): Promise<StoreServer> {
  const directory = await mkdtemp(join(tmpdir(), "plimsoll-store-"));
  // The copy that set-up made: a checkout may lie where the server's own user can't read.
  const embedded = await startEmbedded({ directory, binDir: readParts().embeddedPostgres.binDir, log: () => undefined });
  let databases = 0;
  return {
    embedded,
    directory,
    async database() {
      const name = `test_${(databases += 1)}`;
      const client = new pg.Client({ connectionString: embedded.connectionString });
      await client.connect();
      await client.query(`create database ${name}`);
      await client.end();
      const url = new URL(embedded.connectionString);
      url.pathname = `/${name}`;
      return url.href;
    },
    async close() {
      await embedded.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
