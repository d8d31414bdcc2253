import { describe, expect, it } from "vitest";
import type { AnalysedTenant } from "../../../app/ports/analysis-kind.ts";
import type { DataEntry, ModelClass } from "../../../domain/release/module-source.ts";
import { predictRecords } from "./predict-records.ts";
import { field, modelClass, record, ref, sideOf, tenantOf, text, type ModuleParts } from "./test-kit.ts";

type Modules = Readonly<Record<string, ModuleParts>>;

function predict(before: Modules, after: Modules, tenant: AnalysedTenant | null = null, installed: readonly string[] = []) {
  const updated = new Set(Object.keys(after).filter((name) => !installed.includes(name)));
  return predictRecords({ before: sideOf(before), after: sideOf(after), tenant, updated, installed });
}

/** Odoo's list of modules is another test's business. */
const outcomes = (of: ReturnType<typeof predict>): string[] =>
  of.records
    .filter(({ xmlid }) => !xmlid.startsWith("base.mod"))
    .map(({ xmlid, becomes, fields }) => `${xmlid} ${becomes}${fields.length === 0 ? "" : `: ${fields.join(" ")}`}`);

const data = (...entries: readonly DataEntry[]): Modules => ({ a: { data: entries } });
const stage = (name: string, parts: Parameters<typeof record>[3] = {}): DataEntry =>
  record("a.stage", "res.groups", { name: text(name) }, parts);

describe("records that files give", () => {
  it("are created, changed and deleted as the files say", () => {
    const predicted = predict(
      data(stage("New"), record("a.old", "res.groups"), record("a.same", "res.groups", { name: text("Same") })),
      data(stage("Newer"), record("a.more", "res.groups"), record("a.same", "res.groups", { name: text("Same") })),
    );
    expect(outcomes(predicted)).toEqual(["a.more created", "a.old deleted", "a.stage changed: name"]);
    expect(predicted.difference).toEqual({ recordsAdded: ["a.more (res.groups)"], recordsRemoved: ["a.old (res.groups)"] });
    expect(predicted.records[2]).toMatchObject({ file: "data/data.xml", line: 3, model: "res.groups" });
  });

  it("lose a person's edit whether the file changed or not", () => {
    const tenant = tenantOf({ "a.stage": { model: "res.groups", noupdate: false } }, { editedRecords: ["a.stage"] });
    expect(outcomes(predict(data(stage("New")), data(stage("New")), tenant))).toEqual(["a.stage overwritten"]);
    expect(outcomes(predict(data(stage("New")), data(stage("Newer")), tenant))).toEqual(["a.stage overwritten: name"]);
  });

  it("aren't taken as unedited where the database couldn't be read", () => {
    const there = { "a.stage": { model: "res.groups", noupdate: false } };
    const edits = (unread: readonly string[], modules: Modules): string[] =>
      predict(modules, modules, tenantOf(there, { unread })).uncertain.map(({ touches }) => touches);
    expect(edits(["res.groups", "mail.template"], data(stage("New")))).toEqual(["edits of res.groups"]);
    expect(edits(["res.groups"], data(stage("New", { noupdate: true })))).toEqual([]);
  });

  it("keep the old value when the database says noupdate, whatever the new file says", () => {
    const tenant = tenantOf({ "a.stage": { model: "res.groups", noupdate: true } }, { editedRecords: ["a.stage"] });
    expect(outcomes(predict(data(stage("New", { noupdate: true })), data(stage("Newer")), tenant))).toEqual(["a.stage kept: name"]);
  });

  it("keep it also when only the new file says noupdate, and the flag in the database stays off", () => {
    const tenant = tenantOf({ "a.stage": { model: "res.groups", noupdate: false } });
    expect(outcomes(predict(data(stage("New")), data(stage("Newer", { noupdate: true })), tenant))).toEqual(["a.stage kept: name"]);
    expect(outcomes(predict(data(stage("New")), data(), tenant))).toEqual(["a.stage deleted"]);
  });

  it("stay when they are noupdate and the files no longer have them", () => {
    const tenant = tenantOf({ "a.stage": { model: "res.groups", noupdate: true } });
    expect(outcomes(predict(data(stage("New", { noupdate: true })), data(), tenant))).toEqual([]);
  });

  it("come back after somebody deleted them, unless the file forbids it", () => {
    const tenant = tenantOf({ "a.stage": { model: "res.groups", noupdate: true } }, { missingRecords: ["a.stage"] });
    const given = (forcecreate: boolean): Modules => data(stage("New", { noupdate: true, forcecreate }));
    expect(outcomes(predict(given(true), given(true), tenant))).toEqual(["a.stage created: name"]);
    expect(outcomes(predict(given(false), given(false), tenant))).toEqual([]);
  });

  it("lose only the xmlid when their row is gone or another xmlid names them", () => {
    const gone = tenantOf({ "a.stage": { model: "res.groups", noupdate: false } }, { missingRecords: ["a.stage"] });
    expect(outcomes(predict(data(stage("New")), data(), gone))).toEqual(["a.stage forgotten"]);
    const shared = tenantOf({
      "a.stage": { model: "res.groups", noupdate: false, id: 7 },
      "__export__.x": { model: "res.groups", noupdate: false, id: 7 },
    });
    const predicted = predict(data(stage("New")), data(), shared);
    expect(outcomes(predicted)).toEqual(["a.stage forgotten"]);
    expect(predicted.difference.recordsRemoved).toEqual([]);
  });

  it("take the last value where several files give one", () => {
    const twice = (last: string): Modules => ({
      a: { data: [stage("A")] },
      b: { data: [record("a.stage", "res.groups", { name: text(last) })] },
    });
    expect(outcomes(predict(twice("B"), twice("C")))).toEqual(["a.stage changed: name"]);
    expect(outcomes(predict(twice("B"), { ...twice("B"), a: { data: [stage("Z")] } }))).toEqual([]);
  });

  it("are written in spite of noupdate by a module that is being installed", () => {
    const before = data(stage("New", { noupdate: true }));
    const after = { ...before, b: { data: [record("a.stage", "res.groups", { name: text("B") }), record("b.more", "res.groups")] } };
    expect(outcomes(predict(before, after, null, ["b"])).filter((line) => /^(a|b\.more)/.test(line))).toEqual([
      "a.stage changed: name",
      "b.more created",
    ]);
  });

  it("are left alone when their model has no code any more", () => {
    const thing = { models: [modelClass("x.thing")], data: [record("a.thing", "x.thing")] };
    const predicted = predict({ base: {}, a: thing }, { base: {}, a: {} });
    expect(predicted.records.find(({ xmlid }) => xmlid === "a.thing")?.becomes).toBe("forgotten");
    expect(predicted.difference.recordsRemoved).toContain("a.model_x_thing (ir.model)");
  });

  it("bring the parents that they delegate to, and keep them", () => {
    const cron = data(record("a.job", "ir.cron", { name: text("Job") }));
    expect(outcomes(predict(data(), cron))).toEqual(["a.job created: name", "a.job_ir_actions_server created"]);
    expect(outcomes(predict(cron, cron))).toEqual([]);
    expect(outcomes(predict(cron, data()))).toEqual(["a.job deleted", "a.job_ir_actions_server deleted"]);
  });

  it("take the views that extend them along", () => {
    const parent = record("a.form", "ir.ui.view");
    const child = { data: [record("b.form", "ir.ui.view", { inherit_id: ref("a.form") })] };
    const predicted = predictRecords({
      before: sideOf({ a: { data: [parent] }, b: child }),
      after: sideOf({ a: {}, b: child }),
      tenant: null,
      updated: new Set(["a"]),
      installed: [],
    });
    expect(outcomes(predicted)).toEqual(["a.form deleted", "b.form deleted"]);
  });

  it("are deleted by <delete>, and calls and searches are uncertain", () => {
    const place = { file: "data/data.xml", line: 1 };
    const predicted = predict(
      data(stage("New", { noupdate: true })),
      data(
        { entry: "delete", model: "res.groups", xmlid: "a.stage", search: null, ...place },
        { entry: "delete", model: "ir.rule", xmlid: null, search: "[('active', '=', False)]", ...place },
        { entry: "function", model: "ir.cron", method: "write", noupdate: false, code: "", ...place },
        { entry: "function", model: "res.groups", method: "fill", noupdate: true, code: "", ...place },
      ),
    );
    expect(outcomes(predicted)).toEqual(["a.stage deleted"]);
    expect(predicted.uncertain.map(({ touches }) => touches)).toEqual(["records of ir.rule", "records of ir.cron"]);
  });

  it("are the same in another notation", () => {
    const models = [modelClass("x.thing", { fields: [field("active", "Boolean"), field("size", "Integer")] })];
    const given = (active: string, size: string): Modules => ({
      a: {
        models,
        data: [
          record("a.thing", "x.thing", {
            active: text(active),
            size: { kind: "eval", code: size, value: { known: true, value: Number(size) }, xmlids: [] },
          }),
        ],
      },
    });
    const written: Modules = { a: { models, data: [record("a.thing", "x.thing", { active: text("1"), size: text("5") })] } };
    expect(outcomes(predict(given("True", "5"), written))).toEqual([]);
    expect(outcomes(predict(given("0", "5"), written))).toEqual(["a.thing changed: active"]);
  });
});

