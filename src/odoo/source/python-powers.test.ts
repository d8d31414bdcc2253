import { expect, it } from "vitest";
import { readModuleSource } from "./read-module.ts";

const code = `
from odoo import http, models
from odoo.tools.safe_eval import safe_eval

class Order(models.Model):
    _name = "acme.order"

    def send(self):
        # self.sudo() in a comment, "self.sudo()" in a text, and a variable that is only called so
        sudo = "self.sudo()"
        self.env.cr.execute("SELECT 1")
        return safe_eval(self.formula, {"sudo": sudo})

    def count(self):
        return len(self)

class Main(http.Controller):
    @http.route("/order", auth="public")
    def order(self):
        return http.request.env["acme.order"].sudo().search([])
`;

it("names calls that go past access rights or run text as code, of methods and routes", () => {
  const files = new Map([
    ["__manifest__.py", "{'name': 'Acme'}"],
    ["__init__.py", code],
  ]);
  const [python] = readModuleSource({ name: "acme", files, paths: [...files.keys()] }).python;
  expect(python?.classes[0]?.methods.map(({ name, powers }) => [name, powers])).toEqual([
    ["send", ["execute", "safe_eval"]],
    ["count", undefined],
  ]);
  expect(python?.routes[0]?.powers).toEqual(["sudo"]);
});
