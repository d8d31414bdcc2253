"""Does business on a throwaway copy of an Odoo database: that is what people will do with the new release.

Called as ``python smoke.py odoo.conf input.json report.json``; PLIMSOLL_ODOO_SERVER names the server script. It WRITES, and
commits: only for copies that nobody else uses. Each scenario and check has a transaction of its own. ``input.json``:
{"scenarios": [...], "checks": [id]}. The report is JSON::

    {"scenarios": [{"name", "outcome": "passed" | "failed" | "not-applicable", "reason", "step", "steps", "durationMs"}],
     "checks": [{"id", "outcome", "seen"}],
     "pdf": "wkhtmltopdf" | "html only", "durationMs": n, "loadMs": n, "fatal": null | text}

A scenario doesn't apply when one of its modules isn't installed, or when a search finds nothing that it needs: a tenant
without a chart of accounts posts no invoices, with any release.
"""

import datetime
import json
import os
import secrets
import shutil
import sys
import threading
import time

import plimsoll_usage  # noqa: F401  (beside this file, which stops being searched below)

CONFIG, INPUT, REPORT = sys.argv[1:4]
del sys.argv[1:]
sys.path[0] = os.path.dirname(os.path.realpath(os.environ["PLIMSOLL_ODOO_SERVER"]))

ERROR_CHARS_MAX = 600


def describe(error):
    text = "%s: %s" % (type(error).__name__, " ".join(str(error).split()))
    return text[:ERROR_CHARS_MAX]


class NotApplicable(Exception):
    pass


class Scenario:
    def __init__(self, env, scenario):
        self.env = env
        self.names = {}
        self.steps = scenario["steps"]
        self.done = 0
        self.notes = []

    def run(self):
        for step in self.steps:
            kind = next(key for key in ("create", "search", "call", "write", "expect", "report") if key in step)
            getattr(self, kind)(step)
            self.done += 1

    def create(self, step):
        self.keep(step, self.env[step["create"]].create(self.value(step["values"])))

    def search(self, step):
        found = self.env[step["search"]].search(self.value(step["domain"]), limit=step.get("limit", 1))
        if not found:
            raise NotApplicable("there is no %s that the scenario could use (its step %d)" % (step["search"], self.done + 1))
        self.keep(step, found)

    def call(self, step):
        self.keep(step, getattr(self.records(step["on"]), step["call"])(**self.value(step.get("arguments", {}))))

    def write(self, step):
        self.records(step["write"]).write(self.value(step["values"]))

    def expect(self, step):
        records = self.records(step["expect"])
        # What a later reader sees comes from the database, not from what this transaction remembers.
        self.env.flush_all()
        records.invalidate_recordset()
        wanted = self.value(step["equals"])
        for record in records:
            seen = plain(record[step["field"]])
            if seen != wanted:
                raise AssertionError("%s of %s is %s, expected %s" % (step["field"], record, json.dumps(seen), json.dumps(wanted)))

    def report(self, step):
        records = self.records(step["on"])
        reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        # Printing reads what is stored; some reports send a request of their own.
        self.env.flush_all()
        if step.get("format", "pdf") == "pdf" and reports.get_wkhtmltopdf_state() != "install":
            body, kind = reports._render_qweb_pdf(step["report"], records.ids)
            if kind != "pdf" or not body.startswith(b"%PDF"):
                raise AssertionError("%s gave no PDF but %s" % (step["report"], kind))
        else:
            body = reports._render_qweb_html(step["report"], records.ids)[0]
            if step.get("format", "pdf") == "pdf":
                self.notes.append("rendered as HTML: wkhtmltopdf isn't installed here")
        if not body:
            raise AssertionError("%s is empty" % step["report"])

    def keep(self, step, value):
        if "as" in step:
            self.names[step["as"]] = value

    def records(self, reference):
        found = self.lookup(reference[1:])
        if not hasattr(found, "ids"):
            raise AssertionError("%s is no record" % reference)
        return found

    def lookup(self, path):
        name, *fields = path.split(".")
        value = self.names[name]
        for field in fields:
            value = value[field]
        return value

    def value(self, given):
        if isinstance(given, dict):
            return {key: self.value(item) for key, item in given.items()}
        if isinstance(given, list):
            return [self.value(item) for item in given]
        if not isinstance(given, str):
            return given
        if given.startswith("$$"):
            return given[1:]
        if given == "$today":
            return datetime.date.today().isoformat()
        if given.startswith("$"):
            return plain(self.lookup(given[1:]))
        if given.startswith("ref:"):
            return self.env.ref(given[4:]).id
        return given


