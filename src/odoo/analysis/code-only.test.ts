import { describe, expect, it } from "vitest";
import { edited, plainFiles, po, proveFiles, without, type Files } from "./test-kit.ts";

function clauses(before: Files, after: Files): string[] {
  return [...new Set(proveFiles(before, after).breaches.map((one) => one.clause))].sort();
}

const order = "acme/models/order.py";
const task = "acme/models/task.py";
const report = "acme/models/report.py";
const manifest = "acme/__manifest__.py";
const withFile = (path: string, text: string | null): Files => ({ ...plainFiles, [path]: text });
const inOrder = (find: string, replace: string): Files => edited(order, find, replace);
const inManifest = (find: string, replace: string): Files => edited(manifest, find, replace);
/** Both sides have something that the sample doesn't, and differ in it. */
const pair = (path: string, find: string, a: string, b: string): [Files, Files] => [edited(path, find, a), edited(path, find, b)];

describe("code only", () => {
  it.each<[string, Files]>([
    ["nothing", plainFiles],
    ["the body of a method", inOrder('return _("Go")', 'return _("Go on")')],
    [
      "the body of a function that nothing declared refers to",
      edited("acme/helper.py", "def round_up(value):\n    return value", "def round_up(value):\n    return 1"),
    ],
    ["a constant that nothing declared refers to", edited("acme/const.py", "UNUSED = 1", "UNUSED = 2")],
    ["a new method", inOrder("    def filled", "    def fresh(self):\n        return 2\n\n    def filled")],
    ["a removed method", inOrder('    def action_go(self):\n        return _("Go")\n', "")],
    ["an override of write", edited(task, "return super()", "vals = dict(vals)\n        return super()")],
    ["an import of a library", inOrder("import logging\n", "import logging\nfrom odoo.tools import float_compare\n")],
    [
      "comments, blank lines and formatting",
      inOrder('LABEL = "Amount"', "# What it is\n\nLABEL = (\n    'Amount'\n)".replace("(\n    'Amount'\n)", "'Amount'  # so")),
    ],
    ["the description of a file", inOrder('"""Orders."""', '"""All orders."""')],
    ["a controller", edited("acme/controllers/main.py", 'return "x"', 'return "y"')],
    ["a controller's route and attributes", edited("acme/controllers/main.py", '"/acme", auth="user"', '"/acme2", auth="public"')],
    ["a new controller", edited("acme/controllers/main.py", "class Main", "class Second(http.Controller):\n    pass\n\n\nclass Main")],
    [
      "a new file of controllers",
      {
        ...edited("acme/controllers/__init__.py", "main", "main, second"),
        "acme/controllers/second.py": "from odoo import http\n\n\nclass Second(http.Controller):\n    pass\n",
      },
    ],
    [
      "a new file of functions",
      { ...inOrder("from ..helper", "from ..words import say\nfrom ..helper"), "acme/words.py": "def say():\n    return 1\n" },
    ],
    ["an asset", edited("acme/static/src/a.js", "1", "2")],
    ["an image that nothing reads", edited("acme/static/img/other.png", "other", "another")],
    [
      "a term of code",
      withFile(
        "acme/i18n/de.po",
        po(["model:ir.ui.view,arch_db:acme.form", "Form", "Formular"], ["code:addons/acme/models/order.py:0", "Go", "Gehen"]),
      ),
    ],
    ["a document", edited("acme/README.rst", "Acme", "Acme and more")],
    ["a test", withFile("acme/tests/test_x.py", "from odoo import models\n\n\nclass X(models.Model):\n    _name = 'x'\n")],
    ["a raised version", inManifest("19.0.1.0.0", "19.0.1.1.0")],
    ["texts of the manifest", inManifest('"Acme"', '"Acme Orders", "summary": "s", "author": "a", "website": "https://example.com"')],
    ["the list of assets", inManifest("acme/static/src/a.js", "acme/static/src/*.js")],
    ["a module that isn't installed", edited("spare/__init__.py", "1", "2")],
    [
      "a new module that isn't installed",
      { ...plainFiles, "new/__manifest__.py": '{"version": "19.0.1.0.0", "depends": ["hr"], "auto_install": True}' },
    ],
  ])("is %s", (_what, after) => {
    expect(proveFiles(plainFiles, after).breaches).toEqual([]);
    // The way back is code only as well.
    expect(proveFiles(after, plainFiles).breaches).toEqual([]);
  });
});

