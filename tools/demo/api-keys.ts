import { pbkdf2Sync, randomBytes } from "node:crypto";

/** Odoo 19 keeps the first eight characters in the clear to find a key, and a hash of the whole (odoo/addons/base/models/res_users.py). */
const indexLength = 8;
const rounds = 6000;

export interface ApiKey {
  readonly key: string;
  readonly index: string;
  /** As passlib writes `pbkdf2_sha512`. */
  readonly hash: string;
}

/** A key as Odoo's own dialogue would make it, so that the demo can act as eight people without a browser. */
export function makeApiKey(): ApiKey {
  const key = randomBytes(20).toString("hex");
  const salt = randomBytes(16);
  const digest = pbkdf2Sync(key, salt, rounds, 64, "sha512");
  return { key, index: key.slice(0, indexLength), hash: `$pbkdf2-sha512$${rounds}$${adapted(salt)}$${adapted(digest)}` };
}

/** passlib's base64: `.` for `+`, no padding. */
function adapted(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", ".").replaceAll("=", "");
}
