import type { Change, ChangeState } from "../domain/change/change.ts";
import type { Queryable } from "./connection.ts";
import { toJsonb } from "./jsonb.ts";

interface ChangeRow {
  id: string;
  kind: string;
  state: ChangeState;
  spec: Change["spec"];
  reason: string;
  requested_by: string;
  created_at: string;
  plan_digest: Change["planDigest"];
  approved_digest: Change["approvedDigest"];
  approved_by: string | null;
  deployment: string | null;
}

export async function readChange(db: Queryable, id: string): Promise<Change | null> {
  const { rows } = await db.query<ChangeRow>("select * from change where id = $1", [id]);
  return rows[0] === undefined ? null : toChange(rows[0]);
}

/** Newest first. */
export async function readChanges(
  db: Queryable,
  filter: { readonly environment?: string; readonly state?: ChangeState; readonly limit: number },
): Promise<Change[]> {
  const { rows } = await db.query<ChangeRow>(
    `select * from change where ($1::text is null or environment = $1) and ($2::text is null or state = $2)
     order by number desc limit $3`,
    [filter.environment ?? null, filter.state ?? null, filter.limit],
  );
  return rows.map(toChange);
}

export async function nextChangeId(db: Queryable): Promise<string> {
  const { rows } = await db.query<{ number: number }>("select nextval('change_number') as number");
  return `C-${(rows[0] as { number: number }).number}`;
}

export async function putChange(db: Queryable, change: Change): Promise<void> {
  await db.query(
    `insert into change (id, number, kind, state, environment, spec, reason, requested_by, created_at, plan_digest, approved_digest, approved_by, deployment)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
     on conflict (id) do update set kind = excluded.kind, state = excluded.state, environment = excluded.environment, spec = excluded.spec,
       reason = excluded.reason, plan_digest = excluded.plan_digest, approved_digest = excluded.approved_digest,
       approved_by = excluded.approved_by, deployment = excluded.deployment`,
    [
      change.id,
      Number(change.id.replace(/^C-/, "")),
      change.kind,
      change.state,
      change.spec.environment,
      toJsonb(change.spec),
      change.reason,
      change.requestedBy,
      change.createdAt,
      change.planDigest,
      change.approvedDigest,
      change.approvedBy,
      change.deployment,
    ],
  );
}

function toChange(row: ChangeRow): Change {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    spec: row.spec,
    reason: row.reason,
    requestedBy: row.requested_by,
    createdAt: row.created_at,
    planDigest: row.plan_digest,
    approvedDigest: row.approved_digest,
    approvedBy: row.approved_by,
    deployment: row.deployment,
  };
}
