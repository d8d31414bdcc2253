import { emptyCatalogue } from "../../src/domain/fleet/catalogue-snapshot.ts";
import type { AnalysedTenant } from "../../src/app/ports/analysis-kind.ts";

/** A database that has these modules at these versions, and nothing that people made. */
export function sampleTenant(installed: Readonly<Record<string, string>>): AnalysedTenant {
  const modules = Object.entries(installed).map(([name, version]) => ({ name, state: "installed", version, imported: false }));
  return {
    facts: {
      databaseName: "acme",
      databaseOid: 16_384,
      databaseSizeBytes: 1_000_000,
      owner: "odoo",
      serverVersion: "16.4",
      series: "19.0",
      modules,
      partiallyUpdated: false,
      rows: { res_partner: 3 },
      rowsTotal: 3,
      schemaFingerprint: `sha256:${"0".repeat(64)}`,
      customisationFingerprint: `sha256:${"0".repeat(64)}`,
      customisations: { manualModels: [], manualFields: [], editedViews: [], ownViews: [], serverActions: 0, automations: 0 },
      activeUsers: 1,
      measuredAt: "2026-01-01T00:00:00.000Z",
    },
    catalogue: {
      ...emptyCatalogue,
      tables: ["res_partner"],
      modules: Object.fromEntries(modules.map(({ name, state, version }) => [name, { state, version }])),
      rows: { res_partner: 3 },
    },
    content: { views: [], editedRecords: [], missingRecords: [] },
  };
}
