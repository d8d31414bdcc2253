import { analyseRelease } from "../../app/queries/analyse-release.ts";
import { bind, type Binding } from "../binding.ts";
import * as contract from "../contract/analyses.ts";

export const analysisRoutes: readonly Binding[] = [
  bind(contract.analyseRelease, analyseRelease.permission, ({ world, actor, progress }, { body }) =>
    analyseRelease.handler(world, actor, body, progress),
  ),
];
