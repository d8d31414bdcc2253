import type { EnvironmentSpec } from "../../domain/fleet/environment.ts";
import { canonicalJson, type Json } from "../../domain/shared/canonical-json.ts";
import type { StoreTransaction } from "../ports/store.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { Actor, Progress, UseCase } from "../use-case.ts";
import type { World } from "../world.ts";
import { checkEnvironment, type CheckedEnvironment } from "./apply/check-environment.ts";
import { readDocuments } from "./apply/read-documents.ts";
import { firstGeneration, startEnvironment } from "./apply/start-environment.ts";
import type { DeclaredTenant } from "./apply/tenant-document.ts";

export interface ApplyInput {
  readonly documents: string;
  readonly dryRun: boolean;
}

export interface AppliedResource {
  readonly kind: "Tenant" | "Environment";
  readonly name: string;
  readonly action: "created" | "changed" | "unchanged";
  /** Sentences for whoever applied it. */
  readonly notes: readonly string[];
}

/** Makes tenants and environments what YAML documents say. Everything is checked before anything is changed. */
export const applyDeclarations: UseCase<ApplyInput, { readonly dryRun: boolean; readonly resources: readonly AppliedResource[] }> = {
  id: "apply-declarations",
  permission: "environment:apply",

  async handler(world, actor, input, progress) {
    const declared = readDocuments(input.documents);
    await requireTenants(world, declared.tenants, declared.environments);
    const recorded = (await world.store.environments()).map((record) => record.spec);
    const checked: CheckedEnvironment[] = [];
    for (const spec of declared.environments)
      checked.push(await checkEnvironment(world, spec, othersOf(spec, declared.environments, recorded), progress));
    const tenants = await Promise.all(declared.tenants.map(async (tenant) => ({ tenant, action: await tenantAction(world, tenant) })));
    const resources: AppliedResource[] = tenants.map(({ tenant, action }) => ({ kind: "Tenant", name: tenant.name, action, notes: [] }));
    if (input.dryRun) return { dryRun: true, resources: [...resources, ...checked.map((each) => resultOf(each, null))] };
    const waiting = new Map(tenants.filter(({ action }) => action !== "unchanged").map(({ tenant }) => [tenant.name, tenant]));
    for (const each of checked) {
      resources.push(await applyEnvironment(world, actor, each, waiting.get(each.spec.tenant), progress));
      waiting.delete(each.spec.tenant);
    }
    await world.store.transaction(async (tx) => {
      for (const tenant of waiting.values()) await recordTenant(tx, actor, tenant);
    });
    return { dryRun: false, resources };
  },
};

/** Odoo first, then the record: an Odoo that never becomes healthy leaves no trace of a declaration. */
async function applyEnvironment(
  world: World,
  actor: Actor,
  checked: CheckedEnvironment,
  tenant: DeclaredTenant | undefined,
  progress: Progress,
): Promise<AppliedResource> {
  const { spec, existing, release } = checked;
  const serving = { release: release?.digest ?? null, generation: existing?.generation ?? firstGeneration, epoch: checked.epoch };
  await startEnvironment(world, spec, serving, existing?.spec ?? null, progress);
  const result = resultOf(checked, world);
  if (result.action === "unchanged" && tenant === undefined) return result;
  await world.store.transaction(async (tx) => {
    if (tenant !== undefined) await recordTenant(tx, actor, tenant);
    if (result.action === "unchanged") return;
    const { release, generation } = serving;
    await tx.putEnvironment(spec, { release, generation, baseDigest: checked.base.digest, lag: [] });
    await tx.append({
      actor: actor.name,
      type: existing === null ? "environment.adopted" : "environment.changed",
      subjectKind: "environment",
      subject: spec.name,
      environment: spec.name,
      deployment: null,
      data: { spec: spec as unknown as Json, release: serving.release, foreignSessions: checked.foreignSessions },
    });
  });
  return result;
}

async function recordTenant(tx: StoreTransaction, actor: Actor, tenant: DeclaredTenant): Promise<void> {
  await tx.putTenant({ name: tenant.name, title: tenant.title });
  await tx.append({
    actor: actor.name,
    type: "tenant.declared",
    subjectKind: "tenant",
    subject: tenant.name,
    environment: null,
    deployment: null,
    data: { title: tenant.title },
  });
}

function resultOf(checked: CheckedEnvironment, world: World | null): AppliedResource {
  const { spec, existing, release, foreignSessions } = checked;
  const same = existing !== null && canonicalJson(existing.spec as unknown as Json) === canonicalJson(spec as unknown as Json);
  const notes: string[] = [];
  if (existing === null && foreignSessions > 0) {
    notes.push(
      `${foreignSessions} session${foreignSessions === 1 ? "" : "s"} of others in ${spec.database.name}: an Odoo that runs elsewhere goes on until you end it; a change will close its sessions.`,
    );
  }
  if (existing === null)
    notes.push(
      `${world === null ? "would serve" : "serves"} ${release === null ? "the base's modules" : `release ${release.name}`} at ${spec.gateway.listenHost}:${spec.gateway.listenPort}`,
    );
  if (
    existing !== null &&
    spec.release !== undefined &&
    release !== null &&
    spec.release !== release.name &&
    spec.release !== release.digest
  ) {
    notes.push(`serves release ${release.name}; spec.release (${spec.release}) counted when it was adopted, a change moves it now`);
  }
  return { kind: "Environment", name: spec.name, action: existing === null ? "created" : same ? "unchanged" : "changed", notes };
}

async function tenantAction(world: World, tenant: DeclaredTenant): Promise<AppliedResource["action"]> {
  const existing = await world.store.tenant(tenant.name);
  if (existing === null) return "created";
  return existing.title === tenant.title ? "unchanged" : "changed";
}

async function requireTenants(world: World, tenants: readonly DeclaredTenant[], environments: readonly EnvironmentSpec[]): Promise<void> {
  for (const { name, tenant } of environments) {
    if (tenants.some((declared) => declared.name === tenant) || (await world.store.tenant(tenant)) !== null) continue;
    throw new PlimsollError("NOT_FOUND", `${name} belongs to the tenant "${tenant}", which isn't declared.`, {
      fix: `Declare it in the same file: apiVersion: plimsoll.dev/v1alpha1, kind: Tenant, metadata: { name: ${tenant} }`,
    });
  }
}

function othersOf(spec: EnvironmentSpec, declared: readonly EnvironmentSpec[], recorded: readonly EnvironmentSpec[]): EnvironmentSpec[] {
  const names = new Set(declared.map((each) => each.name));
  return [...declared, ...recorded.filter((each) => !names.has(each.name))].filter((each) => each.name !== spec.name);
}
