import type { groundFacts } from "../../domain/plan/rehearsal.ts";
import type { PlanFacts } from "../../domain/plan/plan.ts";
import type { Json } from "../../domain/shared/canonical-json.ts";
import type { PlanningFacts } from "./change-kind.ts";

type GroundFact = (typeof groundFacts)[number];

/**
 * Exact facts that every kind of change rests on. Whether a rehearsal still counts is told by comparing them with those of other
 * plans, and with what is now, so their names and shapes are said here and nowhere else.
 */
export function exactFacts({ tenant, environment, base }: Pick<PlanningFacts, "tenant" | "environment" | "base">): PlanFacts["exact"] {
  return {
    "serving release": environment.release,
    "base digest": base.digest,
    database: `${environment.spec.database.host}:${environment.spec.database.port}/${tenant.databaseName}`,
    "database OID": tenant.databaseOid,
    "installed modules": Object.fromEntries(tenant.modules.map((module) => [module.name, `${module.version ?? "none"} ${module.state}`])),
    "partially updated": tenant.partiallyUpdated,
    "schema fingerprint": tenant.schemaFingerprint,
    "customisation fingerprint": tenant.customisationFingerprint,
  } satisfies Readonly<Record<GroundFact, Json>> & Readonly<Record<string, Json>>;
}
