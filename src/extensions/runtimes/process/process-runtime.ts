import { randomBytes } from "node:crypto";
import type { Json } from "../../../domain/shared/canonical-json.ts";
import type { Digest } from "../../../domain/shared/digest.ts";
import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { DatabaseRole, Generation, NeutraliseScript, OdooRuntime } from "../../../app/ports/odoo-runtime.ts";
import type { RuntimeKind, RuntimeWorld } from "../../../app/ports/runtime-kind.ts";
import { unfinishedReport } from "../../../odoo/probe/report.ts";
import { unfinishedSmoke } from "../../../odoo/probe/smoke-report.ts";
import { tailOf } from "../../../odoo/server/log-grammar.ts";
import { generationFiles } from "./generation-files.ts";
import { generationStatuses, prepareGeneration, startUnit } from "./generations.ts";
import { checkHealth, pollHealth } from "./health.ts";
import { networkIsolation } from "./network.ts";
import { decideUser } from "./odoo-user.ts";
import type { UserDecision } from "./odoo-user.ts";
import { runOneShot, runScript } from "./one-shot.ts";
import type { OneShot } from "./one-shot.ts";
import { ownFilestore, prepareState } from "./prepare-state.ts";
import { renderUpdateArgv, runtimePaths, unitId } from "./render.ts";
import type { OsUser, RuntimePaths, UnitRole } from "./render.ts";

const healthPauseMs = 200;
const dependenciesBudgetMs = 60_000;

/** Odoo as plain processes under the supervisor. */
export const processRuntime: RuntimeKind = {
  id: "process",
  summary: "Odoo's own processes on this host, kept alive by Plimsoll's supervisor",
  capabilities: { sideBySide: true, separateBackground: true },
  open: (environment, world) => openRuntime({ environment, world, paths: runtimePaths(world.stateDirectory) }),
};

export interface OpenRuntime {
  readonly environment: EnvironmentSpec;
  readonly world: RuntimeWorld;
  readonly paths: RuntimePaths;
}

function openRuntime(of: OpenRuntime): OdooRuntime {
  const { environment, world, paths } = of;
  const files = generationFiles(paths);

  const start = async (generation: Generation, epoch: number, role: UnitRole): Promise<void> => {
    const [user, addons] = await Promise.all([readyUser(of), addonsPaths(of, generation.release)]);
    await startUnit({ ...of, user, addonsPaths: addons, generation, epoch, role });
  };

  return {
    isolation: async () => (await decide(of)).isolation,
    generations: () => generationStatuses(of, files),
    prepare: async (id, release, database) => {
      await readyUser(of);
      return prepareGeneration(of, files, { id, release, database });
    },
    startWeb: (generation, epoch) => start(generation, epoch, "web"),
    startBackground: async (generation, epoch) => {
      if (environment.runtime.cronThreads > 0) await start(generation, epoch, "background");
    },
    stopWeb: async (generation, epoch, graceMs) => {
      const stop = (role: UnitRole): Promise<unknown> =>
        world.supervisor.stop(unitId(environment.name, generation.id, role), epoch, { graceMs, kill: true });
      await Promise.all([stop("web"), stop("background")]);
    },
    stopBackground: async (generation, epoch, boundMs, signal) => {
      signal.throwIfAborted();
      const stopping = world.supervisor.stop(unitId(environment.name, generation.id, "background"), epoch, {
        graceMs: boundMs,
        kill: false,
      });
      return (await orAborted(stopping, signal)).stopped;
    },
    waitHealthy: (generation, boundMs, signal) =>
      pollHealth(() => checkHealth(generation), {
        boundMs,
        signal,
        pauseMs: healthPauseMs,
        nowMs: () => world.clock.monotonicMs(),
        sleep: (ms, until) => world.clock.sleep(ms, until),
      }),
    health: (generation) => checkHealth(generation),
    update: async (run) => {
      const shot = await oneShot(of, "update", run);
      return runOneShot({ ...shot, line: run.line }, (configFile) =>
        renderUpdateArgv(environment, paths, configFile, run.database, run.modules),
      );
    },
    probe: async (run) => {
      const { report, run: seen } = await runScript(await oneShot(of, "shell", run), `${run.script}.py`, run.input);
      const why = whyUnfinished(seen);
      return { report: report ?? (run.script === "smoke" ? unfinishedSmoke(why) : (unfinishedReport(why) as unknown as Json)), run: seen };
    },
    networkIsolation: async () => {
      const { isolated, sentence } = await networkIsolation(world.processes);
      return { isolated, sentence };
    },
    neutraliseScripts: (release, modules) => neutraliseScripts(of, release, modules),
    missingDependencies: (needs) => missingDependencies(of, needs),
    endStrays: (epoch) => world.endStrays(environment.name, epoch),
  };
}

