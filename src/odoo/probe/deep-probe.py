"""Asks an Odoo database, in process and as superuser, whether the application can read it.

Called as ``python deep-probe.py odoo.conf input.json report.json``; PLIMSOLL_ODOO_SERVER names the server script. Everything
but the asset requests runs in one READ ONLY transaction with a savepoint per question, so that one failure doesn't hide the
next. The report is JSON::

    {"models": {"checked": n, "names": [model], "withoutTable": [model], "slow": [model], "failed": [{"model", "error"}]},
     "views": {"checked": n, "failed": [{"model", "view", "error"}]},
     "http": [{"path", "status", "bytes"}],
     "durationMs": n, "loadMs": n, "fatal": null | text}

``input.json``: {"http": bool}. With ``http`` the login page and the CSS and JS it links to are requested through Odoo's own
WSGI application, and the back end's bundles are generated. That writes attachments: only for candidates.
"""

import json
import os
import re
import sys
import threading
import time

import plimsoll_usage  # noqa: F401  (beside this file, which stops being searched below)

CONFIG, INPUT, REPORT = sys.argv[1:4]
del sys.argv[1:]
sys.path[0] = os.path.dirname(os.path.realpath(os.environ["PLIMSOLL_ODOO_SERVER"]))

STATEMENT_TIMEOUT_MS = 3_000
"""A read of one record that takes longer is a slow report, not a broken model."""
VIEW_STATEMENT_TIMEOUT_MS = 30_000

ERROR_CHARS_MAX = 600
FAILURES_MAX = 500


def describe(error):
    text = "%s: %s" % (type(error).__name__, " ".join(str(error).split()))
    return text[:ERROR_CHARS_MAX]