def plain(value):
    """Records as ids: one as a number, several as a list, none as False; dates as text."""
    if hasattr(value, "_name") and hasattr(value, "ids"):
        return value.id if len(value) == 1 else (value.ids or False)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def run_scenario(registry, scenario):
    import odoo.api

    started = time.monotonic()
    answer = {"name": scenario["name"], "outcome": "passed", "reason": None, "step": 0, "steps": len(scenario["steps"]), "notes": []}
    missing = []
    run = None
    try:
        with registry.cursor() as cr:
            env = odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})
            cr.execute("SELECT name FROM ir_module_module WHERE state = 'installed' AND name = ANY(%s)", (scenario["modules"],))
            missing = sorted(set(scenario["modules"]) - {name for (name,) in cr.fetchall()})
            if missing:
                raise NotApplicable("not installed: %s" % ", ".join(missing))
            run = Scenario(env, scenario)
            run.run()
            # The end of a transaction is part of the business: stored computes, constraints, what is sent afterwards.
            env.flush_all()
            cr.commit()
    except NotApplicable as reason:
        answer.update(outcome="not-applicable", reason=str(reason))
    except Exception as error:  # whatever release code raises is the answer
        answer.update(outcome="failed", reason=describe(error))
    if run is not None:
        answer.update(step=run.done, notes=run.notes)
    answer["durationMs"] = round((time.monotonic() - started) * 1000)
    return answer


# -- what every user does -----------------------------------------------------------------------------------------------


class Checks:
    """Through Odoo's own WSGI application, in this process: no port is opened."""

    def __init__(self, registry, database):
        import odoo.http
        from werkzeug.test import Client

        self.registry = registry
        self.database = database
        # Sessions of production lie in the data directory; those of a copy have no business there.
        self.sessions = REPORT + ".sessions"
        os.makedirs(self.sessions, mode=0o700, exist_ok=True)
        odoo.http.root.session_store.path = self.sessions
        self.client = Client(odoo.http.root, use_cookies=False)
        self.password = secrets.token_hex(16)
        self.login = None

    def close(self):
        shutil.rmtree(self.sessions, ignore_errors=True)

    def run(self, wanted):
        answers = []
        for check in wanted:
            try:
                answers.append({"id": check, "outcome": "passed", "seen": getattr(self, check.replace("-", "_"))()})
            except NotApplicable as reason:
                answers.append({"id": check, "outcome": "not-applicable", "seen": str(reason)})
            except Exception as error:
                answers.append({"id": check, "outcome": "failed", "seen": describe(error)})
        return answers

    def environment(self, cr):
        import odoo.api

        return odoo.api.Environment(cr, odoo.api.SUPERUSER_ID, {})

    def user(self, env):
        """Somebody who works in the back end: the administrator, or else whoever may log in."""
        admin = env.ref("base.user_admin", raise_if_not_found=False)
        if admin and admin.active:
            return admin
        user = env["res.users"].search([("share", "=", False), ("active", "=", True)], limit=1)
        if not user:
            raise NotApplicable("nobody may log in to the back end")
        return user

    def request(self, method, path, expected, **more):
        sender = {"REMOTE_ADDR": "127.0.0.1"}
        response = self.client.open(path, method=method, base_url="http://127.0.0.1/", environ_base=sender, **more)
        body = response.get_data()
        if response.status_code not in expected:
            text = " ".join(body.decode("utf-8", "replace").split())
            raise AssertionError("%s answers %d: %s" % (path, response.status_code, text[:300]))
        return response, body

    def login_with_password(self):
        with self.registry.cursor() as cr:
            env = self.environment(cr)
            user = self.user(env)
            self.login = user.login
            user._set_encrypted_password(user.id, user._crypt_context().hash(self.password))
        wanted = {"db": self.database, "login": self.login, "password": self.password}
        _, body = self.request("POST", "/web/session/authenticate", (200,), json={"jsonrpc": "2.0", "params": wanted})
        answer = json.loads(body)
        if "error" in answer:
            raise AssertionError(describe_rpc(answer["error"]))
        uid = answer["result"].get("uid")
        _, body = self.request(
            "POST", "/web/session/authenticate", (200,), json={"jsonrpc": "2.0", "params": dict(wanted, password="not " + self.password)}
        )
        if "error" not in json.loads(body):
            raise AssertionError("a wrong password was accepted")
        return "user %s was let in" % uid if uid else "the password was right; a second factor would be asked for"

    def api_key(self):
        with self.registry.cursor() as cr:
            env = self.environment(cr)
            user = self.user(env)
            until = datetime.datetime.now() + datetime.timedelta(hours=1)
            key = env(user=user.id)["res.users.apikeys"].sudo()._generate(None, "smoke", until)
            uid = user.id
        headers = {"Authorization": "Bearer %s" % key, "X-Odoo-Database": self.database}
        _, body = self.request("POST", "/json/2/res.users/search_read", (200,), headers=headers, json={"domain": [["id", "=", uid]], "fields": ["login"]})
        seen = json.loads(body)
        if [row["id"] for row in seen] != [uid]:
            raise AssertionError("/json/2 gave %s" % json.dumps(seen)[:200])
        bad = dict(headers, Authorization="Bearer %s" % ("0" * 40))
        self.request("POST", "/json/2/res.users/search_read", (401, 403), headers=bad, json={"domain": []})
        return "a new key reads through /json/2; a wrong one is refused"

    def web_client(self):
        import odoo.http
        from odoo.service import security

        store = odoo.http.root.session_store
        with self.registry.cursor() as cr:
            env = self.environment(cr)
            user = self.user(env)
            session = store.new()
            session.update(odoo.http.get_default_session(), db=self.database)
            session.uid, session.login = user.id, user.login
            session.context = dict(env(user=user.id)["res.users"].context_get())
            session.session_token = security.compute_session_token(session, env(user=user.id))
        store.save(session)
        cookie = {"Cookie": "session_id=%s" % session.sid}
        response, body = self.request("GET", "/odoo", (200,), headers=cookie)
        if b"odoo.__session_info__" not in body:
            raise AssertionError("/odoo answers %d without the session of the user" % response.status_code)
        _, menus = self.request("GET", "/web/webclient/load_menus", (200,), headers=cookie)
        return "%d bytes, %d menus" % (len(body), len(json.loads(menus)))

    def websocket_route(self):
        """A connection can't be upgraded without a server: that the route is there, and refuses what is no upgrade, can be asked."""
        if "bus.bus" not in self.registry:
            raise NotApplicable("the module bus isn't installed")
        self.request("GET", "/websocket/health", (200,))
        response, _ = self.request("GET", "/websocket", (400, 426))
        return "/websocket is there and answers %d to what is no upgrade; the upgrade itself was not tried" % response.status_code


