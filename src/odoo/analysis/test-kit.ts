import { createHash } from "node:crypto";
import type { ModuleLag } from "../../domain/fleet/environment.ts";
import type { InstalledModule, TenantFacts } from "../../domain/fleet/facts.ts";
import type { CodeProof } from "../../domain/impact/impact.ts";
import type { Base, ModuleFacts, ReleaseContent, ReleaseFile } from "../../domain/release/release.ts";
import { readManifest } from "../source/manifest.ts";
import { migrationScripts } from "../source/migration-scripts.ts";
import { SourceReader, type SourceText } from "../source/source-model.ts";
import { proveCodeOnly, type CodeOnlyInput } from "./code-only.ts";
import { loadedFromRelease } from "./module-universe.ts";

/** Files of a release by `<module>/<path>`; null: bytes that aren't UTF-8; with `!` at the end of the path: executable. */
export type Files = Readonly<Record<string, string | null>>;

export const plainFiles: Files = {
  "acme/__manifest__.py": `{
    "name": "Acme", "version": "19.0.1.0.0", "depends": ["project"], "data": ["data/data.xml", "security/ir.model.access.csv"],
    "demo": ["demo/demo.xml"], "category": "Sales", "post_init_hook": "fill", "post_load": "after_load",
    "external_dependencies": {"python": ["requests"]}, "assets": {"web.assets_backend": ["acme/static/src/a.js"]},
  }`,
  "acme/__init__.py": "from . import controllers, models\nfrom .hooks import after_load, fill\n",
  "acme/hooks.py": "def fill(env):\n    return 1\n\n\ndef after_load():\n    return wrap(2)\n\n\ndef wrap(value):\n    return value\n",
  "acme/const.py": 'STATES = [("a", "A"), ("b", "B")]\nUNUSED = 1\n',
  "acme/controllers/__init__.py": "from . import main\n",
  "acme/controllers/main.py":
    'from odoo import http\n\n\nclass Main(http.Controller):\n    limit = 10\n\n    @http.route("/acme", auth="user")\n    def show(self):\n        return "x"\n',
  "acme/models/__init__.py": "from . import order\nfrom . import report\nfrom . import task\n",
  "acme/models/order.py": `"""Orders."""
import logging

from odoo import _, api, fields, models

from ..const import STATES
from ..helper import number, round_up

_logger = logging.getLogger(__name__)
LABEL = "Amount"
FACTOR = 2


def half(value):
    return value / FACTOR


class Order(models.Model):
    """An order."""

    _name = "acme.order"
    _inherit = ["mail.thread"]
    _description = "Order"
    _rec_name = "code"
    _code_uniq = models.Constraint("unique(code)", "Codes are unique.")
    _state_idx = models.Index("(state)")
    page_size = 80

    code = fields.Char(LABEL, default=lambda self: self._next_code(), help="The code.")
    state = fields.Selection(STATES, default="a")
    kind = fields.Selection(selection="_kinds")
    total = fields.Float(compute="_compute_total", store=True, digits=number(2))
    shown = fields.Char(compute="_compute_shown")

    def _next_code(self):
        return self._prefix() + "1"

    def _prefix(self):
        return "A"

    def _kinds(self):
        return [("x", "X")]

    @api.depends("code")
    def _compute_total(self):
        for one in self:
            one.total = half(1)

    @api.depends("code")
    def _compute_shown(self):
        self.shown = "x"

    @api.constrains("code")
    def _check_code(self):
        return True

    def action_go(self):
        return _("Go")

    def from_data(self):
        return self.filled()

    def filled(self):
        return 1
`,
  "acme/helper.py": "def number(value):\n    return value\n\n\ndef round_up(value):\n    return value\n",
  "acme/models/report.py": `from odoo import fields, models


class Report(models.Model):
    _name = "acme.report"
    _description = "Report"
    _auto = False

    code = fields.Char()

    def init(self):
        self.env.cr.execute(self._query() + shared_sql())

    def _query(self):
        return "select 1"


def shared_sql():
    return ""
`,
  "acme/models/task.py": `from odoo import fields, models


class Task(models.Model):
    _inherit = "project.task"

    acme = fields.Char()

    def write(self, vals):
        return super().write(vals)


class View(models.Model):
    _inherit = "project.view"

    def _select(self):
        return "x"


class Extended(models.Model):
    _inherit = "acme.report"

    def _from(self):
        return "y"
`,
  "acme/data/data.xml": `<odoo>
    <menuitem id="menu" name="Acme" web_icon="acme,static/description/icon.png"/>
    <record id="a" model="acme.order"><field name="image" type="base64" file="acme/static/img/logo.png"/></record>
    <function model="acme.order" name="from_data"/>
    <record id="b" model="acme.order"><field name="code" eval="obj().evaluated()"/></record>
  </odoo>`,
  "acme/demo/demo.xml": "<odoo/>",
  "acme/security/ir.model.access.csv": "id,name\na,b\n",
  "acme/data/neutralize.sql": "update x set y = 1;",
  "acme/migrations/19.0.0.9.0/pre-x.py": "def migrate(cr, version):\n    pass\n",
  "acme/static/description/icon.png": "icon",
  "acme/static/img/logo.png": "logo",
  "acme/static/img/other.png": "other",
  "acme/static/src/a.js": "1;",
  "acme/README.rst": "Acme\n",
  "acme/i18n/acme.pot": po(["model:ir.ui.view,arch_db:acme.form", "Form", ""], ["code:addons/acme/models/order.py:0", "Go", ""]),
  "acme/i18n/de.po": po(["model:ir.ui.view,arch_db:acme.form", "Form", "Formular"], ["code:addons/acme/models/order.py:0", "Go", "Los"]),
  "more/__manifest__.py": '{"name": "More", "version": "19.0.1.0.0", "depends": ["acme"]}',
  "more/__init__.py": "from . import models\n",
  "more/models.py": `from odoo import fields, models
from odoo.addons.acme.const import UNUSED


class Order(models.Model):
    _inherit = "acme.order"

    more = fields.Char()

    def evaluated(self):
        return 1
`,
  "spare/__manifest__.py": '{"name": "Spare", "version": "19.0.1.0.0", "depends": ["acme"]}',
  "spare/__init__.py": "X = 1\n",
};

