import { listDeployments, showDeployment } from "../../app/queries/show-deployment.ts";
import { bind, type Binding } from "../binding.ts";
import * as contract from "../contract/deployments.ts";
import { deploymentView } from "../views/deployment-views.ts";

export const deploymentRoutes: readonly Binding[] = [
  bind(contract.listDeployments, listDeployments.permission, async ({ world, actor, progress }, { query }) => ({
    items: (await listDeployments.handler(world, actor, query, progress)).map(deploymentView),
  })),
  bind(contract.showDeployment, showDeployment.permission, async ({ world, actor, progress }, { params }) =>
    deploymentView(await showDeployment.handler(world, actor, params, progress)),
  ),
];
