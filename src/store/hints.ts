import type { Queryable } from "./connection.ts";

/**
 * A job for graphile-worker in the caller's transaction: `advance:<host>`, so that only workers of that host take it. The
 * key keeps one waiting job per deployment; one that a dead worker still has locked stands in nobody's way.
 */
export async function hint(db: Queryable, deployment: string, host: string, runAt?: string): Promise<void> {
  await db.query(
    `select graphile_worker.add_job($1, payload := json_build_object('deployment', $2::text), run_at := coalesce($3::timestamptz, now()),
       max_attempts := 3, job_key := 'advance:' || $2::text)`,
    [`advance:${host}`, deployment, runAt ?? null],
  );
}
