import { createHash } from "node:crypto";

/**
 * Key of the lock that an environment's only deployment holds in the cluster's maintenance database. It hangs on the live
 * database's name alone, so that two declarations of the same database exclude each other.
 *
 * @returns a signed 64-bit integer in decimal
 */
export function environmentLockKey(liveDatabase: string): string {
  const digest = createHash("sha256").update(`plimsoll/environment/${liveDatabase}`).digest();
  return digest.readBigInt64BE(0).toString();
}

/**
 * Key of click-odoo-update's lock in the tenant database: the first 14 hexadecimal digits of a SHA-1
 * (click-odoo-contrib 1.24, `_dbutils.advisory_lock`, `update._update_db`).
 */
export function updateLockKey(database: string): string {
  const digest = createHash("sha1").update(`click-odoo-update/${database}`, "utf8").digest("hex");
  return BigInt(`0x${digest.slice(0, 14)}`).toString();
}
