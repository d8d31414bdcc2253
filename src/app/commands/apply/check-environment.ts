import type { EnvironmentSpec } from "../../../domain/fleet/environment.ts";
import type { TenantFacts } from "../../../domain/fleet/facts.ts";
import type { Base, Release } from "../../../domain/release/release.ts";
import { activeStates } from "../../../domain/rollout/deployment.ts";
import { PlimsollError } from "../../../domain/shared/errors.ts";
import { readPreflightFacts } from "../../../odoo/inventory/preflight-reads.ts";
import { readTenantFacts } from "../../../odoo/inventory/tenant-facts.ts";
import { readSmokeScenarios } from "../../../odoo/smoke/read-scenarios.ts";
import { heldError } from "../../environment-hold.ts";
import { findRelease } from "../../find.ts";
import type { EnvironmentRecord } from "../../ports/store.ts";
import type { SqlReader } from "../../ports/tenant-database.ts";
import type { Progress } from "../../use-case.ts";
import type { World } from "../../world.ts";

/** What the checks found out, for whoever goes on. */
export interface CheckedEnvironment {
  readonly spec: EnvironmentSpec;
  readonly existing: EnvironmentRecord | null;
  readonly release: Release | null;
  /** What is done to processes and traffic carries it: a deployment that begins after the checks has a higher one, and wins. */
  readonly epoch: number;
  readonly facts: TenantFacts;
  readonly base: Base;
  /** Sessions in the database that aren't Plimsoll's: somebody else's Odoo, when it is adopted. */
  readonly foreignSessions: number;
}

/**
 * Everything that can be known before anything is changed; each fault is an error of its own.
 *
 * @param others the other environments, declared now or before
 */
export async function checkEnvironment(
  world: World,
  spec: EnvironmentSpec,
  others: readonly EnvironmentSpec[],
  progress: Progress,
): Promise<CheckedEnvironment> {
  // Read before the look for a deployment at work, so that one that begins in between isn't mistaken for ours.
  const [existing, highest] = await Promise.all([world.store.environment(spec.name), world.highestEpoch(spec.name)]);
  checkHost(world, spec);
  checkOthers(spec, others);
  if (existing !== null) await checkExisting(world, spec, existing);
  const release = await releaseOf(world, spec, existing);
  progress(`${spec.name}: measuring the base: Odoo, Python, configuration`);
  const base = await world.releases.base(spec.runtime.odoo);
  progress(`${spec.name}: reading ${spec.database.name}`);
  await world.readSecret(spec.database.password);
  const seen = await world.readDatabase(spec, async (sql) => {
    const facts = await readTenantFacts(sql, world.hash, world.clock.now());
    return { facts, preflight: await readPreflightFacts(sql), attachments: await hasStoredAttachments(sql) };
  });
  const { role, sessions } = seen.preflight;
  checkRights(spec, [
    ...(role.ownsDatabase ? [] : [`ownership of database "${spec.database.name}"`]),
    ...(role.createdb ? [] : ["CREATEDB"]),
  ]);
  await checkRehearsalRole(world, spec);
  checkSeries(spec, seen.facts, base, release);
  checkModules(spec, seen.facts, base, release);
  await checkFilestore(world, spec, seen.attachments);
  await checkPort(world, spec, existing, others);
  // Read again whenever a change is planned; what is wrong in them is better said now.
  await readSmokeScenarios(spec.smoke ?? []);
  const foreignSessions = sessions
    .filter((group) => !isOwnApplication(group.application, spec))
    .reduce((sum, group) => sum + group.sessions, 0);
  return { spec, existing, release, epoch: Math.max(existing?.epoch ?? 0, highest), facts: seen.facts, base, foreignSessions };
}

/** Plimsoll's own sessions, and those of the Odoo that it started for this environment. */
function isOwnApplication(application: string, spec: EnvironmentSpec): boolean {
  return application.startsWith("plimsoll/") || application.startsWith(`odoo-${spec.name}-`);
}

/** Does the database refer to files in a filestore? */
async function hasStoredAttachments(sql: SqlReader): Promise<boolean> {
  const [row] = await sql.query<{ some: boolean }>("select exists (select from ir_attachment where store_fname is not null) as some");
  return row?.some ?? false;
}

function checkHost(world: World, spec: EnvironmentSpec): void {
  if (spec.runtime.host === world.host) return;
  throw new PlimsollError("INPUT_INVALID", `${spec.name} belongs to the host "${spec.runtime.host}"; this one is "${world.host}".`, {
    why: "A host starts and stops Odoo only on itself.",
    fix: `Apply it where the server was started with --host-name ${spec.runtime.host}, or correct spec.runtime.host.`,
  });
}

