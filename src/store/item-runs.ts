import type { Clock } from "../app/ports/clock.ts";
import type { ItemRun } from "../domain/rollout/deployment.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Queryable } from "./connection.ts";
import { toJsonb } from "./jsonb.ts";

interface ItemRunRow {
  deployment: string;
  position: number;
  item: string;
  type: ItemRun["type"];
  attempt: number;
  epoch: number;
  state: ItemRun["state"];
  output: ItemRun["output"];
  verdict: ItemRun["verdict"];
  error: ItemRun["error"];
  evidence: ItemRun["evidence"] | null;
  progress: number | null;
  progress_message: string | null;
  started_at: string;
  ended_at: string | null;
}

export interface ItemEnd {
  readonly state: ItemRun["state"];
  readonly output?: ItemRun["output"];
  readonly verdict?: ItemRun["verdict"];
  readonly error?: ItemRun["error"];
  readonly evidence?: ItemRun["evidence"];
}

/** In the order in which they began. */
export async function readItemRuns(db: Queryable, deployment: string): Promise<ItemRun[]> {
  const { rows } = await db.query<ItemRunRow>("select * from item_run where deployment = $1 order by started_at, position, attempt", [
    deployment,
  ]);
  return rows.map(toItemRun);
}

export async function startItem(
  db: Queryable,
  clock: Clock,
  run: {
    readonly deployment: string;
    readonly position: number;
    readonly item: string;
    readonly type: "step" | "gate";
    readonly epoch: number;
  },
): Promise<ItemRun> {
  const { rows } = await db.query<ItemRunRow>(
    `insert into item_run (deployment, position, attempt, item, type, epoch, state, started_at)
     select $1, $2, coalesce(max(attempt), 0) + 1, $3, $4, $5, 'started', $6 from item_run where deployment = $1 and position = $2
     returning *`,
    [run.deployment, run.position, run.item, run.type, run.epoch, clock.now()],
  );
  return toItemRun(rows[0] as ItemRunRow);
}

/** Writes to the latest attempt. What isn't given stays as it is: an undo keeps the output of what it undoes. */
export async function endItem(
  db: Queryable,
  clock: Clock,
  deployment: string,
  position: number,
  epoch: number,
  end: ItemEnd,
): Promise<void> {
  const { rowCount } = await db.query(
    `update item_run set state = $3, epoch = $4,
       output = coalesce($5::jsonb, output), verdict = coalesce($6::jsonb, verdict), error = coalesce($7::jsonb, error),
       evidence = coalesce($8::jsonb, evidence), ended_at = $9
     where deployment = $1 and position = $2
       and attempt = (select max(attempt) from item_run where deployment = $1 and position = $2)`,
    [
      deployment,
      position,
      end.state,
      epoch,
      orNull(end.output),
      orNull(end.verdict),
      orNull(end.error),
      orNull(end.evidence),
      end.state === "started" || end.state === "undoing" ? null : clock.now(),
    ],
  );
  if (rowCount !== 1) throw new PlimsollError("STATE_UNEXPECTED", `Item ${position} of ${deployment} ended and had not begun.`);
}

export async function noteProgress(
  db: Queryable,
  deployment: string,
  fence: { readonly owner: string; readonly epoch: number },
  position: number,
  fraction: number | null,
  message: string,
): Promise<void> {
  await db.query(
    `update item_run r set progress = $5, progress_message = $6
     from deployment d
     where d.id = $1 and d.lease_owner = $2 and d.epoch = $3 and r.deployment = d.id and r.position = $4
       and r.attempt = (select max(attempt) from item_run where deployment = $1 and position = $4)`,
    [deployment, fence.owner, fence.epoch, position, fraction, message],
  );
}

function orNull(value: unknown): string | null {
  return value === undefined || value === null ? null : toJsonb(value);
}

function toItemRun(row: ItemRunRow): ItemRun {
  return {
    deployment: row.deployment,
    position: row.position,
    item: row.item,
    type: row.type,
    attempt: row.attempt,
    epoch: row.epoch,
    state: row.state,
    output: row.output,
    verdict: row.verdict,
    error: row.error,
    progress: row.progress,
    progressMessage: row.progress_message,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    ...(row.evidence === null || row.evidence === undefined ? {} : { evidence: row.evidence }),
  };
}
