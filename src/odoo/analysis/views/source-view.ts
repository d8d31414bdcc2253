import type { DataRecord, DataValue } from "../../../domain/release/module-source.ts";

/** A view, with what the files and the tenant's database together make of it. */
export interface SourceView {
  /** The xmlid, or `#<id>` of a view that no module owns. */
  readonly key: string;
  readonly xmlid: string | null;
  /** Who gave the architecture; null: the database. */
  readonly module: string | null;
  readonly file: string | null;
  /** Of the record; null: there is no file. */
  readonly line: number | null;
  /** Lines of the file at which the architecture's elements begin, in document order; empty: not known. */
  readonly archLines: readonly number[];
  readonly name: string;
  readonly model: string | null;
  /** null: what its root or its parent says. */
  readonly type: string | null;
  readonly mode: "primary" | "extension";
  /** Key of the parent. */
  readonly inherit: string | null;
  readonly priority: number;
  readonly active: boolean;
  /** Ids are given in this order. */
  readonly order: number;
  readonly arch: string;
  /** A person changed it, or made it. */
  readonly ownedByTenant: boolean;
  readonly groups: readonly string[];
}

/** What a view is before anything says otherwise (`ir_ui_view.py`). */
export const defaultPriority = 16;

/** Applies a record's values to what is known of the view so far. */
export function recordView(
  record: DataRecord & { readonly xmlid: string },
  module: string,
  order: number,
  known: SourceView | null,
): SourceView {
  const { values } = record;
  const arch = archOf(values["arch"] ?? values["arch_db"]);
  const inherit = "inherit_id" in values ? refOf(values["inherit_id"]) : (known?.inherit ?? null);
  const given = textOf(values["mode"]);
  // Odoo sets the mode with `inherit_id`, where nothing says otherwise (`_compute_defaults`).
  const implied =
    "inherit_id" in values && (known === null || known.inherit === null) ? (inherit === null ? "primary" : "extension") : null;
  const place = arch === null && known !== null ? known : { module, file: record.file, line: record.line };
  return {
    key: record.xmlid,
    xmlid: record.xmlid,
    module: place.module,
    file: place.file,
    line: place.line,
    archLines: arch === null ? (known?.archLines ?? []) : arch.lines,
    name: textOf(values["name"]) ?? known?.name ?? record.xmlid,
    model: "model" in values ? textOf(values["model"]) : (known?.model ?? null),
    type: textOf(values["type"]) ?? known?.type ?? null,
    mode: given === "primary" || given === "extension" ? given : (implied ?? known?.mode ?? "primary"),
    inherit,
    priority: numberOf(values["priority"]) ?? known?.priority ?? defaultPriority,
    active: activeOf(record, known),
    order: known?.order ?? order,
    arch: arch?.text ?? known?.arch ?? "",
    ownedByTenant: arch === null ? (known?.ownedByTenant ?? false) : false,
    groups: groupsOf(values["group_ids"] ?? values["groups_id"]) ?? known?.groups ?? [],
  };
}

/** `<template active="…">` counts only when the view is made (`_tag_template` of `convert.py`). */
function activeOf(record: DataRecord, known: SourceView | null): boolean {
  const given = record.values["active"];
  if (given === undefined || (known !== null && record.onlyNew?.includes("active") === true)) return known?.active ?? true;
  if (given.kind === "eval" && given.value.known) return Boolean(given.value.value);
  if (given.kind === "text") return !["0", "false", "off", ""].includes(given.text.trim().toLowerCase());
  return known?.active ?? true;
}

function archOf(value: DataValue | undefined): { text: string; lines: readonly number[] } | null {
  if (value?.kind === "xml") return { text: value.text, lines: value.lines ?? [] };
  return value?.kind === "text" ? { text: value.text, lines: [] } : null;
}

function refOf(value: DataValue | undefined): string | null {
  return value?.kind === "ref" || value?.kind === "eval" ? (value.xmlids[0] ?? null) : null;
}

function textOf(value: DataValue | undefined): string | null {
  if (value?.kind === "text") return value.text.trim() === "" ? null : value.text.trim();
  return value?.kind === "eval" && value.value.known && typeof value.value.value === "string" ? value.value.value : null;
}

function numberOf(value: DataValue | undefined): number | null {
  if (value?.kind === "text" && /^\s*-?[0-9]+\s*$/.test(value.text)) return Number(value.text);
  return value?.kind === "eval" && value.value.known && typeof value.value.value === "number" ? value.value.value : null;
}

function groupsOf(value: DataValue | undefined): readonly string[] | null {
  return value?.kind === "ref" || value?.kind === "eval" ? value.xmlids : null;
}
