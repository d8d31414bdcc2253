import type { Json } from "../shared/canonical-json.ts";

/**
 * One business act that a release must still be able to do, as data: it runs with superuser rights on a throwaway copy. Values
 * may refer to what earlier steps made: `$order`, `$order.partner_id`, and to `$today`.
 */
export interface SmokeScenario {
  /** Kebab case, unique: `timesheet-line`. */
  readonly name: string;
  /** What it shows, as a person would say it: `Record a timesheet line`. */
  readonly title: string;
  /** All of them must be installed; otherwise the scenario doesn't apply to the tenant. */
  readonly modules: readonly string[];
  readonly steps: readonly SmokeStep[];
}

export type SmokeStep =
  | { readonly create: string; readonly values: Readonly<Record<string, Json>>; readonly as?: string }
  | { readonly search: string; readonly domain: Json; readonly as: string; readonly limit?: number }
  | { readonly call: string; readonly on: string; readonly arguments?: Readonly<Record<string, Json>>; readonly as?: string }
  | { readonly write: string; readonly values: Readonly<Record<string, Json>> }
  | { readonly expect: string; readonly field: string; readonly equals: Json }
  | { readonly report: string; readonly on: string; readonly format?: "pdf" | "html" };
