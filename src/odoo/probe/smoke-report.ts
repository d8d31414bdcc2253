import type { Json } from "../../domain/shared/canonical-json.ts";

export type SmokeOutcome = "passed" | "failed" | "not-applicable";

/** What smoke.py reports. */
export interface SmokeReport {
  readonly scenarios: readonly {
    readonly name: string;
    readonly outcome: SmokeOutcome;
    /** The error with its type, or why it doesn't apply; null when it passed. */
    readonly reason: string | null;
    /** Steps that were done, of how many. */
    readonly step: number;
    readonly steps: number;
    readonly notes: readonly string[];
    readonly durationMs: number;
  }[];
  readonly checks: readonly { readonly id: string; readonly outcome: SmokeOutcome; readonly seen: string }[];
  readonly pdf: string;
  /** Without loading the registry, which is `loadMs`. */
  readonly durationMs: number;
  readonly loadMs: number;
  /** Why it ended early; what isn't in the lists then wasn't tried. */
  readonly fatal: string | null;
}

/** What every user does, whatever is installed, with its sentence; asked through Odoo's WSGI application. */
export const smokeChecks: Readonly<Record<string, string>> = {
  "login-with-password": "A user logs in with the right password, and not with a wrong one",
  "api-key": "A new API key reads through the JSON API, and a wrong one is refused",
  "web-client": "The web client opens for a user, with its menus",
  "websocket-route": "The websocket's route is there",
};

export function unfinishedSmoke(fatal: string): Json & { readonly fatal: string } {
  return { scenarios: [], checks: [], pdf: "unknown", durationMs: 0, loadMs: 0, fatal };
}

/** Reads a stored report; anything that hasn't its shape is an unfinished one, so that it can't pass for evidence. */
export function readSmokeReport(json: Json): SmokeReport {
  const report = part(json);
  const whole = Array.isArray(report["scenarios"]) && Array.isArray(report["checks"]) && report["fatal"] !== undefined;
  if (!whole) return unfinishedSmoke("Business smoke left no complete report.") as unknown as SmokeReport;
  return {
    scenarios: list(report["scenarios"]).map((one) => {
      const row = part(one);
      return {
        name: text(row["name"]),
        outcome: outcomeOf(row["outcome"]),
        reason: typeof row["reason"] === "string" ? row["reason"] : null,
        step: number(row["step"]),
        steps: number(row["steps"]),
        notes: list(row["notes"]).filter((note) => typeof note === "string"),
        durationMs: number(row["durationMs"]),
      };
    }),
    checks: list(report["checks"]).map((one) => {
      const row = part(one);
      return { id: text(row["id"]), outcome: outcomeOf(row["outcome"]), seen: text(row["seen"]) };
    }),
    pdf: text(report["pdf"]),
    durationMs: number(report["durationMs"]),
    loadMs: number(report["loadMs"]),
    fatal: typeof report["fatal"] === "string" ? report["fatal"] : null,
  };
}

/** What the report doesn't know as passed or not applicable has failed. */
function outcomeOf(value: Json | undefined): SmokeOutcome {
  return value === "passed" || value === "not-applicable" ? value : "failed";
}

type Part = { readonly [key: string]: Json | undefined };

function part(value: Json | undefined): Part {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Part) : {};
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function number(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
