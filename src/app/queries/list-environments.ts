import type { TenantRecord } from "../ports/store.ts";
import type { UseCase } from "../use-case.ts";
import { stateOf, type EnvironmentState } from "./show-environment.ts";

export const listEnvironments: UseCase<{ readonly tenant?: string | undefined }, readonly EnvironmentState[]> = {
  id: "list-environments",
  permission: "environment:read",

  async handler(world, _actor, input) {
    const records = (await world.store.environments()).filter(
      (record) => input.tenant === undefined || record.spec.tenant === input.tenant,
    );
    return Promise.all(records.map((record) => stateOf(world.store, record)));
  },
};

export const listTenants: UseCase<Readonly<Record<never, never>>, readonly TenantRecord[]> = {
  id: "list-tenants",
  permission: "environment:read",
  handler: (world) => world.store.tenants(),
};
