import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { EnvironmentSpec } from "../domain/fleet/environment.ts";
import type { HashText } from "../domain/shared/digest.ts";
import { PlimsollError } from "../domain/shared/errors.ts";
import type { EvidenceStore } from "../app/ports/evidence-store.ts";
import type { OdooRuntime } from "../app/ports/odoo-runtime.ts";
import type { ReleaseLibrary } from "../app/ports/release-library.ts";
import type { Processes } from "../app/ports/runtime-kind.ts";
import type { SourceTrees } from "../app/ports/source-trees.ts";
import type { Store } from "../app/ports/store.ts";
import type { TenantDatabase } from "../app/ports/tenant-database.ts";
import type { World } from "../app/world.ts";
import { analysisKinds } from "../extensions/analyses/registry.ts";
import { changeKinds } from "../extensions/change-kinds/registry.ts";
import { gates } from "../extensions/gates/registry.ts";
import { runtimes } from "../extensions/runtimes/registry.ts";
import { steps } from "../extensions/steps/registry.ts";
import { moduleReader } from "../odoo/source/module-reader.ts";
import { createEvidenceStore } from "../systems/evidence-store/evidence-store.ts";
import { createFilestore } from "../systems/filestore/filestore.ts";
import { applicationName } from "../systems/postgres/application-name.ts";
import { openTenantDatabase } from "../systems/postgres/tenant-database.ts";
import { writeOnce } from "../systems/postgres/write-once.ts";
import { createProcesses } from "../systems/process/run.ts";
import { endStrays } from "../systems/process/strays.ts";
import { createReleaseLibrary } from "../systems/release-library/release-library.ts";
import { openDaemons, type Daemons } from "./daemons.ts";
import type { Home, Variables } from "./home.ts";
import { isPortFree } from "./port-free.ts";
import { readSecret } from "./read-secret.ts";
import { openSourceTrees } from "./source-trees.ts";
import { systemClock } from "./system-clock.ts";

export const sha256: HashText = (text) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** The concrete parts of one host, before there is a store. */
export interface Parts {
  readonly home: Home;
  readonly env: Variables;
  readonly daemons: Daemons;
  readonly processes: Processes;
  readonly releases: ReleaseLibrary;
  readonly evidence: EvidenceStore;
  readonly trees: SourceTrees;
  openRuntime(spec: EnvironmentSpec): OdooRuntime;
  openDatabase(spec: EnvironmentSpec, by: { readonly deployment: string; readonly epoch: number }): TenantDatabase;
}

export function openParts(home: Home, env: Variables): Parts {
  const processes = createProcesses(home.root);
  const releases = createReleaseLibrary({ directory: home.releases, processes, reader: moduleReader });
  const daemons = openDaemons(home);
  return {
    home,
    env,
    daemons,
    processes,
    releases,
    evidence: createEvidenceStore({ directory: home.evidence }),
    trees: openSourceTrees(join(home.root, "cache")),
    openRuntime: (spec) => {
      const kind = runtimes.find((runtime) => runtime.id === spec.runtime.kind);
      if (kind === undefined)
        throw new PlimsollError("PLAN_UNSUPPORTED", `This version of Plimsoll doesn't know the runtime "${spec.runtime.kind}".`);
      return kind.open(spec, {
        supervisor: daemons.supervisor,
        releases,
        clock: systemClock,
        stateDirectory: join(home.environments, spec.name),
        readSecret: (reference) => readSecret(reference, env),
        processes,
        endStrays: (environment, epochBelow) => endStrays({ owner: home.root, environment, epochBelow }),
        otherUserIds: () => otherUserIds(home, spec.name),
      });
    },
    openDatabase: (spec, by) =>
      openTenantDatabase({
        environment: spec,
        ...by,
        password: () => readSecret(spec.database.password, env),
        dump: {
          processes,
          folders: (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== ""),
          directory: join(home.root, "pipes"),
          readSecret: (reference) => readSecret(reference, env),
        },
      }),
  };
}

/** The world that use cases see. */
export function openWorld(parts: Parts, store: Store, host: string): World {
  return {
    store,
    clock: systemClock,
    hash: sha256,
    host,
    releases: parts.releases,
    evidence: parts.evidence,
    gateway: parts.daemons.gateway,
    changeKinds,
    analysisKinds,
    trees: parts.trees,
    describe: (type, id, input) => {
      const kind = (type === "step" ? steps : gates).find((each) => each.id === id);
      if (kind === undefined) throw new PlimsollError("PLAN_UNSUPPORTED", `This version of Plimsoll doesn't know the ${type} "${id}".`);
      return kind.describe(input);
    },
    readSecret: (reference) => readSecret(reference, parts.env),
    openRuntime: async (spec) => parts.openRuntime(spec),
    openFilestore: (spec) => createFilestore({ dataDirectory: spec.dataDirectory, liveDatabase: spec.database.name }),
    readDatabase: (spec, work) => parts.openDatabase(spec, { deployment: "inventory", epoch: 0 }).read(spec.database.name, work),
    writeDatabase: (spec, work) =>
      writeOnce(
        {
          ...spec.database,
          database: spec.database.name,
          password: () => readSecret(spec.database.password, parts.env),
          application: applicationName(spec.name, "outbox", 0),
        },
        work,
      ),
    highestEpoch: async (environment) => {
      const [route, units] = await Promise.all([
        parts.daemons.gateway.status(environment),
        parts.daemons.supervisor.list(`${environment}/`),
      ]);
      return Math.max(0, route?.route.epoch ?? 0, ...units.map((unit) => unit.obeysEpoch));
    },
    isPortFree,
  };
}

/** Whom the other environments' Odoo runs as: the owners of the folders that are theirs alone. */
async function otherUserIds(home: Home, environment: string): Promise<readonly number[]> {
  const names = (await readdir(home.environments).catch(() => [])).filter((name) => name !== environment);
  const ids = await Promise.all(
    names.map((name) =>
      stat(join(home.environments, name, "private")).then(
        (facts) => facts.uid,
        () => 0,
      ),
    ),
  );
  return ids.filter((uid) => uid !== 0);
}
