import { randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { PlimsollError } from "../domain/shared/errors.ts";

/** Where a host's Plimsoll keeps what is its own. */
export interface Home {
  readonly root: string;
  /** Plimsoll's own PostgreSQL. */
  readonly store: string;
  readonly releases: string;
  readonly evidence: string;
  readonly environments: string;
  readonly supervisor: string;
  readonly gateway: string;
  readonly tokenFile: string;
  /** Address of the server that runs, while it runs. */
  readonly serverFile: string;
  readonly logFile: string;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** `PLIMSOLL_HOME`; else /var/lib/plimsoll for root and ~/.local/share/plimsoll for everybody else. */
export function homeOf(env: Variables, userId: number = process.getuid?.() ?? 0): Home {
  const given = env["PLIMSOLL_HOME"];
  const root =
    given === undefined || given === "" ? (userId === 0 ? "/var/lib/plimsoll" : join(homedir(), ".local/share/plimsoll")) : resolve(given);
  return {
    root,
    store: join(root, "store"),
    releases: join(root, "releases"),
    evidence: join(root, "evidence"),
    environments: join(root, "environments"),
    supervisor: join(root, "supervisor"),
    gateway: join(root, "gateway"),
    tokenFile: join(root, "token"),
    serverFile: join(root, "server.json"),
    logFile: join(root, "plimsoll.log"),
  };
}

/**
 * Makes the folders. Other OS users may pass through to what they must read (PostgreSQL its data, Odoo its release); what is
 * secret is closed.
 */
export async function prepareHome(home: Home): Promise<void> {
  try {
    await mkdir(home.root, { recursive: true });
    await chmod(home.root, 0o711);
    await mkdir(home.environments, { recursive: true });
    await chmod(home.environments, 0o711);
    for (const closed of [home.evidence, home.supervisor, home.gateway]) {
      await mkdir(closed, { recursive: true });
      await chmod(closed, 0o700);
    }
  } catch (error) {
    throw new PlimsollError(
      "STATE_UNEXPECTED",
      `The home directory ${home.root} can't be made ready.`,
      { why: error instanceof Error ? error.message : String(error), fix: "Set PLIMSOLL_HOME to a directory that this user may write to." },
      error,
    );
  }
}

/** The token of this home; made when it is missing. Two at once make one. */
export async function ensureToken(home: Home): Promise<string> {
  const existing = await readToken(home);
  if (existing !== null) return existing;
  const beside = `${home.tokenFile}.${randomBytes(6).toString("hex")}`;
  await writeFile(beside, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  try {
    await link(beside, home.tokenFile);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(beside, { force: true });
  }
  const made = await readToken(home);
  if (made === null)
    throw new PlimsollError("STATE_UNEXPECTED", `The token file ${home.tokenFile} is empty.`, {
      fix: "Remove it and start the server again.",
    });
  return made;
}

export async function readToken(home: Home): Promise<string | null> {
  const text = await readFile(home.tokenFile, "utf8").catch(() => "");
  return text.trim() === "" ? null : text.trim();
}

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** What the last server wrote; whether it still runs is another question. */
export async function readServer(home: Home): Promise<RunningServer | null> {
  try {
    const value = JSON.parse(await readFile(home.serverFile, "utf8")) as Partial<RunningServer>;
    return typeof value.url === "string" && typeof value.pid === "number" && typeof value.startedAt === "string"
      ? { url: value.url, pid: value.pid, startedAt: value.startedAt }
      : null;
  } catch {
    return null;
  }
}

export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2_000) });
    return response.ok && ((await response.json()) as { product?: string }).product === "plimsoll";
  } catch {
    return false;
  }
}
