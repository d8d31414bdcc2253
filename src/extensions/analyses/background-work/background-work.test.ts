import { expect, it } from "vitest";
import type { DataValue, MethodDeclaration } from "../../../domain/release/module-source.ts";
import { found, groundOf, said } from "../../../odoo/analysis/records/ground/test-kit.ts";
import { modelClass, record, ref, tenantOf, text } from "../../../odoo/analysis/records/test-kit.ts";
import { backgroundWork } from "./background-work.ts";

const cron = (values: Readonly<Record<string, DataValue>>, noupdate = false) => ({
  a: { data: [record("a.job", "ir.cron", { name: text("Remind"), interval_number: text("24"), ...values }, { noupdate })] },
});

it("tells what starts, changes and stops acting", () => {
  expect(said(backgroundWork, groundOf({ a: {} }, cron({})))).toEqual([
    'job-starts: The scheduled action "Remind" (a.job) is new and acts by itself after the release.',
  ]);
  expect(said(backgroundWork, groundOf({ a: {} }, cron({ active: text("False") })))).toEqual([]);
  expect(found(backgroundWork, groundOf(cron({ active: text("0") }), cron({}))).map(({ rule }) => rule)).toEqual([]);
  expect(found(backgroundWork, groundOf(cron({ active: text("0") }), cron({ active: text("1") }))).map(({ rule }) => rule)).toEqual([
    "job-starts",
  ]);
  expect(found(backgroundWork, groundOf(cron({ active: text("1") }), cron({ active: text("0") }))).map(({ rule }) => rule)).toEqual([
    "job-stops",
  ]);
  const [changed] = found(backgroundWork, groundOf(cron({}), cron({ interval_number: text("1") })));
  expect(changed).toMatchObject({ rule: "job-changed", evidence: ["interval_number: 24 → 1"], meaning: null });
  expect(found(backgroundWork, groundOf(cron({}), { a: {} })).map(({ rule }) => rule)).toEqual(["job-stops"]);
});

it("says that noupdate keeps what exists as it was", () => {
  const tenant = tenantOf({ "a.job": { model: "ir.cron", noupdate: true } });
  const [changed] = found(backgroundWork, groundOf(cron({}, true), cron({ interval_number: text("1") }, true), tenant));
  expect(changed).toMatchObject({ rule: "job-changed", meaning: "Where it exists it stays as it was: it is noupdate." });
});

it("finds an action that noupdate keeps calling a method of the old code", () => {
  const method = (name: string): MethodDeclaration => ({ name, line: 1, decorators: [], parameters: [], callsSuper: false, digest: name });
  const side = (name: string) => ({
    a: {
      models: [modelClass("x.order", { methods: [method(name)] })],
      data: [record("a.job", "ir.cron", { model_id: ref("a.model_x_order"), code: text(`model.${name}()`) }, { noupdate: true })],
    },
  });
  const tenant = tenantOf({ "a.job": { model: "ir.cron", noupdate: true }, "a.model_x_order": { model: "ir.model", noupdate: false } });
  const ground = groundOf(side("_cron_send"), side("_cron_send_all"), tenant);
  expect(said(backgroundWork, ground)[0]).toBe(
    "job-method-missing: a.job (ir.cron) calls x.order._cron_send, which the new code no longer has.",
  );
  expect(found(backgroundWork, groundOf(side("_cron_send"), side("_cron_send"), tenant))).toEqual([]);
});

it("tells that customers will read something else", () => {
  const template = (body: string) => ({ a: { data: [record("a.mail", "mail.template", { body_html: text(body) })] } });
  const tenant = tenantOf({ "a.mail": { model: "mail.template", noupdate: false } }, { editedRecords: ["a.mail"] });
  expect(found(backgroundWork, groundOf(template("Dear"), template("Hi"), tenant))).toMatchObject([
    { rule: "message-changed", meaning: "The tenant's own wording is overwritten.", evidence: ["body_html: Dear → Hi"] },
  ]);
});
