import { expect, it } from "vitest";
import type { TenantView } from "../../../domain/fleet/tenant-content.ts";
import { found, groundOf, said } from "../../../odoo/analysis/records/ground/test-kit.ts";
import { field, modelClass, record, ref, tenantOf, text } from "../../../odoo/analysis/records/test-kit.ts";
import { recordDifference } from "./record-difference.ts";

const stage = record("a.stage", "x.stage", { name: text("Late") });
const known = (value: string | boolean): { known: true; value: string | boolean } => ({ known: true, value });

it("tells deleted records, and what the database does to those that refer to them", () => {
  const models = [
    modelClass("x.stage"),
    modelClass("x.task", { fields: [field("stage_id", "Many2one", { comodel_name: known("x.stage"), ondelete: known("restrict") })] }),
  ];
  const b = { data: [record("b.task", "x.task", { stage_id: ref("a.stage") })] };
  const ground = groundOf({ a: { models, data: [stage] }, b }, { a: { models }, b });
  expect(said(recordDifference, ground)).toEqual([
    "record-deleted: The update deletes a.stage (x.stage), which no data file gives any more.",
    "deleted-record-referenced: stage_id of b.task (x.task) refers to a.stage, which the update deletes: the database refuses, and the whole update fails.",
  ]);
  expect(found(recordDifference, ground).map(({ module, line }) => [module, line])).toEqual([
    ["a", null],
    ["b", 3],
  ]);
});

it("tells edits that are lost, changes that don't arrive, and records that come back", () => {
  const models = [modelClass("x.stage")];
  const file = (name: string) => ({
    a: { models, data: [stage, record("a.kept", "x.stage", { name: text(name) }, { noupdate: true }), record("a.gone", "x.stage")] },
  });
  const tenant = tenantOf(
    {
      "a.stage": { model: "x.stage", noupdate: false },
      "a.kept": { model: "x.stage", noupdate: true },
      "a.gone": { model: "x.stage", noupdate: false },
    },
    { editedRecords: ["a.stage"], missingRecords: ["a.gone"] },
  );
  const findings = found(recordDifference, groundOf(file("Old"), file("New"), tenant));
  expect(findings.map(({ rule }) => rule).toSorted()).toEqual(["change-kept-back", "deleted-record-returns", "edit-overwritten"]);
  expect(findings.find(({ rule }) => rule === "change-kept-back")?.evidence).toEqual(["name: Old → New"]);
});

it("tells when noupdate flips, in either direction", () => {
  const given = (noupdate: boolean) => ({ a: { models: [modelClass("x.stage")], data: [{ ...stage, noupdate }] } });
  expect(said(recordDifference, groundOf(given(false), given(true)))).toEqual([
    "noupdate-flipped: a.stage (x.stage) is noupdate now: updates no longer write it, and still delete it once the files don't give it.",
  ]);
  expect(said(recordDifference, groundOf(given(true), given(false)))).toEqual([
    "noupdate-flipped: a.stage (x.stage) is no longer noupdate in the files, but in every database that has it.",
  ]);
});

it("names the tenant's own views that go with a deleted one, however deep", () => {
  const view = (id: number, xmlid: string | null, inheritId: number | null, name = "mine"): TenantView => ({
    ...{
      id,
      xmlid,
      inheritId,
      name,
      key: null,
      model: null,
      type: "form",
      mode: "extension",
      priority: 16,
      active: true,
      arch: "",
      edited: false,
    },
  });
  const tenant = tenantOf(
    { "a.form": { model: "ir.ui.view", noupdate: false, id: 1 } },
    { views: [view(3, null, 2, "deep"), view(1, "a.form", null), view(2, null, 1), view(9, null, null)] },
  );
  const findings = found(recordDifference, groundOf({ a: { data: [record("a.form", "ir.ui.view")] } }, { a: {} }, tenant));
  expect(findings.filter(({ rule }) => rule === "own-view-deleted").map(({ meaning }) => meaning)).toEqual([
    `The tenant's own view "deep" is deleted.`,
    `The tenant's own view "mine" is deleted.`,
  ]);
});

it("refuses a record without an id in one tree alone, unless it is noupdate", () => {
  const given = (noupdate: boolean) => groundOf(null, { a: { data: [{ ...stage, xmlid: null, noupdate }] } });
  expect(found(recordDifference, given(false)).map(({ rule }) => rule)).toEqual(["record-without-id"]);
  expect(found(recordDifference, given(true))).toEqual([]);
});