async function missingDependencies(
  of: OpenRuntime,
  needs: Parameters<OdooRuntime["missingDependencies"]>[0],
): ReturnType<OdooRuntime["missingDependencies"]> {
  if (needs.python.length === 0 && needs.bin.length === 0) return { python: [], bin: [] };
  const shot = await oneShot(of, "shell", {
    release: null,
    database: of.environment.database.name,
    budgetMs: dependenciesBudgetMs,
    signal: new AbortController().signal,
  });
  const { report, run } = await runScript(shot, "dependencies.py", needs);
  if (report === null) {
    throw new PlimsollError("STATE_UNEXPECTED", "The base's Python couldn't say which external dependencies are missing.", {
      because: tailOf(run.log, 5),
    });
  }
  return report as unknown as { python: string[]; bin: string[] };
}

async function neutraliseScripts(
  of: OpenRuntime,
  release: Digest | null,
  modules: readonly string[],
): ReturnType<OdooRuntime["neutraliseScripts"]> {
  const shot = await oneShot(of, "shell", {
    release,
    database: of.environment.database.name,
    budgetMs: dependenciesBudgetMs,
    signal: new AbortController().signal,
  });
  const { report, run } = await runScript(shot, "neutralise-scripts.py", { modules });
  if (report === null) {
    throw new PlimsollError("STATE_UNEXPECTED", "The base's Python couldn't say how the modules make a copy harmless.", {
      because: tailOf(run.log, 5),
    });
  }
  return report as unknown as { scripts: NeutraliseScript[]; withoutCode: string[] };
}

async function oneShot(
  of: OpenRuntime,
  role: "update" | "shell",
  run: {
    readonly release: Digest | null;
    readonly database: string;
    readonly budgetMs: number;
    readonly signal: AbortSignal;
    readonly network?: "host" | "none";
    readonly yields?: boolean;
    readonly role?: DatabaseRole;
    readonly epoch?: number;
    readonly deployment?: string;
  },
): Promise<OneShot> {
  const [user, addons] = await Promise.all([readyUser(of), addonsPaths(of, run.release)]);
  await ownFilestore(of.environment, run.database, user);
  return {
    ...of,
    user,
    role,
    // Two workers can be at it for a moment when a lease changes hands; neither may remove the other's files.
    name: `${role}-${randomBytes(6).toString("hex")}`,
    database: run.database,
    addonsPaths: addons,
    run: run.deployment === undefined || run.epoch === undefined ? null : { deployment: run.deployment, epoch: run.epoch },
    network: run.network ?? "host",
    yields: run.yields ?? false,
    databaseRole: run.role ?? null,
    budgetMs: run.budgetMs,
    signal: run.signal,
  };
}

/** The release's modules come before the base's: what a release ships of the same name is meant to be used. */
async function addonsPaths(of: OpenRuntime, release: Digest | null): Promise<readonly string[]> {
  const base = of.environment.runtime.odoo.addonsPaths;
  return release === null ? base : [...(await of.world.releases.materialise(release)), ...base];
}

async function decide(of: OpenRuntime): Promise<UserDecision> {
  const { odoo } = of.environment.runtime;
  const reached = [
    of.paths.privateDirectory,
    odoo.python,
    odoo.server,
    ...odoo.addonsPaths,
    ...(odoo.pythonPath === undefined ? [] : odoo.pythonPath.split(":")),
  ];
  return decideUser(of.environment, reached, await of.world.otherUserIds());
}

async function readyUser(of: OpenRuntime): Promise<OsUser> {
  return prepareState(of.environment, of.paths, await decide(of));
}

function whyUnfinished(run: {
  readonly timedOut: boolean;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly log: string;
}): string {
  if (run.timedOut) return "The probe was over its time budget.";
  return `The probe ended with ${run.exitCode ?? run.signal ?? "nothing"} and left no report: ${tailOf(run.log, 1).join("")}`;
}

/** The stop that was asked for goes on after an abort: crons finish and end, as they would have. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    work.catch(() => undefined);
  }
}
