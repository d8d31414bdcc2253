import type { Clock } from "../app/ports/clock.ts";
import type { EnvironmentRecord, ServingRecord } from "../app/ports/store.ts";
import { defaultLimits, type EnvironmentHold, type EnvironmentSpec, type ModuleLag } from "../domain/fleet/environment.ts";
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
  lag: ModuleLag[];
  held: EnvironmentHold | null;
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
    `insert into environment (name, spec, release, generation, base_digest, lag, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $7)
     on conflict (name) do update set spec = excluded.spec, updated_at = excluded.updated_at`,
    [spec.name, toJsonb(spec), initial.release, initial.generation, initial.baseDigest, toJsonb(initial.lag), clock.now()],
  );
}

export async function setServing(db: Queryable, clock: Clock, environment: string, serving: ServingRecord): Promise<void> {
  const { rowCount } = await db.query(
    "update environment set release = $2, generation = $3, base_digest = $4, lag = $5, updated_at = $6 where name = $1",
    [environment, serving.release, serving.generation, serving.baseDigest, toJsonb(serving.lag), clock.now()],
  );
  if (rowCount !== 1) throw new PlimsollError("NOT_FOUND", `There is no environment ${environment}.`);
}

/** @throws NOT_FOUND */
export async function holdEnvironment(db: Queryable, clock: Clock, environment: string, hold: EnvironmentHold | null): Promise<void> {
  const { rowCount } = await db.query("update environment set held = $2, updated_at = $3 where name = $1", [
    environment,
    hold === null ? null : toJsonb(hold),
    clock.now(),
  ]);
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
    // A declaration that an older version kept doesn't say what that version didn't know.
    spec: { ...row.spec, limits: { ...row.spec.limits, soakMs: row.spec.limits.soakMs ?? defaultLimits.soakMs } },
    release: row.release,
    generation: row.generation,
    baseDigest: row.base_digest,
    lag: row.lag,
    held: row.held,
    epoch: row.epoch,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
