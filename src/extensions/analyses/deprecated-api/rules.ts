import type { AnalysisRule } from "../../../app/ports/analysis-kind.ts";

export interface DeprecationRule extends AnalysisRule {
  /** Names of mentions in Python code. */
  readonly mentions?: RegExp;
  /** Methods that a class of a model defines. */
  readonly methods?: RegExp;
  /** Text in the architecture of a view that isn't QWeb. */
  readonly arch?: RegExp;
}

/** What Odoo 19's sources say: removed, no longer called, or with a DeprecationWarning. */
export const deprecationRules: readonly DeprecationRule[] = [
  {
    id: "api-decorator-removed",
    severity: "error",
    title: "The code uses a decorator that odoo.api no longer has",
    why: "Python raises AttributeError when it imports the file, so the module, and with it every database that has it, doesn't load. api.returns went in 19.0.",
    example: "@api.returns('self')",
    remedy: "Remove the decorator.",
  },
  {
    id: "sql-constraints-ignored",
    severity: "error",
    title: "A model declares _sql_constraints, which Odoo ignores",
    why: "Since 19.0 only a warning is written, and the update drops the constraints from the database: duplicates come in.",
    example: "_sql_constraints = [('code_uniq', 'unique(code)', 'Twice!')]",
    remedy: "_code_uniq = models.Constraint('unique(code)', 'Twice!'); odoo upgrade_code --from 18.0 does it.",
  },
  {
    id: "view-attrs",
    severity: "error",
    title: "A view uses attrs or states",
    why: "Since 17.0 Odoo refuses such a view with a ValidationError, and the update stops.",
    example: "<field name=\"date\" attrs=\"{'invisible': [('state', '=', 'draft')]}\"/>",
    remedy: "invisible=\"state == 'draft'\"",
    arch: /\s(?:attrs|states)=["']/,
  },
  {
    id: "view-tree",
    severity: "error",
    title: "A view is a tree",
    why: "Since 18.0 lists are <list>: Odoo refuses a <tree>, and a <tree> in a field isn't shown.",
    example: '<tree><field name="name"/></tree>',
    remedy: "<list>; odoo upgrade_code --from 17.0 does it.",
    arch: /<tree[\s>/]/,
  },
  {
    id: "view-kanban-box",
    severity: "error",
    title: "A kanban view has a template kanban-box",
    why: "Odoo 19 looks for the template card, and the page fails when there is none.",
    example: '<t t-name="kanban-box">',
    remedy: '<t t-name="card">, with the content that Odoo 18 asks for.',
    arch: /t-name=["']kanban-box["']/,
  },
  {
    id: "view-search-group",
    severity: "error",
    title: "A group in a search view has expand or string",
    why: "Odoo 19's schema of search views doesn't have these attributes: the view is refused.",
    example: '<group expand="0" string="Group By">',
    remedy: "<group>",
  },
  {
    id: "action-view-tree",
    severity: "error",
    title: "An action opens a view of the type tree",
    why: "There is no such type since 18.0, and the action fails in the browser.",
    example: '<field name="view_mode">tree,form</field>',
    remedy: "list,form",
  },
  {
    id: "method-never-called",
    severity: "warning",
    title: "A model defines a method that Odoo no longer calls",
    why: "name_get and _name_search, fields_view_get and the like aren't part of models any more: what the method does doesn't happen.",
    example: "def name_get(self): …",
    remedy: "_compute_display_name, _search_display_name, get_view.",
    methods:
      /^(?:name_get|_name_search|fields_view_get|load_views|user_has_groups|_read_group_raw|_fields_view_get|get_xml_id|_where_calc|_apply_ir_rules)$/,
  },
  {
    id: "api-removed",
    severity: "warning",
    title: "The code calls something that Odoo no longer has",
    why: "The call fails with AttributeError when it is reached.",
    example: "self.partner_id.name_get()",
    remedy: "display_name; get_view(); env.user.has_group(); invalidate_recordset().",
    mentions: /^(?:name_get|fields_view_get|user_has_groups|invalidate_cache|get_xml_id|get_module_resource|_company_default_get)$/,
  },
  {
    id: "api-deprecated",
    severity: "note",
    title: "The code uses what a later Odoo won't have",
    why: "Odoo 19 writes a DeprecationWarning; a later series takes it away.",
    example: "self._cr.execute(…)",
    remedy:
      "self.env.cr, uid and context; _read_group or formatted_read_group; check_access; _has_cycle; action_archive; odoo.fields.Domain.",
    mentions:
      /^(?:_cr|_uid|_context|read_group|check_access_rights|check_access_rule|_filter_access_rules(?:_python)?|_check_recursion|_check_m2m_recursion|toggle_active|odoo\.osv|osv|import osv|lazy_property|ormcache_context|pycompat)$/,
  },
  {
    id: "rpc-deprecated",
    severity: "note",
    title: "The code uses the old remote interface",
    why: "XML-RPC and JSON-RPC are deprecated since 19.0, every call writes a warning, and a later series takes them away.",
    example: "xmlrpc.client.ServerProxy(url + '/xmlrpc/2/object')",
    remedy: "POST /json/2/<model>/<method> with an API key.",
    mentions: /^\/(?:xmlrpc|jsonrpc)/,
  },
  {
    id: "field-attribute-deprecated",
    severity: "note",
    title: "A field has an attribute that Odoo gave up",
    why: "group_operator is only an old name of aggregator; states is ignored since 17.0, with a warning.",
    example: 'amount = fields.Float(group_operator="avg")',
    remedy: 'aggregator="avg"; the view says when a field is readonly.',
  },
  {
    id: "route-type-json",
    severity: "note",
    title: "A route is of the type json",
    why: "Since 19.0 the type is called jsonrpc; json still works, with a DeprecationWarning.",
    example: '@http.route("/my/data", type="json")',
    remedy: 'type="jsonrpc"; odoo upgrade_code --from 18.0 does it.',
  },
];
