import { expect, it } from "vitest";
import type { DataRecord, MethodDeclaration, RouteDeclaration } from "../../../domain/release/module-source.ts";
import { found, groundOf, said } from "../../../odoo/analysis/records/ground/test-kit.ts";
import { modelClass, moduleOf, record, ref, text, type ModuleParts } from "../../../odoo/analysis/records/test-kit.ts";
import { security } from "./security.ts";

const access = (write: string, group: string | null = "base.group_user"): DataRecord =>
  record("a.access", "ir.model.access", {
    model_id: ref("a.model_x"),
    perm_read: text("1"),
    perm_write: text(write),
    ...(group === null ? {} : { group_id: ref(group) }),
  });
const data = (...entries: readonly DataRecord[]): Record<string, ModuleParts> => ({ a: { data: entries } });

it("tells apart rights that grow, shrink and go", () => {
  expect(said(security, groundOf(data(access("0")), data(access("1"))))).toEqual([
    "access-widened: The access right a.access gives base.group_user write on a.model_x.",
  ]);
  expect(said(security, groundOf(data(), data(access("0", null))))).toEqual([
    "access-widened: The access right a.access gives everybody, portal users and visitors included read on a.model_x.",
  ]);
  expect(found(security, groundOf(data(access("1")), data(access("0")))).map(({ rule }) => rule)).toEqual(["access-narrowed"]);
  expect(found(security, groundOf(data(access("1")), data())).map(({ rule }) => rule)).toEqual(["access-narrowed"]);
  expect(found(security, groundOf(data(access("1")), data(access("1", "base.group_portal")))).map(({ rule }) => rule)).toEqual([
    "access-widened",
  ]);
});

it("tells rules that change or go, and groups that give more", () => {
  const rule = (domain: string): DataRecord => record("a.rule", "ir.rule", { domain_force: text(domain) });
  expect(found(security, groundOf(data(rule("[('user_id', '=', user.id)]")), data(rule("[(1, '=', 1)]"))))).toMatchObject([
    { rule: "rule-changed", evidence: ["domain_force: [('user_id', '=', user.id)] → [(1, '=', 1)]"] },
  ]);
  expect(found(security, groundOf(data(rule("[]")), data())).map(({ rule: id }) => id)).toEqual(["rule-removed"]);
  const group = (...implied: readonly string[]): DataRecord => record("a.group", "res.groups", { implied_ids: ref(...implied) });
  expect(said(security, groundOf(data(group("base.group_user")), data(group("base.group_user", "base.group_system"))))).toEqual([
    "group-widened: a.group (res.groups) is changed and now gives what these groups give: base.group_system.",
  ]);
  expect(found(security, groundOf(data(group("base.group_user", "base.group_system")), data(group("base.group_user"))))).toEqual([]);
  const has = (user: string): DataRecord => record("a.group", "res.groups", { user_ids: ref(user), implied_ids: ref("base.group_user") });
  expect(said(security, groundOf(data(), data(has("base.user_admin"))))).toEqual([]);
  expect(said(security, groundOf(data(), data(has("base.public_user"))))).toHaveLength(1);
});

const method = (name: string, powers: readonly string[], digest = powers.join()): MethodDeclaration => ({
  ...{ name, line: 5, decorators: [], parameters: [], callsSuper: false, digest, powers },
});

it("tells code that goes further than before, and not code that only moved", () => {
  const side = (...methods: readonly MethodDeclaration[]) => ({ a: { models: [modelClass("x", { methods })] } });
  expect(
    said(security, groundOf(side(method("send", [])), side(method("send", ["sudo", "execute"]), method("count", ["safe_eval"])))),
  ).toEqual([
    "sudo-added: x.send goes past access rights, and did not before.",
    "raw-sql-added: x.send runs SQL of its own, and did not before.",
    "evaluation-added: x.count runs text as code, and did not before.",
  ]);
  expect(found(security, groundOf(side(method("send", ["sudo"])), side(method("send", ["sudo"], "other"))))).toEqual([]);
  expect(found(security, groundOf(side(method("send", ["sudo"])), side(method("post", ["sudo"]))))).toEqual([]);
});

it("tells routes that open, those of a new module too", () => {
  const route = (auth: string, csrf: boolean | null, powers: readonly string[] = []): RouteDeclaration => ({
    ...{ className: "Main", method: "order", file: "main.py", line: 7, paths: ["/order"], attributes: {}, powers },
    auth: { known: true, value: auth },
    csrf: { known: true, value: csrf },
  });
  const side = (one: RouteDeclaration): Record<string, ModuleParts> => ({
    a: {
      rest: { python: [{ ...(moduleOf("a", {}).python[0] ?? { file: "", classes: [], functions: [], unknowns: [] }), routes: [one] }] },
    },
  });
  expect(found(security, groundOf(side(route("user", null)), side(route("public", false, ["sudo"])))).map(({ rule }) => rule)).toEqual([
    "route-open",
    "route-without-csrf",
    "route-open-sudo",
    "sudo-added",
  ]);
  expect(found(security, groundOf(side(route("public", false)), side(route("public", false))))).toEqual([]);
  expect(said(security, groundOf({}, side(route("none", true))))).toEqual(["route-open: /order can be called without log-in."]);
  expect(found(security, groundOf(null, side(route("none", true))))).toEqual([]);
});
