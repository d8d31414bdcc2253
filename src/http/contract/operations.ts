import { analyseRelease } from "./analyses.ts";
import type { Operation } from "./operation.ts";
import {
  abortChange,
  approveChange,
  createChange,
  listChanges,
  planChange,
  recoverChange,
  resumeChange,
  runChange,
  showChange,
  showPlan,
} from "./changes.ts";
import { listDeployments, showDeployment } from "./deployments.ts";
import { apply, liftHold, listEnvironments, listTenants, showEnvironment } from "./environments.ts";
import { listEvents } from "./events.ts";
import { health, showServer } from "./health.ts";
import { measureLoss } from "./losses.ts";
import { rehearseChange, showRehearsal } from "./rehearsals.ts";
import { createRelease, diffReleases, listReleases, showRelease } from "./releases.ts";

/** Everything that can be asked, in the order in which the documentation shows it. */
export const operations: readonly Operation<never, never, never, unknown, never>[] = [
  health,
  showServer,
  createRelease,
  listReleases,
  showRelease,
  diffReleases,
  analyseRelease,
  apply,
  listTenants,
  listEnvironments,
  showEnvironment,
  liftHold,
  createChange,
  listChanges,
  showChange,
  planChange,
  approveChange,
  runChange,
  abortChange,
  resumeChange,
  recoverChange,
  measureLoss,
  rehearseChange,
  showRehearsal,
  showPlan,
  listDeployments,
  showDeployment,
  listEvents,
] as unknown as readonly Operation<never, never, never, unknown, never>[];
