import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { OsUser } from "./render.ts";

const reportBytesMax = 64 * 1024 * 1024;

/**
 * Writes a file of mode 0600 for Odoo's user into a directory that this user owns. Release code runs as that user and may have
 * put links there: the new file is created exclusively and reached through its descriptor only.
 */
export async function writePrivateFile(path: string, text: string, user: OsUser): Promise<void> {
  const part = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(part, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(text);
    await file.chmod(0o600);
    if (user.uid !== null) await file.chown(user.uid, user.gid ?? user.uid);
  } finally {
    await file.close();
  }
  await rename(part, path);
}

/**
 * Reads what a script left for us; null when there is nothing. A link, or a file of somebody else, isn't followed: Plimsoll
 * reads as root, and release code must not choose what.
 */
export async function readPrivateFile(path: string, user: OsUser): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw foreign(path, error);
  });
  if (file === null) return null;
  try {
    const facts = await file.stat();
    if (!facts.isFile() || (user.uid !== null && facts.uid !== user.uid) || facts.size > reportBytesMax) throw foreign(path);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

export async function removePrivateFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

function foreign(path: string, cause?: unknown): PlimsollError {
  return new PlimsollError(
    "STATE_UNEXPECTED",
    `${path} isn't a file that Odoo's user wrote.`,
    { why: "Something put a link, another user's file or an oversized file in its place." },
    cause,
  );
}