class Probe:
    def __init__(self, env):
        self.env = env
        self.cr = env.cr
        self.models = {"checked": 0, "names": [], "withoutTable": [], "slow": [], "failed": []}
        self.views = {"checked": 0, "failed": []}
        self.cr.execute("SET TRANSACTION READ ONLY")
        self.cr.execute("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = current_schema::regnamespace")
        self.relations = {name for (name,) in self.cr.fetchall()}
        # From here on: a question may be given up, but not what the questions rest on.
        self.cr.execute("SET LOCAL statement_timeout = %s" % STATEMENT_TIMEOUT_MS)

    def attempt(self, question):
        """Runs a question in a savepoint. Returns None, or the error; the caches can't keep what a failure left."""
        import psycopg2.errors

        self.cr.execute("SAVEPOINT plimsoll_probe")
        try:
            question()
            return None
        except psycopg2.errors.QueryCanceled as error:
            return error
        except Exception as error:  # whatever release code raises is the answer
            return error
        finally:
            self.cr.execute("ROLLBACK TO SAVEPOINT plimsoll_probe")
            self.cr.execute("RELEASE SAVEPOINT plimsoll_probe")

    # -- models ---------------------------------------------------------------------------------------------------------

    def check_models(self):
        import psycopg2.errors

        for name in sorted(self.env.registry):
            model = self.env[name].with_context(active_test=False, bin_size=True)
            if model._abstract:
                continue
            queried = getattr(model, "_table_query", None) is not None
            if not queried and model._table not in self.relations and not model._auto:
                self.models["withoutTable"].append(name)
                continue
            error = self.attempt(lambda: self.read_one(model, queried))
            self.models["checked"] += 1
            self.models["names"].append(name)
            if isinstance(error, psycopg2.errors.QueryCanceled):
                self.models["slow"].append(name)
            elif error is not None:
                self.models["failed"].append({"model": name, "error": describe(error)})
            self.env.invalidate_all(flush=False)

    def read_one(self, model, queried):
        columns = [f.name for f in model._fields.values() if f.store and f.column_type]
        if not queried:
            self.select_columns(model, columns)
            self.select_relations(model)
        record = model.search([], limit=1)
        if record:
            names = [f.name for f in model._fields.values() if f.store and (f.column_type or f.type == "binary")]
            record.read(names, load=None)

    def select_columns(self, model, columns):
        """Finds missing columns even when there is no row. LIMIT 0: a report view isn't computed for it."""
        from odoo.tools import SQL

        wanted = SQL(", ").join(SQL.identifier(name) for name in columns)
        self.cr.execute(SQL("SELECT %s FROM %s LIMIT 0", wanted, SQL.identifier(model._table)), log_exceptions=False)

    def select_relations(self, model):
        from odoo.tools import SQL

        for field in model._fields.values():
            if field.type == "many2many" and field.store and field.relation and field.column1 and field.column2:
                pair = SQL(", ").join([SQL.identifier(field.column1), SQL.identifier(field.column2)])
                self.cr.execute(SQL("SELECT %s FROM %s LIMIT 0", pair, SQL.identifier(field.relation)), log_exceptions=False)

    # -- views ----------------------------------------------------------------------------------------------------------

    def check_views(self):
        """get_views of every action, in the pieces it is made of: each view once, however many actions show it."""
        self.cr.execute("SET LOCAL statement_timeout = %s" % VIEW_STATEMENT_TIMEOUT_MS)
        wanted = set()
        for part in (self.collect_defaults, self.collect_actions, self.collect_customised):
            error = self.attempt(lambda part=part: part(wanted))
            if error is not None:
                self.views["failed"].append({"model": "ir.ui.view", "view": part.__name__, "error": describe(error)})
        for name, view_id, mode in sorted(wanted, key=lambda key: (key[0], key[2], key[1] or 0)):
            if mode == "qweb":
                error = self.attempt(lambda: self.env["ir.ui.view"].browse(view_id)._get_combined_arch())
            else:
                error = self.attempt(lambda: self.env[name].get_view(view_id or None, mode))
            self.views["checked"] += 1
            if error is not None:
                self.views["failed"].append({"model": name, "view": self.label(view_id, mode), "error": describe(error)})
        self.env.invalidate_all(flush=False)

    def collect_defaults(self, wanted):
        """The view that a model shows when nothing names one. Source: base/models/ir_ui_view.py, default_view."""
        self.cr.execute(
            """SELECT DISTINCT ON (model, type) model, type, id FROM ir_ui_view
                WHERE active AND mode = 'primary' AND type IN ('list', 'form', 'search', 'kanban') AND model IS NOT NULL
                ORDER BY model, type, priority, id"""
        )
        self.defaults = {(model, mode): view_id for model, mode, view_id in self.cr.fetchall() if model in self.env.registry}
        wanted.update((model, view_id, mode) for (model, mode), view_id in self.defaults.items())

    def collect_actions(self, wanted):
        for action in self.env["ir.actions.act_window"].search([]):
            model = action.res_model
            if model not in self.env.registry:
                label = action.get_external_id().get(action.id) or action.name
                self.views["checked"] += 1
                self.views["failed"].append({"model": model, "view": "action %s" % label, "error": "MissingModel: the action's model isn't there"})
                continue
            for view_id, mode in action.views:
                wanted.add((model, view_id or self.defaults.get((model, mode), False), mode))
            if action.search_view_id:
                wanted.add((model, action.search_view_id.id, "search"))

    def collect_customised(self, wanted):
        """Views that no module owns or that were edited in place, each through the view that they extend."""
        self.cr.execute(
            """SELECT v.id FROM ir_ui_view v
                WHERE v.active AND (v.arch_updated
                   OR NOT EXISTS (SELECT 1 FROM ir_model_data d WHERE d.model = 'ir.ui.view' AND d.res_id = v.id))"""
        )
        for view in self.env["ir.ui.view"].browse([row[0] for row in self.cr.fetchall()]):
            root = view
            while root.inherit_id and root.mode != "primary":
                root = root.inherit_id
            shown = root.type != "qweb" and root.model in self.env.registry
            wanted.add((root.model, root.id, root.type) if shown else (root.model or "", root.id, "qweb"))

    def label(self, view_id, mode):
        """The same in both databases: the view's xmlid, or its name where no module owns it."""
        if not view_id:
            return "%s made from the model" % mode
        view = self.env["ir.ui.view"].browse(view_id)
        return "%s %s" % (mode, view.get_external_id().get(view_id) or view.name)


