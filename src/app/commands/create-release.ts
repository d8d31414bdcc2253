import type { Release } from "../../domain/release/release.ts";
import { shortDigest } from "../../domain/shared/digest.ts";
import { PlimsollError } from "../../domain/shared/errors.ts";
import type { UseCase } from "../use-case.ts";

export interface CreateReleaseInput {
  readonly name: string;
  readonly sources: readonly string[];
  readonly series: string;
  readonly notes?: string | undefined;
}

/** Takes a snapshot of addons into the store under a name. The same name with the same content is the same release. */
export const createRelease: UseCase<CreateReleaseInput, { readonly release: Release; readonly created: boolean }> = {
  id: "create-release",
  permission: "release:create",

  async handler(world, actor, input, progress) {
    const added = await world.releases.add(input.sources, { series: input.series, progress });
    const release: Release = {
      name: input.name,
      digest: added.digest,
      content: added.content,
      metadata: {
        sources: input.sources,
        ...(added.commit === undefined ? {} : { commit: added.commit }),
        ...(added.author === undefined ? {} : { author: added.author }),
        ...(input.notes === undefined ? {} : { notes: input.notes }),
      },
      createdAt: world.clock.now(),
      createdBy: actor.name,
    };
    return world.store.transaction(async (tx) => {
      const existing = await tx.release(input.name);
      if (existing !== null) {
        if (existing.digest !== release.digest) throw nameTaken(existing, release);
        return { release: existing, created: false };
      }
      await tx.putRelease(release);
      await tx.append({
        actor: actor.name,
        type: "release.created",
        subjectKind: "release",
        subject: release.name,
        environment: null,
        deployment: null,
        data: { digest: release.digest, modules: release.content.modules.map((module) => module.name), sources: input.sources },
      });
      return { release, created: true };
    });
  },
};

function nameTaken(existing: Release, release: Release): PlimsollError {
  return new PlimsollError("CONFLICT", `Release ${existing.name} exists with other content.`, {
    why: `It is ${shortDigest(existing.digest)}, made ${existing.createdAt}; these addons give ${shortDigest(release.digest)}. A release never changes.`,
    fix: "Give the new content a name of its own.",
    facts: { existing: existing.digest, given: release.digest },
  });
}
