import type { EnvironmentRecord } from "../app/ports/store.ts";
import type { Deployment } from "../domain/rollout/deployment.ts";
import type { Provided } from "../engine/worker-options.ts";
import { createFilestore } from "../systems/filestore/filestore.ts";
import type { Parts } from "./wire.ts";

/** The world of one environment for the engine, under one epoch. Nothing is reached before it is asked for. */
export function provide(parts: Parts, deployment: Deployment, { spec }: EnvironmentRecord): Provided {
  const database = parts.openDatabase(spec, { deployment: deployment.id, epoch: deployment.epoch });
  const { gateway, supervisor } = parts.daemons;
  return {
    capabilities: {
      "tenant-database": database,
      "evidence-store": parts.evidence,
      filestore: createFilestore({ dataDirectory: spec.dataDirectory, liveDatabase: spec.database.name }),
      gateway,
      runtime: parts.openRuntime(spec),
      "release-library": parts.releases,
    },
    async epochFloor() {
      const [databases, route, units] = await Promise.all([
        database.databases(),
        gateway.status(spec.name),
        supervisor.list(`${spec.name}/`),
      ]);
      return Math.max(
        0,
        route?.route.epoch ?? 0,
        ...databases.map((each) => each.mark?.epoch ?? 0),
        ...units.map((unit) => unit.obeysEpoch),
      );
    },
    dispose: () => database.release(),
  };
}
