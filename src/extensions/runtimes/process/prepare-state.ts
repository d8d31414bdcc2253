import { randomBytes } from "node:crypto";
import { chmod, chown, copyFile, mkdir, readFile, rename, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { deepProbeScript, smokeScript } from "../../../odoo/probe/report.ts";
import { dependenciesScript, launcherScript, neutraliseScript, usageScript } from "../../../odoo/server/scripts.ts";
import { takeOver } from "./odoo-user.ts";
import type { UserDecision } from "./odoo-user.ts";
import type { OsUser, RuntimePaths } from "./render.ts";

/** What the others import comes first. */
const scripts = [usageScript, launcherScript, dependenciesScript, neutraliseScript, deepProbeScript, smokeScript];

/**
 * Makes the folders and scripts of an environment's runtime and gives Odoo's user what it must own. Converges; called before
 * anything of Odoo's runs.
 *
 * @throws INPUT_INVALID when Odoo's user can't reach something
 */
export async function prepareState(environment: EnvironmentSpec, paths: RuntimePaths, decision: UserDecision): Promise<OsUser> {
  if (decision.obstacle !== null) {
    throw new PlimsollError("INPUT_INVALID", decision.obstacle, {
      why: "Odoo runs as the owner of its data directory, so that files it writes stay usable.",
      fix: "Let this folder be entered (chmod o+x), or move what lies below it.",
    });
  }
  const { user } = decision;
  // Traversable, not readable: Odoo's user goes through to the scripts and to the folder that is its own.
  await folder(paths.root, 0o711, null);
  await folder(paths.generations, 0o700, null);
  await folder(paths.logs, 0o700, null);
  await folder(paths.scripts, 0o755, null);
  await folder(paths.privateDirectory, 0o700, user);
  await folder(paths.pycache, 0o700, user);
  for (const script of scripts) await installScript(script, paths.scripts);
  if (decision.takeOver && user.uid !== null) await takeOver(environment.dataDirectory, { uid: user.uid, gid: user.gid ?? user.uid });
  return user;
}

/** A tree that was linked by root belongs to Odoo's user before Odoo works with it: it adds attachments there. */
export async function ownFilestore(environment: EnvironmentSpec, database: string, user: OsUser): Promise<void> {
  if (user.uid === null) return;
  const tree = join(environment.dataDirectory, "filestore", database);
  const facts = await stat(tree).catch(() => null);
  if (facts !== null && facts.uid === 0) await takeOver(tree, { uid: user.uid, gid: user.gid ?? user.uid });
}

async function folder(path: string, mode: number, owner: OsUser | null): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
  if (owner !== null && owner.uid !== null) await chown(path, owner.uid, owner.gid ?? owner.uid);
}

/** A running process may be about to read the old one: the new one takes its place whole. */
async function installScript(from: URL, directory: string): Promise<void> {
  const target = join(directory, basename(fileURLToPath(from)));
  const [source, installed] = await Promise.all([readFile(from), readFile(target).catch(() => null)]);
  if (installed !== null && source.equals(installed)) return;
  // Two probes can begin at the same time.
  const part = `${target}.${randomBytes(6).toString("hex")}`;
  await copyFile(from, part);
  await chmod(part, 0o644);
  await rename(part, target);
}
