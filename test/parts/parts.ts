import { join } from "node:path";
import { cacheRoot, readJson } from "../../tools/setup/cache.mjs";

/** A real Odoo; started as `<python> <server> …` with the environment of `odooEnv`. */
export interface OdooPart {
  readonly version: string;
  readonly packageVersion: string;
  readonly root: string;
  readonly python: string;
  readonly pythonPath: string;
  readonly server: string;
  readonly addonsPath: string;
  readonly pycachePrefix: string;
}

export interface PostgresPart {
  readonly version: string;
  readonly binDir: string;
}

/** What set-up installed, as `<cache>/parts.json` says. */
export interface Parts {
  readonly odoo: OdooPart;
  /** PostgreSQL for tenants, with pg_dump and pg_restore. */
  readonly postgres: PostgresPart;
  /** PostgreSQL for Plimsoll's own store; has no client programs. */
  readonly embeddedPostgres: PostgresPart;
}

/** @throws when set-up didn't run */
export function readParts(): Parts {
  const file = join(cacheRoot(), "parts.json");
  const parts = readJson(file);
  if (parts === null) throw new Error(`${file} is missing: run npm run setup`);
  return parts as Parts;
}
