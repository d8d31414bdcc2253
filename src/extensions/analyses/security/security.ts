import type { AnalysisGround, AnalysisKind } from "../../../app/ports/analysis-kind.ts";
import { codePowers } from "./code-powers.ts";
import { dataPrivileges } from "./data-privileges.ts";
import { routeChanges } from "./route-changes.ts";
import { rules } from "./rules.ts";

/** What a release lets more or fewer people do, and where its code goes past access rights. */
export const security: AnalysisKind = {
  id: "security",
  summary: "Access rights, record rules, groups, open routes, sudo, raw SQL and evaluated code that a release brings or changes",
  rules,
  *find(ground: AnalysisGround) {
    yield* dataPrivileges(ground);
    yield* routeChanges(ground);
    yield* codePowers(ground);
  },
};
