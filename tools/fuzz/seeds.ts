/** Small files of the kinds that modules have, with what is particular about each kind. */
export const seeds: Readonly<Record<"manifest" | "python" | "model" | "xml" | "csv" | "po" | "expression" | "sql", readonly string[]>> = {
  manifest: [
    `{
    'name': "Sale – Rental", 'version': '19.0.1.0.0', 'depends': ['sale', 'stock'],
    'data': ['security/ir.model.access.csv', 'views/order.xml'], 'auto_install': ['sale'], # after sale
    'external_dependencies': {'python': ['lxml>=5'], "bin": []}, 'sequence': -0x1F, 'price': 1_0.5e-3, 'images': (),
    'description': """Two
lines \\u00e9 \\x41""" r'raw\\n', 'assets': {'web.assets_backend': [('include', 'a'), 'b/static/**/*']},
}
`,
    `# -*- coding: utf-8 -*-\n{'installable': False, 'post_init_hook': 'hook', 'license': u'LGPL-3', 'x': {1, 2}, 'y': b'a', 'z': ... }`,
  ],
  python: [
    `from odoo import _, api, fields, models
from odoo.exceptions import UserError as Error


class Order(models.Model):
    """An order."""
    _name = 'rental.order'
    _inherit = ['mail.thread', 'rental.order']
    _inherits = {'product.product': 'product_id'}
    _order = 'date desc, id'
    _date_check = models.Constraint('CHECK(date_to >= date_from)', "Ends before it begins.")
    _code_uniq = models.UniqueIndex("(code, company_id) WHERE active")

    name = fields.Char(required=True, copy=False, default=lambda self: _("New"), translate=True)
    state = fields.Selection([('draft', "Draft"), ('done', "Done")], default='draft', ondelete={'x': 'cascade'})
    line_ids = fields.One2many('rental.order.line', 'order_id', string="Lines", domain=[('a', '=', True)])
    total = fields.Monetary(compute='_compute_total', store=True, currency_field='currency_id')

    @api.depends('line_ids.price', *EXTRA)
    def _compute_total(self):
        for order in self:
            order.total = sum(line.price for line in order.line_ids if not line.free)

    def action_done(self, *args, force: bool = False, **kwargs):
        if not force and (n := len(self)) > 1:
            raise Error(_("Only one, not %(n)s.", n=n))
        self.env.cr.execute(f"""UPDATE {self._table} SET state = 'done' WHERE id IN %s""", [tuple(self.ids)])
        return super().action_done(*args, **kwargs)
`,
    `import logging
from . import order, wizard
try:
    import stripe
except ImportError:
    stripe = None
if stripe:
    class Hook(models.AbstractModel):
        _inherit = "ir.http"
@http.route(['/a', '/b/<int:x>'], type="http", auth='public', csrf=False)
async def go(self, x=1, /, *, y): return await f(x)[::2], {**a, 'b': {c: d for c, d in e}}
def migrate(cr, version):
    if not version: return
    while True:
        try: cr.commit()
        except* ValueError as e: pass
        finally: break
match x:
    case {"a": [1, *_]} | None if y: z = 1 if 2 else 3
    case _: pass
`,
  ],
  model: [
    `from openupgradelib import openupgrade
from odoo import fields, models
KINDS = [('a', "A"), ('b', "B")]
class Order(models.Model):
    _name = 'rental.order'
    _inherits = {'res.partner': 'partner_id'}
    _size = models.Constraint('CHECK(size > 0 AND code IS NOT NULL)', "Too small.")
    _code = models.UniqueIndex("(code) WHERE active")
    partner_id = fields.Many2one('res.partner', required=True, ondelete='cascade')
    parent_id = fields.Many2one('rental.order', index='btree_not_null')
    tag_ids = fields.Many2many('rental.tag', 'rental_tag_rel', 'a', 'b')
    kind = fields.Selection(KINDS + [('c', 'C')], default='a')
    size, code = fields.Float(digits=(16, 2)), fields.Char(size=8, translate=True)
    city = fields.Char(related='parent_id.city', store=True)
    def init(self):
        self.env.cr.execute(f"CREATE INDEX IF NOT EXISTS x ON {self._table} (code)")
class Tag(models.Model):
    _name = 'rental.tag'
    _inherit = ['base']
    for name in ('a', 'b'): locals()[name] = fields.Boolean()
@openupgrade.migrate()
def migrate(env, version):
    query = "UPDATE rental_order SET code = %s"
    query += " WHERE id = 1"
    env.cr.execute(query, ('x',))
    openupgrade.rename_fields(env, [('rental.order', 'rental_order', 'a', 'state')])
    openupgrade.logged_query(env.cr, "ALTER TABLE a DROP COLUMN b, ADD COLUMN c int" % version)
    for q in QUERIES: (run := env.cr.execute)(q)
`,
  ],
  xml: [
    `<?xml version="1.0" encoding="utf-8"?>
<odoo noupdate="1">
    <data noupdate="0" auto_sequence="1" context="{'lang': 'en_US'}" uid="base.user_root">
        <record id="order_form" model="ir.ui.view" forcecreate="False">
            <field name="model">rental.order</field>
            <field name="priority" type="int">16</field>
            <field name="inherit_id" ref="sale.view_order_form"/>
            <field name="group_ids" eval="[Command.link(ref('base.group_user')), (4, ref('x'))]"/>
            <field name="image" type="base64" file="rental/static/icon.png"/>
            <field name="parent_id" search="[('name', '=', 'A')]" model="res.partner"/>
            <field name="l" type="list"><value eval="1"/><value>b</value></field>
            <field name="arch" type="xml">
                <xpath expr="//field[@name='a']" position="after"><field name="b" invisible="c == 'd'"/><!-- why --></xpath>
                <button name="%(action_x)d" string="100%% &amp; more"/>
            </field>
            <field name="line_ids"><record model="rental.line" id="l1"><field name="q">1</field></record></field>
        </record>
    </data>
    <menuitem id="m" name="Rental" web_icon="rental,static/i.png"><menuitem id="n" action="a" groups="-base.a,b" sequence="5"/></menuitem>
    <template id="t" inherit_id="web.layout" primary="True" active="True" groups="a,b"><t t-if="x &lt; 1"><![CDATA[<b>]]></t></template>
    <asset id="s" name="S"><bundle directive="prepend">web.assets_frontend</bundle><path>a/b.js</path><field name="sequence" eval="3"/></asset>
    <function model="ir.cron" name="run" eval="[[ref('c')]]"/>
    <function model="a" name="b"><value model="c" search="[]"/><function model="d" name="e"/></function>
    <delete model="ir.rule" search="[('id', '=', ref('r'))]"/><delete model="ir.rule" id="r"/>
</odoo>
`,
    `<openerp><data><record model="mail.template" id="t"><field name="body_html" type="html"><p t-out="a">b<br/>&#160;c</p>d</field></record></data></openerp>`,
  ],
  csv: [
    `id,name,model_id:id,group_id/id,perm_read,name@nl,lines/id,lines/name,user.id
access_order,"order, ""all""",model_rental_order,base.group_user,1,x,a,"two
lines",2
,,,,,,b,c,
"unclosed,1`,
    `"id";"a"\r\n"b";"c"\r\n`,
  ],
  po: [
    `# Translation
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#. module: rental
#: model:ir.model.fields,field_description:rental.field_rental_order__name
#: code:addons/rental/models/order.py:0
#, fuzzy, python-format
msgctxt "a"
msgid "One \\"line\\""
msgid_plural "%s lines"
msgstr[0] "Een"
" regel"

#~ msgid "old"
#~ msgstr "oud"
`,
  ],
  expression: [
    `[(6, 0, [ref('base.a'), ref("b")])]`,
    `{'a': [1, -2.5, None, True, (3,)], "b": 'c' 'd'}`,
    `datetime.now() + relativedelta(days=-1)`,
  ],
  sql: [
    "-- disable\nUPDATE ir_mail_server SET active = false WHERE name = 'a''b' AND $x$;$x$ <> '';\n/* ; */ DELETE FROM a;",
    "WITH a AS (DELETE FROM b RETURNING *), c AS (UPDATE d SET e = 1) INSERT INTO f SELECT * FROM a; ALTER TABLE ONLY g DROP CONSTRAINT h, ADD COLUMN i numeric(3, 2)",
  ],
};
