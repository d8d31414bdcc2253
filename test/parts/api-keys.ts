import { pbkdf2Sync, randomBytes } from "node:crypto";
import type { Cluster } from "./cluster.ts";

/** Odoo 19 keeps the first eight characters in the clear to find a key, and a hash of the whole (odoo/addons/base/models/res_users.py). */
const indexLength = 8;
const rounds = 6000;

interface ApiKey {
  readonly key: string;
  readonly index: string;
  /** As passlib writes `pbkdf2_sha512`. */
  readonly hash: string;
}

/** Gives each of the users a key, so that they can act without a browser. @returns the keys, in the order of the users */
export async function giveApiKeys(cluster: Cluster, database: string, logins: string): Promise<readonly string[]> {
  const people = await cluster.query<{ id: number }>(database, "SELECT id FROM res_users WHERE login LIKE $1 ORDER BY id", [logins]);
  const keys: string[] = [];
  for (const { id } of people) {
    const { key, index, hash } = makeApiKey();
    await cluster.query(
      database,
      "INSERT INTO res_users_apikeys (name, user_id, scope, expiration_date, index, key) VALUES ('sample', $1, NULL, now() + interval '1 day', $2, $3)",
      [id, index, hash],
    );
    keys.push(key);
  }
  return keys;
}

/** A key as Odoo's own dialogue would make it. */
function makeApiKey(): ApiKey {
  const key = randomBytes(20).toString("hex");
  const salt = randomBytes(16);
  const digest = pbkdf2Sync(key, salt, rounds, 64, "sha512");
  return { key, index: key.slice(0, indexLength), hash: `$pbkdf2-sha512$${rounds}$${adapted(salt)}$${adapted(digest)}` };
}

/** passlib's base64: `.` for `+`, no padding. */
function adapted(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", ".").replaceAll("=", "");
}