function checkOthers(spec: EnvironmentSpec, others: readonly EnvironmentSpec[]): void {
  for (const other of others) {
    if (databaseKey(other) === databaseKey(spec)) {
      throw new PlimsollError("CONFLICT", `${spec.name} and ${other.name} name the same database ${spec.database.name}.`, {
        why: "A database belongs to one environment; two would swap it under each other.",
        fix: "Give each environment a database of its own.",
        facts: { environment: spec.name, other: other.name, database: spec.database.name },
      });
    }
    if (sharesAddress(spec, other) && overlap(spec.gateway.hostnames, other.gateway.hostnames)) {
      throw new PlimsollError("CONFLICT", `${spec.name} and ${other.name} listen on the same address ${address(spec)}.`, {
        why: "The gateway couldn't tell whose request it is.",
        fix: "Give each a port of its own, or hostnames that differ.",
        facts: { environment: spec.name, other: other.name, listen: address(spec) },
      });
    }
  }
}

async function checkExisting(world: World, spec: EnvironmentSpec, existing: EnvironmentRecord): Promise<void> {
  const [active] = await world.store.deployments({ environment: spec.name, states: activeStates, limit: 1 });
  if (active !== undefined) {
    throw new PlimsollError("DEPLOYMENT_RUNNING", `${active.id} of ${active.change} is at work on ${spec.name}.`, {
      why: "What it was planned for must not change under it.",
      fix: `Watch it: plimsoll change watch ${active.change}`,
      liftedBy: `the end of ${active.id}`,
      facts: { deployment: active.id, environment: spec.name },
    });
  }
  // Applying starts scheduled actions; what would leave twice by them isn't settled yet.
  if (existing.held?.backgroundStopped === true) throw heldError(spec.name, existing.held);
  if (databaseKey(existing.spec) !== databaseKey(spec)) {
    throw new PlimsollError(
      "CONFLICT",
      `${spec.name} is the environment of ${databaseKey(existing.spec)}; it can't become that of another database, ${databaseKey(spec)}.`,
      {
        why: "Its history, checkpoints and releases belong to that database.",
        fix: "Declare the other database as an environment of another name.",
      },
    );
  }
}

async function releaseOf(world: World, spec: EnvironmentSpec, existing: EnvironmentRecord | null): Promise<Release | null> {
  // The declared release counts when the environment is adopted; afterwards only a change moves it.
  const wanted = existing === null ? (spec.release ?? null) : existing.release;
  if (wanted === null) return null;
  const release = await findRelease(world.store, wanted);
  await world.releases.verify(release.digest);
  return release;
}

function checkRights(spec: EnvironmentSpec, missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new PlimsollError("DATABASE_RIGHTS_MISSING", `The role "${spec.database.user}" lacks ${missing.join(" and ")}.`, {
    why: "A change clones the database and swaps the clone in by rename.",
    fix: missing.map((right) => grantFor(right, spec)).join(" "),
    facts: { role: spec.database.user, missing: missing.join(", ") },
    because: missing,
  });
}

function grantFor(right: string, spec: EnvironmentSpec): string {
  return right === "CREATEDB"
    ? `ALTER ROLE "${spec.database.user}" CREATEDB;`
    : `ALTER DATABASE "${spec.database.name}" OWNER TO "${spec.database.user}";`;
}

/** Every cluster has it: what Plimsoll does with databases it does from there. */
const maintenanceDatabase = "postgres";

/** Who owns the copies of rehearsals makes and drops them by itself. */
async function checkRehearsalRole(world: World, spec: EnvironmentSpec): Promise<void> {
  const { rehearsal, ...database } = spec.database;
  if (rehearsal === undefined) return;
  if (rehearsal.user === database.user) {
    throw new PlimsollError(
      "INPUT_INVALID",
      `spec.database.rehearsal of ${spec.name} names the environment's own role "${database.user}".`,
      {
        why: "It is there to keep the environment's own role out of the copies.",
        fix: "Name another role with CREATEDB, or leave spec.database.rehearsal out.",
      },
    );
  }
  await world.readSecret(rehearsal.password);
  const asRehearser = { ...spec, database: { ...database, ...rehearsal, name: maintenanceDatabase } };
  const createdb = await world.readDatabase(asRehearser, mayCreateDatabases).catch((error: unknown) => {
    throw inRehearsalRole(error, rehearsal.user);
  });
  if (createdb) return;
  throw new PlimsollError("DATABASE_RIGHTS_MISSING", `The role "${rehearsal.user}" of spec.database.rehearsal lacks CREATEDB.`, {
    why: "The copies of rehearsals belong to it, so it makes them.",
    fix: `ALTER ROLE "${rehearsal.user}" CREATEDB;`,
    facts: { role: rehearsal.user, missing: "CREATEDB" },
  });
}

async function mayCreateDatabases(sql: SqlReader): Promise<boolean> {
  const [row] = await sql.query<{ createdb: boolean }>(
    "SELECT rolcreatedb OR rolsuper AS createdb FROM pg_roles WHERE rolname = current_user",
  );
  return row?.createdb === true;
}