/** Entries of a PO file: reference, source, translation. */
export function po(...entries: readonly (readonly [string, string, string])[]): string {
  const head = 'msgid ""\nmsgstr ""\n"Language: de\\n"\n';
  return [
    head,
    ...entries.map(([reference, source, text]) => `#. module: acme\n#: ${reference}\nmsgid "${source}"\nmsgstr "${text}"\n`),
  ].join("\n");
}

export function sampleBase(): Base {
  const module = (name: string, depends: readonly string[]): ModuleFacts => ({
    ...readManifest(new TextEncoder().encode(JSON.stringify({ version: "1.0", depends })), {
      module: name,
      file: name,
      series: "19.0",
      otherSeries: "refuse",
    }),
    addonsIndex: 0,
    digest: `sha256:${name}`,
    migrationScripts: [],
    sizeBytes: 1,
    fileCount: 1,
  });
  return {
    digest: "sha256:base",
    series: "19.0",
    odooVersion: "19.0",
    pythonVersion: "3.11",
    modules: [module("base", []), module("project", ["base"]), module("hr", ["base"])],
    loadTimeModels: ["project.view"],
  };
}

function contentOf(files: Files): ReleaseContent {
  const list = Object.entries(files).map(([path, text]): ReleaseFile => ({
    path: `0/${path.replace(/!$/, "")}`,
    mode: path.endsWith("!") ? "755" : "644",
    sizeBytes: 1,
    digest: digestOf(text),
  }));
  const names = [...new Set(list.map((file) => file.path.split("/")[1] ?? ""))];
  const modules = names.map((name): ModuleFacts => {
    const own = list.filter((file) => file.path.startsWith(`0/${name}/`));
    return {
      ...readManifest(new TextEncoder().encode(files[`${name}/__manifest__.py`] ?? "{}"), {
        module: name,
        file: name,
        series: "19.0",
        otherSeries: "not-installable",
      }),
      addonsIndex: 0,
      digest: digestOf(JSON.stringify(own)),
      migrationScripts: migrationScripts(own.map((file) => file.path.slice(3 + name.length))),
      sizeBytes: 1,
      fileCount: own.length,
    };
  });
  return { formatVersion: 1, series: "19.0", addonsPaths: 1, modules, files: list };
}

