import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { groundOf } from "../../../../test/conformance/sample-grounds.ts";
import type { AnalysisGround } from "../../../app/ports/analysis-kind.ts";
import type { TenantView } from "../../../domain/fleet/tenant-content.ts";
import { viewComposition } from "./view-composition.ts";

type Files = ReturnType<typeof moduleOf>;

function views(name: string, depends: string, ...records: readonly string[]): Files {
  const written = records.map((record) => `  ${record}`).join("\n");
  return {
    ...moduleOf(name, `"depends": ["${depends}"], "data": ["views.xml"]`),
    [`${name}/views.xml`]: `<odoo>\n${written}\n</odoo>`,
  };
}

const view = (id: string, arch: string, inherit = ""): string =>
  `<record id="${id}" model="ir.ui.view"><field name="name">${id}</field><field name="model">res.partner</field>${
    inherit === "" ? "" : `<field name="inherit_id" ref="${inherit}"/>`
  }<field name="arch" type="xml">${arch}</field></record>`;

const form = view("form", '<form><field name="name"/><field name="active"/></form>');
const extension = view("more", '<field name="active" position="after">\n<field name="name"/></field>', "acme.form");
const base = views("acme", "base", form);
const changed = views("acme", "base", view("form", '<form><field name="name"/></form>'));
const other = views("other", "acme", extension);

it("finds a view of another module that no longer finds its place", () => {
  expect(found(viewComposition, { old: { ...base, ...other }, new: { ...changed, ...other } })).toEqual([
    expect.stringMatching(/^view-spec-not-located other: The view other.more can't be applied to acme.form: <field name="active"/),
  ]);
});

it("names the view that takes something away, with file and line", () => {
  const remover = view("less", '<field name="active" position="replace"/>', "acme.form");
  const files = { ...base, ...views("gone", "acme", remover), ...views("other", "gone", extension) };
  const [finding] = [...viewComposition.find(groundOf({ old: null, new: files }))];
  expect(finding).toMatchObject({ module: "other", file: "views.xml", line: 2, what: expect.stringContaining("gone.less took it away") });
});

it("leaves alone what fits, what was broken before, and families that the release doesn't touch", () => {
  expect(found(viewComposition, { old: { ...base, ...other }, new: { ...base, ...other } })).toEqual([]);
  expect(
    found(viewComposition, {
      old: { ...changed, ...other },
      new: { ...views("acme", "base", view("form", '<form><field name="id"/></form>')), ...other },
    }),
  ).toEqual([]);
});

it.each([
  ["an expression", view("x", '<xpath expr="//field["/>', "acme.form"), /view-spec-invalid/],
  ["a position", view("x", '<field name="name" position="below"/>', "acme.form"), /view-spec-invalid/],
])("finds %s that is none", (_what, record, rule) => {
  expect(found(viewComposition, { old: null, new: views("acme", "base", form, record) })).toEqual([expect.stringMatching(rule)]);
});

it("finds a view that somebody made in the tenant's database", () => {
  const ground = groundOf({ old: base, new: changed, installed: { base: "19.0.1.3", acme: "19.0.1.0.0" } });
  const [finding, ...others] = [...viewComposition.find(withViews(ground))];
  expect(others).toEqual([]);
  expect(finding).toMatchObject({
    rule: "view-spec-not-located",
    what: expect.stringContaining('The tenant\'s own view "Studio" (#9)'),
    meaning: expect.stringContaining("passes with a warning"),
  });
});

function withViews(ground: AnalysisGround): AnalysisGround {
  if (ground.tenant === null) throw new Error("a tenant is needed");
  const stored = { key: null, model: "res.partner", type: "form", priority: 16, active: true, edited: false };
  const rows: readonly TenantView[] = [
    {
      ...stored,
      id: 8,
      xmlid: "acme.form",
      name: "form",
      mode: "primary",
      inheritId: null,
      arch: '<form><field name="name"/><field name="active"/></form>',
    },
    {
      ...stored,
      id: 9,
      xmlid: null,
      name: "Studio",
      mode: "extension",
      inheritId: 8,
      priority: 99,
      arch: '<data><field name="active" position="replace"/></data>',
    },
  ];
  return { ...ground, tenant: { ...ground.tenant, content: { ...ground.tenant.content, views: rows } } };
}

it("says nothing of a view whose parent is in a module that isn't there to read", () => {
  expect(found(viewComposition, { old: null, new: views("other", "web", view("more", "<field/>", "web.form")) })).toEqual([]);
  const chain = [view("more", "<field/>", "web.form"), view("still_more", "<field/>", "other.more")];
  expect(found(viewComposition, { old: null, new: views("other", "web", ...chain) })).toEqual([]);
  expect(found(viewComposition, { old: null, new: views("other", "base", view("more", "<field/>", "base.no_such_form")) })).toEqual([
    expect.stringMatching(/^view-parent-missing other/),
  ]);
});