def describe_rpc(error):
    data = error.get("data") or {}
    return "%s: %s" % (data.get("name", "error"), data.get("message", error.get("message", "")))


def run(request, report):
    started = time.monotonic()
    import odoo.cli  # noqa: F401
    from odoo.tools import config

    config.parse_config(["-c", CONFIG], setup_logging=True)
    import odoo.service.server
    from odoo.modules.registry import Registry
    from odoo.sql_db import db_connect

    (database,) = config["db_name"] if isinstance(config["db_name"], (list, tuple)) else [config["db_name"]]
    threading.current_thread().dbname = database
    with db_connect(database).cursor() as cr:
        cr.execute("SELECT 1 FROM ir_config_parameter WHERE key = 'base.partially_updated_database'")
        if cr.fetchone():
            raise RuntimeError("base.partially_updated_database is set: loading the registry would update the database")
    odoo.service.server.load_server_wide_modules()
    registry = Registry(database)
    report["loadMs"] = round((time.monotonic() - started) * 1000)
    started = time.monotonic()
    report["pdf"] = "wkhtmltopdf" if shutil.which("wkhtmltopdf") else "html only"
    for scenario in request["scenarios"]:
        report["scenarios"].append(run_scenario(registry, scenario))
    checks = Checks(registry, database)
    try:
        report["checks"] = checks.run(request["checks"])
    finally:
        checks.close()
    report["durationMs"] = round((time.monotonic() - started) * 1000)


def main():
    report = {"scenarios": [], "checks": [], "pdf": "html only", "durationMs": 0, "loadMs": 0, "fatal": None}
    with open(INPUT, encoding="utf-8") as file:
        request = json.load(file)
    try:
        run(request, report)
    except BaseException as error:
        report["fatal"] = describe(error)
        raise
    finally:
        with open(REPORT + ".part", "w", encoding="utf-8") as file:
            json.dump(report, file)
        os.replace(REPORT + ".part", REPORT)


main()
