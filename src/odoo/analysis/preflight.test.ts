import { describe, expect, it } from "vitest";
import type { PreflightFacts, RoleRights } from "../../domain/fleet/preflight-facts.ts";
import type { Base, ModuleFacts, ReleaseContent } from "../../domain/release/release.ts";
import { verdictOf } from "../../domain/verdict/verdict.ts";
import { defaultTransactionMsMax, judgePreflight, type PreflightInput } from "./preflight.ts";

const module = {
  name: "a",
  version: "19.0.1.1",
  installable: true,
  depends: ["base"],
  addonsIndex: 0,
  migrationScripts: [],
} as unknown as ModuleFacts;
const role: RoleRights = {
  role: "odoo",
  superuser: false,
  createdb: true,
  ownsDatabase: true,
  signalBackend: false,
  settingsOutOfReach: [],
  rolesOutOfReach: [],
};
const database: PreflightFacts = {
  database: "acme",
  databaseSizeBytes: 100,
  walBytes: 10,
  role,
  pendingModules: [],
  partiallyUpdated: false,
  transactions: [],
  preparedTransactions: [],
  logicalSlots: [],
  subscriptions: [],
  dumps: [],
  collation: { recorded: "2.36", actual: "2.36" },
  replication: { inRecovery: false, replicas: [{ name: "r1", state: "streaming", lagBytes: 16 }] },
  sessions: [{ application: "odoo-12", user: "odoo", sessions: 4, inTransaction: 0 }],
};
const good: PreflightInput = {
  at: "2026-01-31T10:00:00.000Z",
  facts: {
    modules: [
      { name: "base", state: "installed", version: "19.0.1.3", imported: false },
      { name: "a", state: "installed", version: "19.0.1.0", imported: false },
      { name: "theme", state: "installed", version: null, imported: true },
    ],
  },
  database,
  release: { formatVersion: 1, series: "19.0", addonsPaths: 1, modules: [module], files: [] } satisfies ReleaseContent,
  base: { modules: [{ ...module, name: "base", version: "19.0.1.3" }] } as unknown as Base,
  missingDependencies: [],
  links: { possible: true, why: null },
  diskFreeBytes: 310,
  lastBackupAt: null,
  transactionMsMax: defaultTransactionMsMax,
  recorded: { serving: null, lag: [], updated: ["a"] },
};

function notPassed(change: Partial<PreflightInput>): Record<string, string> {
  const rows = judgePreflight({ ...good, ...change });
  return Object.fromEntries(rows.filter((row) => row.outcome !== "passed").map((row) => [row.id, row.outcome]));
}

function onDatabase(change: Partial<PreflightFacts>): Partial<PreflightInput> {
  return { database: { ...database, ...change } };
}

function onRole(change: Partial<RoleRights>): Partial<PreflightInput> {
  return onDatabase({ role: { ...role, ...change } });
}

const old = { pid: 7, application: "metabase", user: "bi", state: "idle in transaction", ageMs: 61_000 };