function digestOf(text: string | null): `sha256:${string}` {
  return `sha256:${createHash("sha256")
    .update(text ?? "\0")
    .digest("hex")}`;
}

export interface Question {
  readonly installed?: readonly string[];
  readonly versions?: Readonly<Record<string, string>>;
  readonly states?: Readonly<Record<string, string>>;
  readonly partiallyUpdated?: boolean;
  readonly lag?: readonly ModuleLag[];
  readonly base?: Base;
  readonly recordedBase?: CodeOnlyInput["recordedBase"];
  /** Series of the new release. */
  readonly series?: string;
  /** Active in the database; absent: not known. */
  readonly languages?: readonly string[];
  /** A module whose new manifest can't be read. */
  readonly unreadable?: string;
}

function factsFor(content: ReleaseContent, question: Question = {}): TenantFacts {
  const base = question.base ?? sampleBase();
  const names = question.installed ?? ["base", "project", "acme", "more"];
  const modules = names.map((name): InstalledModule => {
    const module = content.modules.find((one) => one.name === name) ?? base.modules.find((one) => one.name === name);
    return {
      name,
      state: question.states?.[name] ?? "installed",
      version: question.versions?.[name] ?? module?.version ?? null,
      imported: false,
    };
  });
  const { partiallyUpdated = false, languages } = question;
  return { modules, partiallyUpdated, languages } as unknown as TenantFacts;
}

/** Shared, since most files are the same in every test. */
const reader = new SourceReader();

/** The proof for going from one set of files to another, in a database that was last updated with the first. */
export function proveFiles(before: Files, after: Files, question: Question = {}): CodeProof {
  const [from, to] = [contentOf(before), contentOf(after)];
  const base = question.base ?? sampleBase();
  const facts = factsFor(from, question);
  const sourcesOf = (files: Files, content: ReleaseContent): CodeOnlyInput["sources"]["from"] => {
    const loaded = loadedFromRelease(base, content, facts);
    const texts = Object.entries(files).flatMap(([written, text]): SourceText[] => {
      const path = written.replace(/!$/, "");
      return loaded.has(path.split("/", 1)[0] ?? "") && !/^[^/]+\/tests\//.test(path) ? [{ path, digest: digestOf(text), text }] : [];
    });
    const data = content.modules
      .filter((module) => loaded.has(module.name))
      .flatMap((one) => one.dataFiles.map((file) => `${one.name}/${file}`));
    return reader.read(texts, new Set(data));
  };
  const now = sourcesOf(after, to);
  const manifests = new Map([...now.manifests].map(([name, entries]) => [name, name === question.unreadable ? null : entries]));
  return proveCodeOnly({
    facts,
    base,
    recordedBase: question.recordedBase === undefined ? base.digest : question.recordedBase,
    from,
    to: { ...to, series: question.series ?? to.series },
    lag: question.lag ?? [],
    sources: { from: sourcesOf(before, from), to: { ...now, manifests } },
  });
}

/** The same files but for one place in one of them. */
export function edited(path: string, find: string, replace: string, files: Files = plainFiles): Files {
  const text = files[path];
  if (text === undefined || text === null || !text.includes(find)) throw new Error(`${path} has no "${find}"`);
  return { ...files, [path]: text.replace(find, () => replace) };
}

export function without(path: string, files: Files = plainFiles): Files {
  return Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));
}