describe("a breach of its own, in both directions, is", () => {
  it.each<[string, string, Files, Files?]>([
    ["data-file-changed", "a data file", edited("acme/data/data.xml", 'name="Acme"', 'name="ACME"')],
    ["data-file-changed", "a demo file", edited("acme/demo/demo.xml", "<odoo/>", "<odoo></odoo>")],
    ["data-file-changed", "access rights", edited("acme/security/ir.model.access.csv", "a,b", "a,c")],
    ["referenced-file-changed", "a file that data reads", edited("acme/static/img/logo.png", "logo", "new logo")],
    ["referenced-file-changed", "an icon of a menu", edited("acme/static/description/icon.png", "icon", "new icon")],
    [
      "referenced-file-changed",
      "an image that Python names",
      ...pairOf({ ...inOrder('return "A"', 'return open("acme/static/img/other.png")') }, "acme/static/img/other.png", "changed"),
    ],
    ["record-translation-changed", "a translated term of a record", edited("acme/i18n/de.po", "Formular", "Maske")],
    ["record-translation-changed", "a term of a record in the template", edited("acme/i18n/acme.pot", '"Form"', '"Forms"')],
    [
      "record-translation-changed",
      "another language",
      withFile("acme/i18n/fr.po", po(["model:ir.ui.view,arch_db:acme.form", "Form", "Formulaire"])),
    ],
    [
      "record-translation-changed",
      "a term of a record in model_terms",
      edited(
        "acme/i18n/de.po",
        "Formular",
        "Maske",
        withFile("acme/i18n/de.po", po(["model_terms:ir.ui.view,arch_db:acme.form", "Form", "Formular"])),
      ),
      withFile("acme/i18n/de.po", po(["model_terms:ir.ui.view,arch_db:acme.form", "Form", "Formular"])),
    ],
    [
      "record-translation-changed",
      "a term that only the template calls a record's",
      ...pair(
        "acme/i18n/de.po",
        '#: model:ir.ui.view,arch_db:acme.form\nmsgid "Form"\nmsgstr "Formular"',
        '#: code:addons/acme/x.py:0\nmsgid "Form"\nmsgstr "Formular"',
        '#: code:addons/acme/x.py:0\nmsgid "Form"\nmsgstr "Maske"',
      ),
    ],
    ["translation-template-changed", "a removed template", without("acme/i18n/acme.pot")],
    ["translation-unreadable", "a translation that can't be read", edited("acme/i18n/de.po", "msgstr", "msgstring")],
    ["migration-changed", "a migration script", edited("acme/migrations/19.0.0.9.0/pre-x.py", "pass", "return")],
    ["neutralise-script-changed", "neutralize.sql", edited("acme/data/neutralize.sql", "1", "2")],
    ["icon-changed", "an icon that comes", withFile("more/static/description/icon.png", "icon")],
    ["program-changed", "a compiled library", withFile("acme/static/lib.so", "x")],
    ["file-mode-changed", "a file's right to be executed", { ...without("acme/static/src/a.js"), "acme/static/src/a.js!": "1;" }],
    ["other-file-changed", "a file of unknown kind", withFile("acme/data/table.csv", "a")],
    ["python-unreadable", "Python that can't be read", withFile("acme/words.py", "def (:\n")],
    ["python-unreadable", "Python that isn't UTF-8", withFile("acme/words.py", null)],
    ["manifest-changed", "the category", inManifest('"Sales"', '"Project"')],
    ["external-dependencies-changed", "external dependencies", inManifest('"requests"', '"requests", "lxml"')],
    [
      "data-list-changed",
      "the list of data",
      inManifest('"data/data.xml", "security/ir.model.access.csv"', '"security/ir.model.access.csv", "data/data.xml"'),
    ],
    ["hook-changed", "another hook", inManifest('"fill"', '"after_load"')],
    ["hook-function-changed", "a hook's function", edited("acme/hooks.py", "return 1", "return 3")],
    ["reached-when-loading", "what post_load calls", edited("acme/hooks.py", "return value", "return 3")],
    [
      "import-changed",
      "the order of models",
      edited("acme/models/__init__.py", "from . import order\nfrom . import report", "from . import report\nfrom . import order"),
    ],
    ["import-changed", "models that are no longer imported", edited("acme/models/__init__.py", "from . import task\n", "")],
    ["class-added", "a new class", inOrder("class Order", 'class Fresh(models.Model):\n    _name = "acme.fresh"\n\n\nclass Order')],
    [
      "class-order-changed",
      "another order of classes",
      { ...withFile("acme/words.py", "class B:\n    pass\n\n\nclass A:\n    pass\n") },
      withFile("acme/words.py", "class A:\n    pass\n\n\nclass B:\n    pass\n"),
    ],
    ["class-header-changed", "other bases", edited("more/models.py", "models.Model", "models.AbstractModel")],
    ["class-header-changed", "a decorated class", edited("more/models.py", "class Order", "@tagged\nclass Order")],
    ["class-docstring-changed", "a model's description, which the database keeps", inOrder('"""An order."""', '"""One order."""')],
    ["class-attribute-changed", "an attribute", inOrder("page_size = 80", "page_size = 40")],
    [
      "class-statement-changed",
      "a class under a condition inside a class",
      ...pair(order, "page_size = 80", "page_size = 80\n    if LABEL:\n        x = 1", "page_size = 80\n    if LABEL:\n        x = 2"),
    ],
    ["underscore-attribute-changed", "_rec_name", inOrder('_rec_name = "code"', '_rec_name = "state"')],
    ["underscore-attribute-changed", "_inherit", inOrder('["mail.thread"]', '["mail.thread", "portal.mixin"]')],
    ["underscore-attribute-changed", "_description", inOrder('"Order"', '"Orders"')],
    ["table-object-changed", "a constraint", inOrder('"Codes are unique."', '"A code is unique."')],
    ["table-object-changed", "an index", inOrder('"(state)"', '"(state, code)"')],
    ["field-declaration-changed", "a field's help", inOrder('"The code."', '"A code."')],
    ["field-declaration-changed", "a new field", inOrder("page_size = 80", "page_size = 80\n    note = fields.Text()")],
    ["field-declaration-changed", "a field's label", inOrder("Char(LABEL", 'Char("Code"')],
    [
      "declaration-order-changed",
      "the order of fields",
      ...pair(task, "acme = fields.Char()", "acme = fields.Char()\n    b = fields.Char()", "b = fields.Char()\n    acme = fields.Char()"),
    ],
    ["reached-when-loading", "a constant that a field refers to", inOrder('LABEL = "Amount"', 'LABEL = "Sum"')],
    ["reached-when-loading", "a constant of another file", edited("acme/const.py", '("b", "B")', '("b", "C")')],
    [
      "reached-when-loading",
      "a function that a field calls",
      edited("acme/helper.py", "def number(value):\n    return value", "def number(value):\n    return 3"),
    ],
    ["reached-when-loading", "a default's method", inOrder('+ "1"', '+ "2"')],
    ["reached-when-loading", "what a default's method calls", inOrder('return "A"', 'return "B"')],
    ["reached-when-loading", "a selection's method", inOrder('("x", "X")', '("y", "Y")')],
    ["reached-when-loading", "a method that data calls", inOrder("return self.filled()", "return self.filled() + 1")],
    [
      "reached-when-loading",
      "what a method that data calls refers to",
      inOrder("def filled(self):\n        return 1", "def filled(self):\n        return 2"),
    ],
    ["reached-when-loading", "a method that eval calls, in another module", edited("more/models.py", "return 1", "return 2")],
    ["reached-when-loading", "what init calls", edited(report, 'return ""', 'return " "')],
    ["load-time-model-changed", "a model of the base with a view of its own", edited(task, 'return "x"', 'return "z"')],
    ["load-time-model-changed", "a model with init in another class", edited(task, 'return "y"', 'return "z"')],
    [
      "load-time-method-changed",
      "a method that loads records",
      inOrder("    def filled", "    def _load_records(self):\n        return 2\n\n    def filled"),
    ],
    [
      "model-name-unknown",
      "a model whose name isn't written out",
      ...pair(
        "more/models.py",
        '_inherit = "acme.order"\n\n    more = fields.Char()\n\n    def evaluated(self):\n        return 1',
        "_inherit = UNUSED\n\n    def go(self):\n        return 1",
        "_inherit = UNUSED\n\n    def go(self):\n        return 2",
      ),
    ],
    [
      "declaration-shadowed",
      "a method with a field's name",
      inOrder("    def filled", "    def shown(self):\n        return 2\n\n    def filled"),
    ],
    ["unknown-decorator", "an unknown decorator", inOrder("    def action_go", "    @api.special\n    def action_go")],
    ["dynamic-code-changed", "setattr", inOrder('return _("Go")', 'setattr(Order, "x", 1)')],
    ["dynamic-code-changed", "exec", inOrder('return _("Go")', 'exec("x")')],
    ["dynamic-code-changed", "a field that is made at run time", inOrder('return _("Go")', "return fields.Char()")],
    ["dynamic-code-changed", "a class inside a method", inOrder('return _("Go")', "class X:\n            pass")],
    ["dynamic-code-changed", "a patch inside a function", inOrder("return value / FACTOR", "Order.write = None")],
    ["module-statement-changed", "a patch of another class", inOrder("LABEL =", "models.Model.write = half\nLABEL =")],
    [
      "module-statement-changed",
      "a class under a condition",
      inOrder("class Order", 'if FACTOR:\n    class Odd(models.Model):\n        _name = "acme.odd"\n\n\nclass Order'),
    ],
    ["module-statement-changed", "a call", inOrder("LABEL =", 'register("x")\nLABEL =')],
    [
      "reached-when-loading",
      "what a patch refers to",
      ...pair(
        order,
        "LABEL =",
        "models.Model.write = patched\n\n\ndef patched(self):\n    return 1\n\n\nLABEL =",
        "models.Model.write = patched\n\n\ndef patched(self):\n    return 2\n\n\nLABEL =",
      ),
    ],
    [
      "import-of-uninstalled-changed",
      "code of a module that isn't installed",
      {
        ...edited("more/models.py", "from odoo.addons.acme", "from odoo.addons.spare import X\nfrom odoo.addons.acme"),
        "spare/__init__.py": "X = 2\n",
        "acme/README.rst": "x",
      },
      edited("more/models.py", "from odoo.addons.acme", "from odoo.addons.spare import X\nfrom odoo.addons.acme"),
    ],
    [
      "unknown-decorator",
      "a function under an unknown decorator",
      ...pair(
        "acme/helper.py",
        "def round_up(value):\n    return value",
        "@patches\ndef round_up(value):\n    return 1",
        "@patches\ndef round_up(value):\n    return 2",
      ),
    ],
    [
      "dynamic-code-changed",
      "a call in a decorator",
      inOrder('@api.depends("code")\n    def _compute_shown', "@api.depends(register(1))\n    def _compute_shown"),
    ],
    ["dynamic-code-changed", "a call in a default", inOrder("action_go(self)", "action_go(self, value=register(1))")],
    ["module-statement-changed", "a name that is set in an expression", inOrder("FACTOR = 2", "FACTOR = (OTHER := 2)")],
    ["auto-install-changed", "when it installs itself", inManifest('"version"', '"auto_install": True, "version"')],
    [
      "data-unreadable",
      "data with entities of its own",
      ...pair2(edited("acme/data/data.xml", "<odoo>", '<!DOCTYPE odoo [<!ENTITY a "b">]><odoo>'), "acme/static/src/a.js", "1", "1", "2"),
    ],
    [
      "tests-imported",
      "tests that loaded code imports",
      { ...edited("acme/hooks.py", "def fill", "from .tests import helper\n\n\ndef fill"), "acme/tests/helper.py": "X = 1\n" },
      { ...edited("acme/hooks.py", "def fill", "from .tests import helper\n\n\ndef fill"), "acme/tests/helper.py": "X = 2\n" },
    ],
    [
      "hook-function-changed",
      "a hook's function under another name",
      ...pair2(
        edited("acme/__init__.py", "fill", "filling as fill"),
        "acme/hooks.py",
        "def fill(env):\n    return 1",
        "def filling(env):\n    return 1",
        "def filling(env):\n    return 2",
      ),
    ],
    [
      "reached-when-loading",
      "a method that the code of a server action calls, which data runs",
      ...pair2(
        edited(
          "acme/data/data.xml",
          "</odoo>",
          '<record id="s" model="ir.actions.server"><field name="code">model.action_go()</field></record><function model="ir.actions.server" name="run"/></odoo>',
        ),
        order,
        '"Go"',
        '"Go"',
        '"Gone"',
      ),
    ],
    [
      "load-time-model-changed",
      "a mixin of a model with a view of its own",
      ...pair2(
        edited(task, '_inherit = "project.view"', '_inherit = ["project.view", "acme.mixin"]\n    _name = "project.view"'),
        "more/models.py",
        "class Order",
        'class Mixin(models.AbstractModel):\n    _name = "acme.mixin"\n\n    def go(self):\n        return 1\n\n\nclass Order',
        'class Mixin(models.AbstractModel):\n    _name = "acme.mixin"\n\n    def go(self):\n        return 2\n\n\nclass Order',
      ),
    ],
    [
      "load-time-model-changed",
      "a model that inherits from one with a view of its own",
      ...pair(
        "more/models.py",
        "class Order",
        'class Child(models.Model):\n    _name = "acme.child"\n    _inherit = "project.view"\n\n    def go(self):\n        return 1\n\n\nclass Order',
        'class Child(models.Model):\n    _name = "acme.child"\n    _inherit = "project.view"\n\n    def go(self):\n        return 2\n\n\nclass Order',
      ),
    ],
    [
      "auto-install-added",
      "a module that installs itself",
      {
        ...edited("acme/README.rst", "Acme", "A"),
        "auto/__manifest__.py": '{"version": "19.0.1.0.0", "depends": ["acme"], "auto_install": True}',
      },
    ],
  ])("%s: %s", (clause, _what, after, before = plainFiles) => {
    expect(clauses(before, after)).toEqual([clause]);
    const back = clause === "class-added" ? ["class-removed"] : clause === "auto-install-added" ? [] : [clause];
    expect(clauses(after, before)).toEqual(back);
  });
});

function pair2(files: Files, path: string, find: string, a: string, b: string): [Files, Files] {
  return [edited(path, find, a, files), edited(path, find, b, files)];
}

function pairOf(before: Files, path: string, text: string): [Files, Files] {
  return [{ ...before, [path]: text }, before];
}