/** What refuses this role must not be looked for in the environment's own. */
function inRehearsalRole(error: unknown, user: string): unknown {
  const refused = error instanceof PlimsollError && (error.code === "DATABASE_PASSWORD_WRONG" || error.code === "DATABASE_RIGHTS_MISSING");
  if (!refused) return error;
  return new PlimsollError(
    error.code,
    `The role "${user}" of spec.database.rehearsal can't log in: ${error.message}`,
    {
      ...error.text,
      fix: "Correct user and password of spec.database.rehearsal and look at pg_hba.conf, or leave spec.database.rehearsal out.",
    },
    error,
  );
}

function checkSeries(spec: EnvironmentSpec, facts: TenantFacts, base: Base, release: Release | null): void {
  const wrong = [
    ...(base.series === facts.series ? [] : [`the Odoo at ${spec.runtime.odoo.server} is ${base.series}`]),
    ...(release === null || release.content.series === facts.series ? [] : [`release ${release.name} is for ${release.content.series}`]),
  ];
  if (wrong.length === 0) return;
  throw new PlimsollError(
    "DATABASE_OTHER_SERIES",
    `${spec.database.name} is an Odoo ${facts.series} database, but ${wrong.join(" and ")}.`,
    {
      why: "Starting another series on a database breaks it.",
      fix: "Name the Odoo and the release of the database's own series.",
      facts: { database: facts.series, odoo: base.series, release: release?.content.series ?? null },
    },
  );
}

const namesShownMax = 20;

function checkModules(spec: EnvironmentSpec, facts: TenantFacts, base: Base, release: Release | null): void {
  const known = new Set(
    [...base.modules, ...(release?.content.modules ?? [])].filter((module) => module.installable).map((module) => module.name),
  );
  const installed = facts.modules.filter((module) => !module.imported && (module.state === "installed" || module.state.startsWith("to ")));
  const without = installed
    .map((module) => module.name)
    .filter((name) => !known.has(name))
    .sort();
  if (without.length === 0) return;
  const shown = without.slice(0, namesShownMax).join(", ");
  throw new PlimsollError(
    "INPUT_INVALID",
    `${without.length} installed ${without.length === 1 ? "module has" : "modules have"} no code: ${shown}${without.length > namesShownMax ? ", …" : ""}.`,
    {
      why: `${release === null ? "No release is declared, and the base" : `Neither release ${release.name} nor the base`} ${release === null ? "lacks them" : "has them"}.`,
      fix: "Create a release with their addons and name it in spec.release, or add their folder to spec.runtime.odoo.addonsPaths.",
      because: without.slice(0, 200).map((name) => `${name} is installed in ${spec.database.name} and has no installable code`),
    },
  );
}

async function checkFilestore(world: World, spec: EnvironmentSpec, attachments: boolean): Promise<void> {
  const filestore = world.openFilestore(spec);
  if (attachments) await filestore.measure(spec.database.name);
  if (attachments || (await filestore.exists(spec.database.name))) await filestore.checkLinks(spec.database.name);
}

async function checkPort(
  world: World,
  spec: EnvironmentSpec,
  existing: EnvironmentRecord | null,
  others: readonly EnvironmentSpec[],
): Promise<void> {
  const { listenHost, listenPort } = spec.gateway;
  if (existing !== null && sharesAddress(existing.spec, spec)) return;
  // The gateway itself has it, for an environment with other hostnames.
  if (others.some((other) => sharesAddress(other, spec))) return;
  const route = (await world.gateway.status(spec.name))?.route;
  if (route !== undefined && route.listenPort === listenPort && route.listenHost === listenHost) return;
  if (await world.isPortFree(listenHost, listenPort)) return;
  throw new PlimsollError("PORT_IN_USE", `${address(spec)} can't be listened on for ${spec.name}.`, {
    why: "Another process has it, or the address isn't this host's.",
    fix: "End the process that listens there, or choose another spec.gateway.listen.",
    facts: { host: listenHost, port: listenPort },
  });
}

function databaseKey({ database }: EnvironmentSpec): string {
  const local = database.host === "localhost" || database.host === "::1" || database.host === "127.0.0.1";
  return `${local ? "127.0.0.1" : database.host.toLowerCase()}:${database.port}/${database.name}`;
}

function sharesAddress(a: EnvironmentSpec, b: EnvironmentSpec): boolean {
  return a.gateway.listenHost === b.gateway.listenHost && a.gateway.listenPort === b.gateway.listenPort;
}

/** An environment without hostnames takes every request of its address. */
function overlap(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a.some((name) => b.includes(name));
}

function address({ gateway }: EnvironmentSpec): string {
  return `${gateway.listenHost.includes(":") ? `[${gateway.listenHost}]` : gateway.listenHost}:${gateway.listenPort}`;
}
