import { describe, expect, it } from "vitest";
import type { RegistryField } from "../../../domain/release/registry.ts";
import { sideOf } from "../schema/test-kit.ts";

function field(python: string): RegistryField {
  const found = sideOf({ acme: python }).registry.models.get("a")?.fields.get("x");
  if (found === undefined) throw new Error("there is no such field");
  return found;
}

const column = (type: string): string | null => field(`class A(models.Model):\n    _name = "a"\n    x = fields.${type}`).columnType;

describe("columns of field types", () => {
  it.each([
    ["Boolean()", "boolean"],
    ["Integer()", "integer"],
    ["Float()", "double precision"],
    ["Float(digits=(16, 2))", "numeric"],
    ["Float('Price', 'Product Price')", "numeric"],
    ["Float(digits=None)", "double precision"],
    ["Float(digits=0)", "numeric"],
    ["Monetary()", "numeric"],
    ["Char()", "character varying"],
    ["Char(size=64)", "character varying(64)"],
    ["Char(translate=True)", "jsonb"],
    ["Char(company_dependent=True)", "jsonb"],
    ["Text()", "text"],
    ["Html(translate=html_translate)", "jsonb"],
    ["Selection([('a', 'A')])", "character varying"],
    ["Reference([('res.partner', 'Partner')])", "character varying"],
    ["Date()", "date"],
    ["Datetime()", "timestamp without time zone"],
    ["Binary()", null],
    ["Binary(attachment=False)", "bytea"],
    ["Image()", null],
    ["Json()", "jsonb"],
    ["Many2one('res.partner')", "integer"],
    ["Many2oneReference(model_field='m')", "integer"],
    ["One2many('res.users', 'partner_id')", null],
    ["Many2many('res.partner')", null],
    ["Char(compute='_compute_x')", null],
    ["Char(compute='_compute_x', store=True)", "character varying"],
    ["Properties(definition='a_id.definition')", "jsonb"],
  ])("fields.%s is a %s", (type, expected) => {
    expect(column(type)).toBe(expected);
  });

  it("a type of somebody's own is not known", () => {
    const custom = field(`class Pt(fields.Field):\n    type = "pt"\n\nclass A(models.Model):\n    _name = "a"\n    x = Pt()`);
    expect(custom.type).toBeNull();
  });
});
