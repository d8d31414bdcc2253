import { createHash } from "node:crypto";
import { lchown, lstat, opendir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { Isolation } from "../../../app/ports/odoo-runtime.ts";
import type { OsUser } from "./render.ts";

/** Ids that Debian leaves to local use and no package takes. Source: Debian policy §9.2.2, 60000–64999 reserved, 64000 on dynamic. */
export const firstUserId = 64_000;
export const lastUserId = 64_999;

export interface UserDecision {
  readonly user: OsUser;
  readonly isolation: Isolation;
  /** The data directory has to be given to the user first. */
  readonly takeOver: boolean;
  /** Odoo can't run as this user until somebody opens a folder. */
  readonly obstacle: string | null;
}

/**
 * Who Odoo runs as: the owner of the data directory; where root owns it, a numeric user that only this environment has. Reads
 * only.
 *
 * @param paths everything Odoo must reach: state, interpreter, server, addons
 */
export async function decideUser(
  environment: EnvironmentSpec,
  paths: readonly string[],
  otherUserIds: readonly number[],
  selfId: number = process.getuid?.() ?? 0,
): Promise<UserDecision> {
  if (selfId !== 0)
    return asSelf(
      `Not isolated: Plimsoll doesn't run as root, so release code runs as Plimsoll's own user (${selfId}) and could read its files.`,
    );
  const facts = await stat(environment.dataDirectory).catch((error: NodeJS.ErrnoException) => {
    throw new PlimsollError(
      "FILESTORE_MISSING",
      `The data directory ${environment.dataDirectory} can't be read.`,
      { why: error.code ?? String(error) },
      error,
    );
  });
  if (facts.uid !== 0)
    return asOwner(facts.uid, facts.gid === 0 ? facts.uid : facts.gid, [environment.dataDirectory, ...paths], otherUserIds);
  const uid = allocateUserId(environment.name, otherUserIds);
  if (uid === null) return asSelf(`Not isolated: no user id from ${firstUserId} to ${lastUserId} is left, so release code runs as root.`);
  const closed = await firstClosedFolder([environment.dataDirectory, ...paths], { uid, gid: uid });
  if (closed !== null) return asSelf(`Not isolated: a user of its own can't enter ${closed}, so release code runs as root.`);
  return { user: { uid, gid: uid }, isolation: isolatedAs(uid), takeOver: true, obstacle: null };
}

/** Gives the data directory to Odoo's user; links are changed themselves, never what they point to. */
export async function takeOver(directory: string, user: { readonly uid: number; readonly gid: number }): Promise<void> {
  const entries = await opendir(directory);
  for await (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await takeOver(path, user);
    else await chownOwn(path, user);
  }
  // The folder itself comes last: an interrupted take-over is seen as not begun and done again.
  await chownOwn(directory, user);
}

/** A number in the range that depends on the environment's name and that nobody else has; null when all are taken. */
export function allocateUserId(environment: string, otherUserIds: readonly number[]): number | null {
  const size = lastUserId - firstUserId + 1;
  const start = createHash("sha256").update(environment).digest().readUInt32BE(0) % size;
  const others = new Set(otherUserIds);
  for (let offset = 0; offset < size; offset++) {
    const uid = firstUserId + ((start + offset) % size);
    if (!others.has(uid)) return uid;
  }
  return null;
}

/** The first folder on the way to any of the paths that the user can't enter; null when all can be reached. */
export async function firstClosedFolder(
  paths: readonly string[],
  user: { readonly uid: number; readonly gid: number },
): Promise<string | null> {
  const checked = new Set<string>();
  for (const path of paths) {
    for (let folder = dirname(resolve(path)); !checked.has(folder); folder = dirname(folder)) {
      checked.add(folder);
      const facts = await stat(folder).catch(() => null);
      if (facts === null) continue;
      const bit = facts.uid === user.uid ? 0o100 : facts.gid === user.gid ? 0o010 : 0o001;
      if ((facts.mode & bit) === 0) return folder;
    }
  }
  return null;
}

async function asOwner(uid: number, gid: number, paths: readonly string[], otherUserIds: readonly number[]): Promise<UserDecision> {
  const closed = await firstClosedFolder(paths, { uid, gid });
  const isolation = otherUserIds.includes(uid)
    ? { isolated: false, sentence: `Not isolated: user ${uid}, who owns the data directory, also runs another environment's Odoo.` }
    : isolatedAs(uid);
  return {
    user: { uid, gid },
    isolation,
    takeOver: false,
    obstacle: closed === null ? null : `User ${uid}, who owns the data directory, can't enter ${closed}.`,
  };
}

function isolatedAs(uid: number): Isolation {
  return {
    isolated: true,
    sentence: `Release code runs as user ${uid}, which no other environment uses and which can't read Plimsoll's files.`,
  };
}

function asSelf(sentence: string): UserDecision {
  return { user: { uid: null, gid: null }, isolation: { isolated: false, sentence }, takeOver: false, obstacle: null };
}

async function chownOwn(path: string, user: { readonly uid: number; readonly gid: number }): Promise<void> {
  const facts = await lstat(path).catch(() => null);
  // Gone meanwhile, or not root's: an attachment tree may hold what another user put there on purpose.
  if (facts === null || facts.uid !== 0) return;
  await lchown(path, user.uid, user.gid);
}
