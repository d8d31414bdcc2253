import type { Change } from "../../domain/change/change.ts";
import type { AgreedRemovals } from "../../domain/impact/impact.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import { findEnvironment, findRelease } from "../find.ts";
import { putNewChange } from "../new-change.ts";
import type { UseCase } from "../use-case.ts";

export interface CreateChangeInput {
  readonly kind: string;
  readonly environment: string;
  readonly release: string;
  readonly reason: string;
  readonly agreedRemovals: AgreedRemovals;
}

/** Asks that something be altered; nothing runs before a plan of it is approved. */
export const createChange: UseCase<CreateChangeInput, Change> = {
  id: "create-change",
  permission: "change:create",

  async handler(world, actor, input) {
    if (!world.changeKinds.some((kind) => kind.id === input.kind)) {
      throw new PlimsollError("INPUT_INVALID", `There is no change kind "${input.kind}".`, {
        fix: `Use one of: ${world.changeKinds.map((kind) => kind.id).join(", ")}.`,
      });
    }
    await findEnvironment(world.store, input.environment);
    await findRelease(world.store, input.release);
    const { kind, environment, release, agreedRemovals, reason } = input;
    return world.store.transaction((tx) =>
      putNewChange(world, actor, tx, { kind, spec: { environment, release, agreedRemovals }, reason }),
    );
  },
};
