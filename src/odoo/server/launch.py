"""Runs Odoo's server script under three guards, then gets out of the way.

Called as ``python launch.py -c odoo.conf ...`` with PLIMSOLL_ODOO_SERVER naming the server script and PLIMSOLL_ROLE one of
web, background, update, shell. It stays ``sys.argv[0]``, because a prefork server starts its websocket process with
``[sys.executable, sys.argv[0], 'gevent', ...]`` and that process needs the guards too.

1. No process creates a database. ``odoo server`` creates and initialises the database it is given when there is none of that
   name; a worker that is restarted at the wrong moment would put an empty database under a live name.
2. A process that serves never updates. A registry load that finds ``base.partially_updated_database`` deletes it and updates
   the database, whoever loads it.
3. Crons that are asked to stop take nothing new. Odoo's worker runs every job that was ready when it looked, however long
   that takes; here it finishes the job it is in. A second request to stop doesn't force it, as it would in Odoo: to end a
   running job is SIGKILL's business.
"""

import os
import runpy
import signal
import sys

import plimsoll_usage  # noqa: F401  (beside this file, which stops being searched below)

SERVER = os.environ["PLIMSOLL_ODOO_SERVER"]
ROLE = os.environ["PLIMSOLL_ROLE"]

# What Python does for a script that it is given directly: its folder comes first, so that a checkout's odoo-bin finds its odoo.
sys.path[0] = os.path.dirname(os.path.realpath(SERVER))

import odoo.cli  # noqa: E402  (reads sys.argv[1] == "gevent" and patches; comes before anything that opens sockets)
import odoo.service.db  # noqa: E402
import odoo.service.server  # noqa: E402
from odoo.modules.registry import Registry  # noqa: E402


class GuardError(RuntimeError):
    pass


def no_database_is_created():
    exists = odoo.service.db.DatabaseExists

    def refuse(name, *_args, **_kwargs):
        raise exists("Plimsoll starts no database: %s is used if it is there" % name)

    odoo.service.db._create_empty_database = refuse


def serving_never_updates():
    load = Registry.new.__func__

    def new(cls, db_name, *args, **kwargs):
        with odoo.sql_db.db_connect(db_name).cursor() as cr:
            cr.execute("SELECT to_regclass('ir_config_parameter') IS NOT NULL")
            if cr.fetchone()[0]:
                cr.execute("SELECT 1 FROM ir_config_parameter WHERE key = 'base.partially_updated_database'")
                if cr.fetchone():
                    raise GuardError(
                        "%s carries base.partially_updated_database: loading it would update it; Plimsoll doesn't serve it" % db_name
                    )
        return load(cls, db_name, *args, **kwargs)

    Registry.new = classmethod(new)


def stopping_crons_take_nothing_new():
    server = odoo.service.server
    stopping = []
    handle, process, handle_master = server.Worker.signal_handler, server.WorkerCron.process_work, server.PreforkServer.signal_handler

    def signal_handler(self, sig, frame):
        stopping.append(sig)
        return handle(self, sig, frame)

    def master_signal_handler(self, sig, frame):
        if sig in (signal.SIGINT, signal.SIGTERM):
            if stopping:
                return None
            stopping.append(sig)
        return handle_master(self, sig, frame)

    def guard_acquire():
        # Imported here: base's models can be imported only when the addons path is set up.
        from odoo.addons.base.models.ir_cron import IrCron

        kept = IrCron.__dict__["_acquire_one_job"]
        if getattr(kept.__func__, "plimsoll", False):
            return

        def acquire(*args, **kwargs):
            return None if stopping else kept.__func__(*args, **kwargs)

        acquire.plimsoll = True
        setattr(IrCron, "_acquire_one_job", type(kept)(acquire))

    def process_work(self):
        guard_acquire()
        return process(self)

    sleep_master = server.PreforkServer.sleep

    def sleep(self):
        # Odoo tells its workers once. One that was forked a moment ago still has its master's handler and would never end.
        if stopping:
            for pid in list(self.workers):
                self.worker_kill(pid, signal.SIGINT)
        return sleep_master(self)

    server.PreforkServer.sleep = sleep
    server.Worker.signal_handler = signal_handler
    server.WorkerCron.process_work = process_work
    server.PreforkServer.signal_handler = master_signal_handler


no_database_is_created()
if ROLE in ("web", "background"):
    serving_never_updates()
if ROLE == "background":
    stopping_crons_take_nothing_new()

runpy.run_path(SERVER, run_name="__main__")
