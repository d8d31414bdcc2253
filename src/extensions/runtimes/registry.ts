import type { RuntimeKind } from "../../app/ports/runtime-kind.ts";
import { processRuntime } from "./process/process-runtime.ts";

/** Every way to run an environment's Odoo. */
export const runtimes: readonly RuntimeKind[] = [processRuntime];
