import { open } from "node:fs/promises";
import type { Digest } from "../../../domain/shared/digest.ts";
import { isDigest } from "../../../domain/shared/digest.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import type { Generation, GenerationStatus } from "../../../app/ports/odoo-runtime.ts";
import type { UnitStatus } from "../../../app/ports/supervisor.ts";
import { renderConfigFile } from "../../../odoo/server/config-file.ts";
import { tailOf } from "../../../odoo/server/log-grammar.ts";
import { freePorts, isFree } from "./free-ports.ts";
import type { GenerationFiles } from "./generation-files.ts";
import { writePrivateFile } from "./private-file.ts";
import type { OpenRuntime } from "./process-runtime.ts";
import { configPath, logPath, renderServerConfig, renderUnit, unitId } from "./render.ts";
import type { OsUser, UnitRole } from "./render.ts";

const idleGenerationsMax = 8;
const tailLines = 20;
const tailBytes = 32 * 1024;

/** Same id, release and database: the generation as it was; a new one gets free ports, which are kept before it is given out. */
export async function prepareGeneration(
  of: OpenRuntime,
  files: GenerationFiles,
  wanted: { readonly id: string; readonly release: Digest | null; readonly database: string },
): Promise<Generation> {
  if (!/^[\w-]+$/.test(wanted.id)) throw new RangeError(`${wanted.id} can't name a generation`);
  const known = await files.read(wanted.id);
  if (known !== null && known.release === wanted.release && known.database === wanted.database) return known;
  const running = await unitsOf(of);
  if (known !== null && running.some((unit) => unit.unit.labels["generation"] === wanted.id && unit.state !== "stopped")) {
    throw new PlimsollError("STATE_UNEXPECTED", `Generation ${wanted.id} runs, but with another release or database.`, {
      facts: {
        generation: wanted.id,
        release: known.release,
        database: known.database,
        wantedRelease: wanted.release,
        wantedDatabase: wanted.database,
      },
    });
  }
  const generation = {
    ...wanted,
    ...(known === null ? await choosePorts(of, files, wanted.id) : { webPort: known.webPort, websocketPort: known.websocketPort }),
  };
  await files.write(generation);
  await files.prune(new Set([wanted.id, ...running.map((unit) => unit.unit.labels["generation"] ?? "")]), idleGenerationsMax);
  return generation;
}

/** Brings one half of a generation up, or leaves it alone when it runs as it should. @throws PORT_IN_USE */
export async function startUnit(
  of: OpenRuntime & {
    readonly user: OsUser;
    readonly addonsPaths: readonly string[];
    readonly generation: Generation;
    readonly epoch: number;
    readonly role: UnitRole;
  },
): Promise<void> {
  const { environment, world, paths, user, generation, role } = of;
  const config = renderServerConfig(environment, role, {
    database: generation.database,
    addonsPaths: of.addonsPaths,
    name: `${generation.id}-${role}`,
    webPort: role === "web" ? generation.webPort : null,
    websocketPort: role === "web" ? generation.websocketPort : null,
  });
  if (role === "web") await refuseTakenPorts(of, generation);
  const text = renderConfigFile({ ...config, password: await world.readSecret(environment.database.password) });
  await writePrivateFile(configPath(paths, `${generation.id}-${role}`), text, user);
  await world.supervisor.ensure(renderUnit(of));
}

/** What runs, from the supervisor; what was prepared and doesn't run, from the files. */
export async function generationStatuses(of: OpenRuntime, files: GenerationFiles): Promise<GenerationStatus[]> {
  const units = await unitsOf(of);
  const known = new Map((await files.list()).map((generation) => [generation.id, generation]));
  for (const { unit } of units) {
    const generation = generationOf(unit.labels);
    if (generation !== null) known.set(generation.id, generation);
  }
  return Promise.all([...known.values()].map((generation) => statusOf(of, generation, units)));
}

async function statusOf(of: OpenRuntime, generation: Generation, units: readonly UnitStatus[]): Promise<GenerationStatus> {
  const state = (role: UnitRole): GenerationStatus["web"] =>
    stateOf(units.find((unit) => unit.unit.id === unitId(of.environment.name, generation.id, role)));
  const [web, background] = [state("web"), state("background")];
  // A prefork server that can't load its registry stays up and answers 500, so the web log counts whatever the state is.
  const shown = web !== "failing" && background === "failing" ? "background" : web === "stopped" ? null : "web";
  return { generation, web, background, logTail: shown === null ? [] : await readTail(logPath(of.paths, generation.id, shown)) };
}

function stateOf(unit: UnitStatus | undefined): GenerationStatus["web"] {
  switch (unit?.state) {
    case undefined:
    case "stopped":
      return "stopped";
    case "stopping":
      return "stopping";
    case "backing-off":
      return "failing";
    case "running":
    case "starting":
      return "running";
  }
}

function generationOf(labels: Readonly<Record<string, string>>): Generation | null {
  const { generation: id, release = "", database, webPort, websocketPort = "" } = labels as { [label: string]: string | undefined };
  if (id === undefined || database === undefined || webPort === undefined) return null;
  return {
    id,
    release: isDigest(release) ? release : null,
    database,
    webPort: Number(webPort),
    websocketPort: websocketPort === "" ? null : Number(websocketPort),
  };
}

function unitsOf(of: OpenRuntime): Promise<UnitStatus[]> {
  return of.world.supervisor.list(`${of.environment.name}/`);
}

async function choosePorts(
  of: OpenRuntime,
  files: GenerationFiles,
  id: string,
): Promise<{ webPort: number; websocketPort: number | null }> {
  const { environment } = of;
  const others = (await files.list()).flatMap((generation) => [generation.webPort, generation.websocketPort ?? generation.webPort]);
  const taken = new Set([...others, environment.gateway.listenPort]);
  const prefork = environment.runtime.workers > 0;
  const [webPort, websocketPort] = await freePorts(prefork ? 2 : 1, `${environment.name}/${id}`, taken);
  return { webPort: webPort as number, websocketPort: prefork ? (websocketPort as number) : null };
}

/** Odoo would fail to bind over and over; this names the port at once. */
async function refuseTakenPorts(of: OpenRuntime, generation: Generation): Promise<void> {
  const own = (await unitsOf(of)).find((unit) => unit.unit.id === unitId(of.environment.name, generation.id, "web"));
  if (own !== undefined && own.state !== "stopped") return;
  for (const port of [generation.webPort, generation.websocketPort]) {
    if (port !== null && !(await isFree(port))) {
      throw new PlimsollError(
        "PORT_IN_USE",
        `Port ${port}, which generation ${generation.id} of ${of.environment.name} uses, is taken by another process.`,
        {
          fix: "End that process, or wait until it has ended.",
          facts: { port, generation: generation.id },
        },
      );
    }
  }
}

async function readTail(path: string): Promise<string[]> {
  const file = await open(path, "r").catch(() => null);
  if (file === null) return [];
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    await file.read(bytes, 0, bytes.length, size - bytes.length);
    return tailOf(bytes.toString("utf8"), tailLines);
  } finally {
    await file.close();
  }
}
