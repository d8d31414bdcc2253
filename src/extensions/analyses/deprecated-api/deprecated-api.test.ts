import { expect, it } from "vitest";
import { found, moduleOf } from "../../../../test/conformance/found.ts";
import { groundOf } from "../../../../test/conformance/sample-grounds.ts";
import { deprecatedApi } from "./deprecated-api.ts";

type Files = ReturnType<typeof moduleOf>;

function python(body: string): Files {
  return {
    ...moduleOf("acme"),
    "acme/__init__.py": "from . import order\n",
    "acme/order.py": `from odoo import api, fields, http, models\n\n\nclass Order(models.Model):\n    _name = "acme.order"\n\n${body}`,
  };
}

function view(arch: string, model = "ir.ui.view", field = "arch"): Files {
  const value = field === "arch" ? `<field name="arch" type="xml">${arch}</field>` : `<field name="${field}">${arch}</field>`;
  return { ...moduleOf("acme", '"data": ["v.xml"]'), "acme/v.xml": `<odoo><record id="v" model="${model}">\n${value}</record></odoo>` };
}

it.each([
  ["api.returns", python('    @api.returns("self")\n    def a(self):\n        pass\n'), /^api-decorator-removed acme: .*api.returns/],
  ["_sql_constraints", python('    _sql_constraints = [("a", "unique(a)", "A")]\n'), /^sql-constraints-ignored acme: /],
  ["name_get", python("    def name_get(self):\n        return []\n"), /^method-never-called acme: /],
  ["group_operator", python('    a = fields.Float(group_operator="avg")\n'), /^field-attribute-deprecated acme: /],
  ["_cr", python("    def a(self):\n        self._cr.execute('')\n"), /^api-deprecated acme: The code uses _cr/],
  ["read_group", python("    def a(self):\n        return self.read_group([], [], [])\n"), /^api-deprecated acme: /],
  ["a call of name_get", python("    def a(self):\n        return self.partner_id.name_get()\n"), /^api-removed acme: /],
  ["XML-RPC", python('    url = "https://x/xmlrpc/2/object"\n'), /^rpc-deprecated acme: /],
  ["attrs", view('<form><field name="a" attrs="{\'invisible\': 1}"/></form>'), /^view-attrs acme: /],
  ["a tree", view('<tree><field name="a"/></tree>'), /^view-tree acme: /],
  ["a kanban box", view('<kanban><templates><t t-name="kanban-box"/></templates></kanban>'), /^view-kanban-box acme: /],
  ["a group of filters", view('<search><group expand="0" string="By"><filter name="a"/></group></search>'), /^view-search-group acme: /],
  ["an action with a tree", view("tree,form", "ir.actions.act_window", "view_mode"), /^action-view-tree acme: /],
])("finds %s", (_what, files, says) => {
  expect(found(deprecatedApi, { old: null, new: files })).toEqual([expect.stringMatching(says)]);
});

it("finds a route of the type json", () => {
  const files = {
    ...moduleOf("acme"),
    "acme/__init__.py": "from . import main\n",
    "acme/main.py":
      'from odoo import http\n\n\nclass Main(http.Controller):\n    @http.route("/a", type="json", auth="user")\n    def a(self):\n        return 1\n',
  };
  expect(found(deprecatedApi, { old: null, new: files })).toEqual([expect.stringMatching(/^route-type-json acme: .*\/a/)]);
});

it("leaves alone what Odoo 19 has, and names in comments and templates", () => {
  const fine = python(
    "    # self._cr was here\n    @api.model_create_multi\n    def create(self, vals_list):\n        self.env.cr.execute('')\n        return super().create(vals_list)\n",
  );
  expect(found(deprecatedApi, { old: null, new: fine })).toEqual([]);
  expect(found(deprecatedApi, { old: null, new: view('<list><field name="a" invisible="b"/></list>') })).toEqual([]);
});

it("points to the line of the element, and repeats only what stops the release", () => {
  const tree = view('<form>\n<field\nname="b"/>\n<tree/></form>');
  expect([...deprecatedApi.find(groundOf({ old: tree, new: tree }))]).toMatchObject([{ rule: "view-tree", file: "v.xml", line: 5 }]);
  const old = python("    def a(self):\n        self._cr.execute('')\n");
  expect(found(deprecatedApi, { old, new: old })).toEqual([]);
});