describe("preflight", () => {
  it("passes a healthy environment with a row for every clause", () => {
    const rows = judgePreflight(good);
    expect(verdictOf(rows, "ok").kind).toBe("passed");
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
    expect(rows).toHaveLength(20);
    expect(rows.find((row) => row.id === "backup-age")?.seen).toBe("unknown");
  });

  it.each<[string, Partial<PreflightInput>, Record<string, string>]>([
    ["a pending module", onDatabase({ pendingModules: [{ name: "a", state: "to upgrade" }] }), { "no-pending-modules": "failed" }],
    ["the half-done note", onDatabase({ partiallyUpdated: true }), { "not-partially-updated": "failed" }],
    ["a module without code", { release: { ...good.release, modules: [] } }, { "modules-present": "failed" }],
    ["no modules at all", { facts: { modules: [] } }, { "modules-present": "inconclusive" }],
    [
      "a module that isn't installable",
      { release: { ...good.release, modules: [{ ...module, installable: false }] } },
      { "modules-installable": "failed" },
    ],
    ["a downgrade", { release: { ...good.release, modules: [{ ...module, version: "19.0.0.9" }] } }, { "no-downgrade": "failed" }],
    ["a missing package", { missingDependencies: ["python: xlrd (module a)"] }, { "external-dependencies": "failed" }],
    ["a runtime that can't be asked", { missingDependencies: null }, { "external-dependencies": "errored" }],
    ["another file system", { links: { possible: false, why: "cross-device link" } }, { "hard-links-possible": "failed" }],
    ["a small disk", { diskFreeBytes: 309 }, { "disk-large-enough": "failed" }],
    ["an unknown disk", { diskFreeBytes: null }, { "disk-large-enough": "inconclusive" }],
    ["WAL of unknown size on a small disk", onDatabase({ walBytes: null }), { "disk-large-enough": "failed" }],
    ["an old transaction", onDatabase({ transactions: [old] }), { "no-long-transactions": "failed" }],
    ["a transaction of hidden age", onDatabase({ transactions: [{ ...old, ageMs: null }] }), { "no-long-transactions": "inconclusive" }],
    ["a prepared transaction", onDatabase({ preparedTransactions: ["x"] }), { "no-prepared-transactions": "failed" }],
    ["a logical slot", onDatabase({ logicalSlots: ["x"] }), { "no-logical-slots": "failed" }],
    ["a subscription", onDatabase({ subscriptions: ["x"] }), { "no-subscriptions": "failed" }],
    ["a running dump", onDatabase({ dumps: ["pg_dump, process 9"] }), { "no-running-dumps": "failed" }],
    ["another collation", onDatabase({ collation: { recorded: "2.31", actual: "2.36" } }), { "collation-version-equal": "failed" }],
    ["a replica as server", onDatabase({ replication: { inRecovery: true, replicas: [] } }), { "replication-healthy": "failed" }],
    [
      "a replica that lags",
      onDatabase({ replication: { inRecovery: false, replicas: [{ name: "r", state: "streaming", lagBytes: 2 ** 31 }] } }),
      { "replication-healthy": "failed" },
    ],
    [
      "a replica that catches up",
      onDatabase({ replication: { inRecovery: false, replicas: [{ name: "r", state: "catchup", lagBytes: 1 }] } }),
      { "replication-healthy": "failed" },
    ],
    ["a role that doesn't own the database", onRole({ ownsDatabase: false }), { "role-has-rights": "failed" }],
    ["a role without CREATEDB", onRole({ createdb: false }), { "role-has-rights": "failed" }],
    [
      "a setting that the clone would lose",
      onRole({ settingsOutOfReach: ["log_min_duration_statement"] }),
      { "role-has-rights": "failed" },
    ],
    ["sessions that the role may not end", onRole({ rolesOutOfReach: ["bi"] }), { "sessions-endable": "failed" }],
  ])("finds exactly %s", (_what, change, expected) => {
    expect(notPassed(change)).toEqual(expected);
  });

  it("lets a short transaction and a locale without versions pass", () => {
    expect(notPassed(onDatabase({ transactions: [{ ...old, ageMs: 10_000 }], collation: { recorded: null, actual: null } }))).toEqual({});
  });

  describe("of a code-only release", () => {
    const serving = { ...good.release, modules: [{ ...module, version: "19.0.1.0.1" }] };
    const lag = [{ module: "a", database: "19.0.1.0", code: "19.0.1.0.1" }];
    const codeOnly: Partial<PreflightInput> = { path: "code-only", recorded: { serving, lag, updated: [] } };

    it("asks for nothing that only a clone or an update needs", () => {
      const change = { ...codeOnly, ...onRole({ createdb: false }), diskFreeBytes: null, links: { possible: false, why: "no" } };
      expect(notPassed(change)).toEqual({});
      expect(judgePreflight({ ...good, ...change }).map((row) => row.id)).not.toContain("disk-large-enough");
    });

    it("refuses what an update left half done", () => {
      const halfDone = { partiallyUpdated: true, pendingModules: [{ name: "a", state: "to upgrade" }] };
      expect(notPassed({ ...codeOnly, ...onDatabase(halfDone) })).toEqual({
        "no-pending-modules": "failed",
        "not-partially-updated": "failed",
      });
    });

    it.each([
      ["no lag on record", []],
      ["another module's", [{ ...lag[0], module: "b" }]],
      ["another version of the database", [{ ...lag[0], database: "19.0.0.9" }]],
      ["another version of the code", [{ ...lag[0], code: "19.0.1.0.2" }]],
    ])("tolerates exactly the lag on record, not %s", (_what, other) => {
      expect(notPassed(codeOnly)).toEqual({});
      const recorded = { serving, lag: other as typeof lag, updated: [] };
      expect(notPassed({ ...codeOnly, recorded })).toEqual({ "versions-as-recorded": "failed" });
      // What is updated now gets its version by that.
      expect(notPassed({ recorded: { ...recorded, updated: ["a"] } })).toEqual({});
    });
  });

  it("names process, application and age of a long transaction", () => {
    const row = judgePreflight({ ...good, ...onDatabase({ transactions: [old] }) }).find((one) => one.id === "no-long-transactions");
    expect(row?.seen).toEqual(['process 7, application "metabase", role "bi", idle in transaction, open for 61 s']);
  });
});
