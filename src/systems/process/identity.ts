import { readFileSync, readdirSync } from "node:fs";

/**
 * What tells a process from every other one this machine has run: a pid alone comes back, a pid with its start time within
 * one boot doesn't. Source: proc(5), fields of /proc/pid/stat.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process. */
  readonly startTicks: number;
  readonly bootId: string;
}

export interface ProcessFacts extends ProcessIdentity {
  readonly parent: number;
  /** Process group. */
  readonly group: number;
  readonly session: number;
  /** Real user id. */
  readonly uid: number;
}

let knownBootId: string | null = null;

function bootId(): string {
  knownBootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBootId;
}

/** Facts of a process that runs; null when there is none, or only a zombie that waits for its parent. */
export function readProcess(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name is in brackets and may hold spaces and brackets itself: count fields from the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const state = fields[0] ?? "";
    if (state === "Z" || state === "X") return null;
    const uid = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1];
    return {
      pid,
      startTicks: Number(fields[19]),
      bootId: bootId(),
      parent: Number(fields[1]),
      group: Number(fields[2]),
      session: Number(fields[3]),
      uid: Number(uid),
    };
  } catch {
    return null;
  }
}

/** The environment a process was started with; null when it is gone or belongs to somebody we may not look at. */
export function readEnviron(pid: number): Readonly<Record<string, string>> | null {
  try {
    const environ: Record<string, string> = {};
    for (const entry of readFileSync(`/proc/${pid}/environ`, "utf8").split("\0")) {
      const at = entry.indexOf("=");
      if (at > 0) environ[entry.slice(0, at)] = entry.slice(at + 1);
    }
    return environ;
  } catch {
    return null;
  }
}

/** Every pid of this machine, or of this container. */
export function listProcesses(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 0);
}

/** Does exactly this process still run? */
export function stillRuns(identity: ProcessIdentity): boolean {
  const now = readProcess(identity.pid);
  return now !== null && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** Signals exactly this process; false when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!stillRuns(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}