def check_http(database):
    """The login page with what it links to, then the bundles that every logged-in user loads."""
    import odoo.http
    from werkzeug.test import Client

    client = Client(odoo.http.root)
    seen = []

    def get(path):
        response = client.get(path, base_url="http://127.0.0.1/", follow_redirects=True)
        body = response.get_data()
        seen.append({"path": path, "status": response.status_code, "bytes": len(body)})
        return body.decode("utf-8", "replace")

    page = get("/web/login")
    links = re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js)(?:\?[^"]*)?)"', page)
    for path in dict.fromkeys(link.replace("&amp;", "&") for link in links):
        get(path)
    for path in backend_bundles(database):
        get(path)
    return seen


def backend_bundles(database):
    import odoo.api
    from odoo.modules.registry import Registry

    with Registry(database).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
        links = env["ir.qweb"]._get_asset_links("web.assets_web", css=True, js=True)
    return [link for link in links if link.startswith("/web/assets/")]


def in_child(question):
    """Asks in a forked process, which has the loaded registry and connections of its own. Returns a function that waits for the answer."""
    import odoo.sql_db

    odoo.sql_db.close_all()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            answer = {"value": question()}
        except BaseException as error:  # it must not run on as a second parent
            answer = {"error": describe(error)}
        try:
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                json.dump(answer, pipe)
        finally:
            os._exit(0)
    os.close(writing)

    def wait():
        with os.fdopen(reading, encoding="utf-8") as pipe:
            text = pipe.read()
        os.waitpid(pid, 0)
        answer = json.loads(text) if text else {"error": "the process that asked over HTTP was killed"}
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["value"]

    return wait


def run(request, report):
    started = time.monotonic()
    import odoo.cli  # noqa: F401
    from odoo.tools import config

    config.parse_config(["-c", CONFIG], setup_logging=True)
    import odoo.api
    import odoo.service.server
    from odoo.modules.registry import Registry
    from odoo.sql_db import db_connect

    (database,) = config["db_name"] if isinstance(config["db_name"], (list, tuple)) else [config["db_name"]]
    threading.current_thread().dbname = database
    with db_connect(database).cursor() as cr:
        cr.execute("SELECT 1 FROM ir_config_parameter WHERE key = 'base.partially_updated_database'")
        if cr.fetchone():
            raise RuntimeError("base.partially_updated_database is set: loading the registry would update the database")
    if request.get("http"):
        odoo.service.server.load_server_wide_modules()
    registry = Registry(database)
    report["loadMs"] = round((time.monotonic() - started) * 1000)
    started = time.monotonic()
    # Users wait for both: the assets are built on another core while models and views are read.
    answers = in_child(lambda: check_http(database)) if request.get("http") else lambda: []
    with registry.cursor() as cr:
        probe = Probe(odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {}))
        report["models"], report["views"] = probe.models, probe.views
        probe.check_models()
        report["modelsMs"] = round((time.monotonic() - started) * 1000)
        probe.check_views()
        report["viewsMs"] = round((time.monotonic() - started) * 1000) - report["modelsMs"]
        cr.rollback()
    report["http"] = answers()
    report["durationMs"] = round((time.monotonic() - started) * 1000)


def main():
    report = {
        "models": {"checked": 0, "names": [], "withoutTable": [], "slow": [], "failed": []},
        "views": {"checked": 0, "failed": []},
        "http": [],
        "durationMs": 0,
        "loadMs": 0,
        "fatal": None,
    }
    with open(INPUT, encoding="utf-8") as file:
        request = json.load(file)
    try:
        run(request, report)
    except BaseException as error:
        report["fatal"] = describe(error)
        raise
    finally:
        for part in (report["models"], report["views"]):
            part["failedTotal"] = len(part["failed"])
            part["failed"] = part["failed"][:FAILURES_MAX]
        with open(REPORT + ".part", "w", encoding="utf-8") as file:
            json.dump(report, file)
        os.replace(REPORT + ".part", REPORT)


main()
