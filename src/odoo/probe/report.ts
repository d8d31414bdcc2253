import type { Json } from "../../domain/shared/canonical-json.ts";

/** What deep-probe.py reports. Lists of failures hold at most 500; the totals count all. */
export interface ProbeReport {
  readonly models: {
    readonly checked: number;
    readonly names: readonly string[];
    /** Declared without a table, by design or because a view that should be one is missing. */
    readonly withoutTable: readonly string[];
    /** Reports over views whose first row takes longer than the statement bound; their columns were checked. */
    readonly slow: readonly string[];
    readonly failed: readonly { readonly model: string; readonly error: string }[];
    readonly failedTotal: number;
  };
  readonly views: {
    readonly checked: number;
    readonly failed: readonly { readonly model: string; readonly view: string; readonly error: string }[];
    readonly failedTotal: number;
  };
  readonly http: readonly { readonly path: string; readonly status: number; readonly bytes: number }[];
  /** Without loading the registry, which is `loadMs`. */
  readonly durationMs: number;
  readonly loadMs: number;
  /** Why the probe ended early; the rest of the report then counts for nothing. */
  readonly fatal: string | null;
}

/** The Python file, run inside Odoo's interpreter; copied to where Odoo's user can read it. */
export const deepProbeScript: URL = new URL("./deep-probe.py", import.meta.url);

/** Business smoke, which writes: for copies that are thrown away. */
export const smokeScript: URL = new URL("./smoke.py", import.meta.url);

/** The report of an interrupted or killed probe. */
export function unfinishedReport(fatal: string): ProbeReport {
  const none = { checked: 0, failed: [], failedTotal: 0 };
  return { models: { ...none, names: [], withoutTable: [], slow: [] }, views: none, http: [], durationMs: 0, loadMs: 0, fatal };
}

/** Reads a stored report; anything that hasn't its shape is an unfinished one, so that it can't pass for evidence. */
export function readProbeReport(json: Json): ProbeReport {
  const { models, views, http, ...rest } = part(json);
  const [m, v] = [part(models), part(views)];
  const complete =
    isNumber(m["checked"]) && isNumber(v["checked"]) && Array.isArray(m["failed"]) && Array.isArray(v["failed"]) && Array.isArray(http);
  if (!complete) return unfinishedReport("The probe left no complete report.");
  return {
    models: {
      checked: m["checked"] as number,
      names: names(m["names"]),
      withoutTable: names(m["withoutTable"]),
      slow: names(m["slow"]),
      failed: list(m["failed"]).map((row) => ({ model: text(part(row)["model"]), error: text(part(row)["error"]) })),
      failedTotal: number(m["failedTotal"]),
    },
    views: {
      checked: v["checked"] as number,
      failed: list(v["failed"]).map((row) => ({
        model: text(part(row)["model"]),
        view: text(part(row)["view"]),
        error: text(part(row)["error"]),
      })),
      failedTotal: number(v["failedTotal"]),
    },
    http: list(http).map((row) => ({
      path: text(part(row)["path"]),
      status: number(part(row)["status"]),
      bytes: number(part(row)["bytes"]),
    })),
    durationMs: number(rest["durationMs"]),
    loadMs: number(rest["loadMs"]),
    fatal: typeof rest["fatal"] === "string" ? rest["fatal"] : null,
  };
}

type Part = { readonly [key: string]: Json | undefined };

function part(value: Json | undefined): Part {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Part) : {};
}

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function names(value: Json | undefined): readonly string[] {
  return list(value).filter((name) => typeof name === "string");
}

function isNumber(value: Json | undefined): boolean {
  return typeof value === "number";
}

function number(value: Json | undefined): number {
  return typeof value === "number" ? value : 0;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
