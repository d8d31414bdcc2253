import type { PreflightFacts, RoleRights } from "../../domain/fleet/preflight-facts.ts";
import type { EvidenceRow } from "../../domain/verdict/verdict.ts";
import { shown, type RowMaker } from "./evidence.ts";

/** A replica further behind than this isn't healthy: it would have to catch up with the clone as well. */
const lagBytesMax = 1024 ** 3;

/** What the cluster must be like: whatever blocks a clone, a rename or Odoo's locks. */
export function clusterRows(row: RowMaker, facts: PreflightFacts, transactionMsMax: number): EvidenceRow[] {
  const none = (id: string, title: string, found: readonly string[]): EvidenceRow =>
    row(id, title, found.length === 0 ? "passed" : "failed", "none", found.length === 0 ? "none" : shown(found));
  return [
    transactionsRow(row, facts, transactionMsMax),
    none("no-prepared-transactions", "No prepared transaction is open", facts.preparedTransactions),
    none("no-logical-slots", "No logical replication slot hangs on the database", facts.logicalSlots),
    none("no-subscriptions", "The database subscribes to nothing", facts.subscriptions),
    none("no-running-dumps", "No dump or base backup is running", facts.dumps),
    collationRow(row, facts),
    rightsRow(row, facts.role),
    sessionsRow(row, facts.role),
    replicationRow(row, facts),
    row(
      "sessions-listed",
      "Who is connected to the database (for information; all are ended by the fence)",
      "passed",
      "shown",
      sessionLines(facts),
    ),
  ];
}

/** A transaction whose age is hidden may be old, so it can't pass. */
function transactionsRow(row: RowMaker, { transactions }: PreflightFacts, msMax: number): EvidenceRow {
  const title = `No transaction is open for longer than ${msMax / 1000} s`;
  const long = transactions.filter((one) => one.ageMs === null || one.ageMs > msMax);
  const lines = long.map((one) => {
    const age =
      one.ageMs === null
        ? "open for an unknown time (pg_read_all_stats would show it)"
        : `${one.state}, open for ${Math.round(one.ageMs / 1000)} s`;
    return `process ${one.pid}, application "${one.application}", role "${one.user}", ${age}`;
  });
  const outcome = long.length === 0 ? "passed" : long.some((one) => one.ageMs !== null) ? "failed" : "inconclusive";
  return row("no-long-transactions", title, outcome, "none", long.length === 0 ? "none" : shown(lines));
}

function collationRow(row: RowMaker, { collation }: PreflightFacts): EvidenceRow {
  // Locales without versions (C, C.UTF-8 before PostgreSQL 17) have null on both sides.
  const same = collation.recorded === collation.actual;
  return row(
    "collation-version-equal",
    "The collation is the one that the indexes were made with",
    same ? "passed" : "failed",
    collation.recorded,
    collation.actual,
  );
}

function rightsRow(row: RowMaker, role: RoleRights): EvidenceRow {
  const missing = [
    ...(role.ownsDatabase ? [] : ["ownership of the database"]),
    ...(role.createdb ? [] : ["CREATEDB"]),
    ...role.settingsOutOfReach.map((name) => `the right to set ${name} on the clone`),
  ];
  const title = `The role ${role.role} has the rights for fence, clone and exchange`;
  return row(
    "role-has-rights",
    title,
    missing.length === 0 ? "passed" : "failed",
    "ownership, CREATEDB",
    missing.length === 0 ? "ownership, CREATEDB" : { missing: shown(missing) },
  );
}

function sessionsRow(row: RowMaker, role: RoleRights): EvidenceRow {
  const others = role.rolesOutOfReach;
  const title = `The role ${role.role} may end every session in the database`;
  const seen =
    others.length === 0
      ? "all"
      : {
          sessionsOfRoles: shown(others),
          remedy: `membership of ${role.role} in pg_signal_backend; sessions of superusers must be ended by a superuser`,
        };
  return row("sessions-endable", title, others.length === 0 ? "passed" : "failed", "all", seen);
}

function replicationRow(row: RowMaker, { replication }: PreflightFacts): EvidenceRow {
  const title = "The server is the primary, and its replicas keep up";
  if (replication.inRecovery) return row("replication-healthy", title, "failed", "primary", "the server is a replica and can't be changed");
  const behind = replication.replicas.filter((one) => one.state !== "streaming" || (one.lagBytes ?? 0) > lagBytesMax);
  const lines = replication.replicas.map(
    (one) => `${one.name}: ${one.state}, ${one.lagBytes === null ? "lag unknown" : `${one.lagBytes} bytes behind`}`,
  );
  return row(
    "replication-healthy",
    title,
    behind.length === 0 ? "passed" : "failed",
    "streaming",
    lines.length === 0 ? "no replicas" : shown(lines),
  );
}

function sessionLines({ sessions }: PreflightFacts): readonly string[] {
  return shown(sessions.map((one) => `${one.application === "" ? "(no name)" : one.application}, role ${one.user}: ${one.sessions}`));
}
