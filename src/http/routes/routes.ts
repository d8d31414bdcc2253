import type { Binding } from "../binding.ts";
import { analysisRoutes } from "./analysis-routes.ts";
import { changeRoutes } from "./change-routes.ts";
import { deploymentRoutes } from "./deployment-routes.ts";
import { environmentRoutes } from "./environment-routes.ts";
import { eventRoutes } from "./event-routes.ts";
import { lossRoutes } from "./loss-routes.ts";
import { rehearsalRoutes } from "./rehearsal-routes.ts";
import { releaseRoutes } from "./release-routes.ts";
import { serverRoutes } from "./server-routes.ts";

/** Every operation of the contract with its handler. */
export const routes: readonly Binding[] = [
  ...serverRoutes,
  ...releaseRoutes,
  ...analysisRoutes,
  ...environmentRoutes,
  ...changeRoutes,
  ...rehearsalRoutes,
  ...lossRoutes,
  ...deploymentRoutes,
  ...eventRoutes,
];
