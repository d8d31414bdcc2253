import { expect, it } from "vitest";
import { expressionNames } from "./expression-names.ts";

it.each([
  ["state in ('draft', 'done') and not parent.locked", ["state", "parent.locked"], []],
  ["company_id != allowed_company_ids[0] or uid == user_id", ["company_id", "user_id"], []],
  [
    "[('partner_id.country_id', '=', country_id), '|', ('active', 'in', [True, flag])]",
    ["country_id", "flag"],
    ["partner_id.country_id", "active"],
  ],
  ["[('a', '=', 1)] if b else [('c', '=', 1)]", ["b"], ["a", "c"]],
  ["type in ('in', 'out', 'no') and [('sale', '=', True)] or []", ["type"], ["sale"]],
  ["[('date', '>=', (context_today() - relativedelta(days=30)).strftime('%Y-%m-%d'))]", [], ["date"]],
  ["{'default_partner_id': partner_id, 'group_by': 'user_id'}", ["partner_id"], []],
  ["context.get('active_id', fallback)", ["fallback"], []],
])("reads %s", (text, names, paths) => {
  expect(expressionNames(text)).toMatchObject({ names, paths });
});

it("tells constant values of a dictionary", () => {
  expect(expressionNames("{'group_by': 'date:month', 'x': y}")?.keys).toEqual(new Map([["group_by", "date:month"]]));
});

it.each(["a ==", "[x for x in y]", "lambda: 1", "a; b", "import os"])("refuses %s, as Odoo does", (text) => {
  expect(expressionNames(text)).toBeNull();
});
