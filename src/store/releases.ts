import type { Release } from "../domain/release/release.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { Queryable } from "./connection.ts";
import { toJsonb } from "./jsonb.ts";

interface ReleaseRow {
  name: string;
  digest: Release["digest"];
  content: Release["content"];
  metadata: Release["metadata"];
  created_at: string;
  created_by: string;
}

export async function readRelease(db: Queryable, nameOrDigest: string): Promise<Release | null> {
  const { rows } = await db.query<ReleaseRow>("select * from release where name = $1 or digest = $1 order by created_at, name limit 1", [
    nameOrDigest,
  ]);
  return rows[0] === undefined ? null : toRelease(rows[0]);
}

export async function readReleases(db: Queryable): Promise<Release[]> {
  const { rows } = await db.query<ReleaseRow>("select * from release order by created_at, name");
  return rows.map(toRelease);
}

/** A name means one digest for ever; putting the same again changes nothing. @throws CONFLICT */
export async function putRelease(db: Queryable, release: Release): Promise<void> {
  await db.query(
    `insert into release (name, digest, content, metadata, created_at, created_by) values ($1, $2, $3, $4, $5, $6)
     on conflict (name) do nothing`,
    [release.name, release.digest, toJsonb(release.content), toJsonb(release.metadata), release.createdAt, release.createdBy],
  );
  const { rows } = await db.query<{ digest: string }>("select digest from release where name = $1", [release.name]);
  if (rows[0]?.digest === release.digest) return;
  throw new PlimsollError("CONFLICT", `There is another release named ${release.name}.`, {
    why: "A release never changes, and its name stands for its content.",
    fix: "choose another name",
  });
}

function toRelease(row: ReleaseRow): Release {
  return {
    name: row.name,
    digest: row.digest,
    content: row.content,
    metadata: row.metadata,
    createdAt: row.created_at,
    createdBy: row.created_by,
  };
}
