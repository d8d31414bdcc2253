import { createHash } from "node:crypto";
import { readFileSync, writeFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { CatalogueSnapshot } from "../../src/domain/fleet/catalogue-snapshot.ts";
import type { TenantFacts } from "../../src/domain/fleet/facts.ts";
import type { TenantContent } from "../../src/domain/fleet/tenant-content.ts";
import { openDirectory } from "../setup/cache.mjs";
import type { ChangedRecord } from "./record-content.ts";
import { buildsOf, type Pair, type Sample } from "./sample.ts";
import { corpusCache } from "./wheels.ts";

/** What a real Odoo made of a pair. Kept, so that predictions can be compared with it again and again without an Odoo. */
export interface OracleRecord {
  readonly formatVersion: typeof oracleFormat;
  readonly pair: Pair;
  readonly odoo: string;
  /** Modules named in `-u`. */
  readonly updated: readonly string[];
  readonly outcome: OracleOutcome;
  /** Odoo's log of the update, or of the installation that failed. */
  readonly log: string;
  readonly installMs: number;
  readonly updateMs: number;
}

export type OracleOutcome =
  | {
      readonly kind: "updated";
      readonly facts: TenantFacts;
      readonly content: TenantContent;
      readonly before: CatalogueSnapshot;
      readonly after: CatalogueSnapshot;
      readonly changed: Readonly<Record<string, ChangedRecord>>;
      /** xmlids that name a row which lives on although the xmlid is gone. */
      readonly forgotten: readonly string[];
    }
  /** The old release can't be installed here, so there is nothing to compare. */
  | { readonly kind: "not installed"; readonly why: string }
  /** The new release's own update fails. */
  | {
      readonly kind: "update failed";
      readonly why: string;
      readonly facts: TenantFacts;
      readonly content: TenantContent;
      readonly before: CatalogueSnapshot;
    };

/** Raised when what a record holds changes. */
const oracleFormat = 1;
export const currentFormat: typeof oracleFormat = oracleFormat;

/** By everything that the outcome depends on: bytes of all wheels, Odoo's package, tenant, and what was named in `-u`. */
export function oracleFile(pair: Pair, sample: Sample, odoo: string, updated: readonly string[]): string {
  const digests = (["from", "to"] as const).map((side) =>
    buildsOf(pair, side).map(({ addon, version }) => [addon, sample.wheels[addon]?.[version]]),
  );
  const key = createHash("sha256")
    .update(JSON.stringify([oracleFormat, odoo, pair.template, digests, updated, ...(pair.python === undefined ? [] : [sample.python])]))
    .digest("hex")
    .slice(0, 12);
  return join(corpusCache(), "oracle", pair.addon, `${pair.from}--${pair.to}-${key}.json.gz`);
}

export function readOracle(file: string): OracleRecord {
  return JSON.parse(gunzipSync(readFileSync(file)).toString()) as OracleRecord;
}

export function writeOracle(file: string, record: OracleRecord): void {
  openDirectory(dirname(file));
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, gzipSync(JSON.stringify(record)));
  renameSync(temporary, file);
}
