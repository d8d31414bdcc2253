import { analyze } from "./analyze.ts";
import type { Bench } from "./bench-kind.ts";
import { codeOnly } from "./code-only.ts";
import { gateway } from "./gateway.ts";
import { prediction } from "./prediction.ts";
import { recovery } from "./recovery.ts";
import { rehearsal } from "./rehearsal.ts";
import { rollback } from "./rollback.ts";
import { schemaRelease } from "./schema-release.ts";
import { start } from "./start.ts";

export const benches: readonly Bench[] = [rollback, recovery, codeOnly, schemaRelease, rehearsal, prediction, gateway, analyze, start];