it("tells what is linked by another record, noupdate or not", () => {
  const links = (comodel: string, column1: string, column2: string): ModelClass["fields"][number]["attributes"] =>
    Object.fromEntries(
      Object.entries({ comodel_name: comodel, relation: "rel", column1, column2 }).map(([name, value]) => [name, { known: true, value }]),
    );
  const models = [
    modelClass("x.group", { fields: [field("user_ids", "Many2many", links("x.user", "gid", "uid"))] }),
    modelClass("x.user", { fields: [field("group_ids", "Many2many", links("x.group", "uid", "gid"))] }),
  ];
  const admin = record("a.admin", "x.user", {}, { noupdate: true });
  const after = { a: { models, data: [admin, record("a.group", "x.group", { user_ids: ref("a.admin") })] } };
  expect(outcomes(predict({ a: { models, data: [admin] } }, after))).toEqual(["a.admin changed: group_ids", "a.group created: user_ids"]);
  expect(outcomes(predict(after, { a: { models, data: [admin] } }))).toEqual(["a.admin changed: group_ids", "a.group deleted"]);
});

it("lists modules and categories that the release brings, and nothing without an update", () => {
  const ground = { before: sideOf({ a: {} }), after: sideOf({ a: {}, b: {} }), tenant: null, installed: [] };
  expect(predictRecords({ ...ground, updated: new Set(["a"]) }).difference.recordsAdded).toEqual(["base.module_b (ir.module.module)"]);
  expect(predictRecords({ ...ground, updated: new Set<string>() }).records).toEqual([]);
});
