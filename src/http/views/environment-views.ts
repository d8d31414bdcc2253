import type { TenantFacts } from "../../domain/fleet/facts.ts";
import { liftCommand } from "../../app/environment-hold.ts";
import type { EnvironmentNow, EnvironmentState } from "../../app/queries/show-environment.ts";
import type { DatabaseNow, EnvironmentDetail, EnvironmentSummary, Measured, UpstreamNow } from "../contract/environments.ts";

type Traffic = NonNullable<Extract<EnvironmentNow["traffic"], { state: "measured" }>["value"]>["traffic"][number];

const largestTablesMax = 20;

export function environmentSummary({ record, release, active }: EnvironmentState): EnvironmentSummary {
  const { spec } = record;
  const host = spec.gateway.listenHost.includes(":") ? `[${spec.gateway.listenHost}]` : spec.gateway.listenHost;
  return {
    name: spec.name,
    tenant: spec.tenant,
    stage: spec.stage,
    host: spec.runtime.host,
    database: `${spec.database.host}:${spec.database.port}/${spec.database.name}`,
    url: `http://${host}:${spec.gateway.listenPort}`,
    release: record.release === null ? null : { name: release?.name ?? record.release, digest: record.release },
    generation: record.generation,
    baseDigest: record.baseDigest,
    lag: record.lag,
    held: record.held === null ? null : { ...record.held, liftedBy: liftCommand(spec.name) },
    deployment: active?.id ?? null,
    updatedAt: record.updatedAt,
  };
}

export function environmentDetail(now: EnvironmentNow): EnvironmentDetail {
  return {
    ...environmentSummary(now),
    spec: now.record.spec,
    now: {
      database: mapMeasured(now.database, databaseNow),
      runtime: mapMeasured(now.runtime, ({ generations, isolation }) => ({
        generations: generations.map(({ generation, web, background }) => ({
          id: generation.id,
          release: generation.release,
          database: generation.database,
          webPort: generation.webPort,
          web,
          background,
        })),
        isolated: isolation.isolated,
        isolation: isolation.sentence,
      })),
      traffic: mapMeasured(now.traffic, (status) => {
        if (status === null) return null;
        const { route, inFlight, held, websockets, passedTotal, refusedTotal } = status;
        const upstreams = status.traffic.map((traffic) => upstreamNow(traffic, now));
        return { mode: route.mode, inFlight, held, websockets, passedTotal, refusedTotal, upstreams };
      }),
    },
  };
}

function upstreamNow({ upstream, ...counts }: Traffic, { runtime }: EnvironmentNow): UpstreamNow {
  const generations = runtime.state === "measured" ? runtime.value.generations : [];
  const generation = generations.find((each) => each.generation.webPort === upstream.webPort)?.generation.id ?? null;
  return { port: upstream.webPort, generation, ...counts };
}

function databaseNow(facts: TenantFacts): DatabaseNow {
  const pending = facts.modules.filter((module) => module.state.startsWith("to ")).map((module) => `${module.name}: ${module.state}`);
  return {
    series: facts.series,
    serverVersion: facts.serverVersion,
    sizeBytes: facts.databaseSizeBytes,
    rowsTotal: facts.rowsTotal,
    largestTables: Object.entries(facts.rows)
      .map(([table, rows]) => ({ table, rows }))
      .sort((a, b) => b.rows - a.rows || (a.table < b.table ? -1 : 1))
      .slice(0, largestTablesMax),
    activeUsers: facts.activeUsers,
    modules: facts.modules,
    pending: facts.partiallyUpdated ? [...pending, "base.partially_updated_database is set: an update was interrupted"] : pending,
    customisations: facts.customisations,
  };
}

function mapMeasured<A, B>(measured: Measured<A>, map: (value: A) => B): Measured<B> {
  return measured.state === "measured" ? { ...measured, value: map(measured.value) } : measured;
}
