import { bind, type Binding } from "../binding.ts";
import * as contract from "../contract/health.ts";

export const serverRoutes: readonly Binding[] = [
  bind(contract.health, null, async () => ({ status: "ok", product: "plimsoll" })),
  bind(contract.showServer, "environment:read", async ({ world, server }) => ({ ...server, host: world.host })),
];
