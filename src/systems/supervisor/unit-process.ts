import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, writeSync } from "node:fs";
import type { Unit } from "../../app/ports/supervisor.ts";
import { openLog } from "./unit-log.ts";

/** What the supervisor asks about processes; systems/process/identity.ts answers. */
export interface ProcessTable {
  read(pid: number): ProcessFacts | null;
  environ(pid: number): Readonly<Record<string, string>> | null;
  pids(): number[];
}

export interface Identity {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

export interface ProcessFacts extends Identity {
  readonly group: number;
  readonly session: number;
  readonly uid: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process that isn't our child tells nobody of its end. */
const adoptedPollMs = 200;

/**
 * What of a unit its process is made of. Epoch, labels and the manner of stopping may change while it runs; anything else means
 * another process.
 */
export function definitionOf(unit: Unit): string {
  const env = Object.entries(unit.env).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = [unit.argv, unit.cwd, env, unit.uid, unit.gid, unit.logFile];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/**
 * Starts a unit in a session of its own: it outlives us, and one signal reaches its whole group.
 *
 * @param exited called when it has ended, with what the system said
 */
export function startUnit(unit: Unit, exited: (exit: Exit) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const [program, ...parameters] = unit.argv;
    const log = openLog(unit.logFile);
    const failed = (error: NodeJS.ErrnoException): void => {
      writeSync(log, `supervisor: ${unit.id} can't be started: ${program} (${error.code ?? error.message})\n`);
      closeSync(log);
      reject(error);
    };
    try {
      const child = spawn(program as string, parameters, {
        cwd: unit.cwd,
        env: {
          ...unit.env,
          PLIMSOLL_UNIT: unit.id,
          PLIMSOLL_EPOCH: String(unit.epoch),
          PLIMSOLL_DEFINITION: definitionOf(unit),
          PLIMSOLL_LOG: unit.logFile,
        },
        detached: true,
        stdio: ["ignore", log, log],
        // Node drops root's supplementary groups when it changes the user.
        ...(unit.uid === null ? {} : { uid: unit.uid }),
        ...(unit.gid === null ? {} : { gid: unit.gid }),
      });
      child.once("error", failed);
      child.once("spawn", () => {
        child.off("error", failed);
        child.on("error", () => undefined);
        closeSync(log);
        resolve(child.pid as number);
      });
      child.once("exit", (code, signal) => exited({ code, signal }));
    } catch (error) {
      failed(error as NodeJS.ErrnoException);
    }
  });
}

interface Leader extends ProcessFacts {
  /** Tells units of the same name apart: every supervisor of a host has its own `host/gateway`, and its own folder. */
  readonly logFile: string | undefined;
}

/** Leaders of a session whose environment carries the mark of a unit, by unit. */
export type Leaders = ReadonlyMap<string, readonly Leader[]>;

export function findLeaders(table: ProcessTable): Leaders {
  const leaders = new Map<string, Leader[]>();
  for (const pid of table.pids()) {
    const environ = table.environ(pid);
    const id = environ?.["PLIMSOLL_UNIT"];
    if (id === undefined) continue;
    const facts = table.read(pid);
    if (facts?.session === pid) leaders.set(id, [...(leaders.get(id) ?? []), { ...facts, logFile: environ?.["PLIMSOLL_LOG"] }]);
  }
  return leaders;
}

/**
 * The process of a unit that was started by an earlier supervisor, or null. It is the one we recorded, by pid, start time, boot
 * and mark; or, when we died between starting and recording it, a leader with the unit's mark and log that belongs to the unit's user
 * (another tenant's code may forge the mark, but not the user).
 */
export function findUnit(unit: Unit, recorded: Identity | null, leaders: Leaders): Identity | null {
  const marked = leaders.get(unit.id) ?? [];
  const same = marked.find(
    (facts) => facts.pid === recorded?.pid && facts.startTicks === recorded.startTicks && facts.bootId === recorded.bootId,
  );
  const found = same ?? marked.find((facts) => facts.uid === (unit.uid ?? process.getuid?.()) && facts.logFile === unit.logFile);
  return found === undefined ? null : { pid: found.pid, startTicks: found.startTicks, bootId: found.bootId };
}

/** Does a running process come from this definition of the unit? */
export function runsDefinition(unit: Unit, pid: number, table: ProcessTable): boolean {
  return table.environ(pid)?.["PLIMSOLL_DEFINITION"] === definitionOf(unit);
}

/** Tells when a process that isn't our child has ended. */
export function watchAdopted(identity: Identity, table: ProcessTable, exited: (exit: Exit) => void): void {
  const timer = setInterval(() => {
    if (runs(identity, table)) return;
    clearInterval(timer);
    exited({ code: null, signal: null });
  }, adoptedPollMs);
}

export function runs(identity: Identity, table: ProcessTable): boolean {
  const facts = table.read(identity.pid);
  return facts !== null && facts.startTicks === identity.startTicks && facts.bootId === identity.bootId;
}

/** Members of a unit's group that still run, the leader or not. */
export function groupRuns(group: number, unitId: string, table: ProcessTable): boolean {
  return table.pids().some((pid) => table.read(pid)?.group === group && table.environ(pid)?.["PLIMSOLL_UNIT"] === unitId);
}

export function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch {
    // Gone already.
  }
}
