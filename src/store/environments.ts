import type { Clock } from "../app/ports/clock.ts";
import type { EnvironmentRecord, ServingRecord } from "../app/ports/store.ts";
import type { EnvironmentSpec } from "../domain/fleet/environment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Digest } from "../domain/shared/digest.ts";
import type { Queryable } from "./connection.ts";
import { toJsonb } from "./jsonb.ts";

interface EnvironmentRow {
  name: string;
  spec: EnvironmentSpec;
  release: Digest | null;
  generation: string;
  base_digest: Digest | null;
  epoch: number;
  created_at: string;
  updated_at: string;
}

export async function readEnvironment(db: Queryable, name: string): Promise<EnvironmentRecord | null> {
  const { rows } = await db.query<EnvironmentRow>("select * from environment where name = $1", [name]);
  return rows[0] === undefined ? null : toEnvironment(rows[0]);
}

export async function readEnvironments(db: Queryable): Promise<EnvironmentRecord[]> {
  const { rows } = await db.query<EnvironmentRow>("select * from environment order by name");
  return rows.map(toEnvironment);
}

export async function putEnvironment(db: Queryable, clock: Clock, spec: EnvironmentSpec, initial: ServingRecord): Promise<void> {
  await db.query(
    `insert into environment (name, spec, release, generation, base_digest, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6)
     on conflict (name) do update set spec = excluded.spec, updated_at = excluded.updated_at`,
    [spec.name, toJsonb(spec), initial.release, initial.generation, initial.baseDigest, clock.now()],
  );
}

export async function setServing(db: Queryable, clock: Clock, environment: string, serving: ServingRecord): Promise<void> {
  const { rowCount } = await db.query(
    "update environment set release = $2, generation = $3, base_digest = $4, updated_at = $5 where name = $1",
    [environment, serving.release, serving.generation, serving.baseDigest, clock.now()],
  );
  if (rowCount !== 1) throw new PlimsollError("NOT_FOUND", `There is no environment ${environment}.`);
}

/** Locks the environment's row to the end of the transaction: claims and new deployments take turns. */
export async function lockEnvironment(db: Queryable, name: string): Promise<{ readonly epoch: number }> {
  const { rows } = await db.query<{ epoch: number }>("select epoch from environment where name = $1 for update", [name]);
  if (rows[0] === undefined) throw new PlimsollError("NOT_FOUND", `There is no environment ${name}.`);
  return rows[0];
}

function toEnvironment(row: EnvironmentRow): EnvironmentRecord {
  return {
    spec: row.spec,
    release: row.release,
    generation: row.generation,
    baseDigest: row.base_digest,
    epoch: row.epoch,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
