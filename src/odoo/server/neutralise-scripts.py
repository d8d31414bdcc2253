"""The SQL with which installed modules make a copy harmless, found where Odoo itself would look for the modules.

Called as ``python neutralise-scripts.py odoo.conf input.json report.json``; input: {"modules": [name]}, report:
{"scripts": [{"module", "sql"}], "withoutCode": [name]}, both in the order of the input.
"""

import json
import os
import sys

CONFIG, INPUT, REPORT = sys.argv[1:4]
del sys.argv[1:]
sys.path[0] = os.path.dirname(os.path.realpath(os.environ["PLIMSOLL_ODOO_SERVER"]))

import odoo.cli  # noqa: E402,F401
from odoo.modules import module  # noqa: E402
from odoo.tools import config  # noqa: E402

config.parse_config(["-c", CONFIG], setup_logging=True)
module.initialize_sys_path()
import odoo.addons  # noqa: E402


def folder_of(name):
    for root in odoo.addons.__path__:
        folder = os.path.join(root, name)
        if os.path.isfile(os.path.join(folder, "__manifest__.py")):
            return folder
    return None


with open(INPUT, encoding="utf-8") as file:
    names = json.load(file)["modules"]
report = {"scripts": [], "withoutCode": []}
for name in names:
    folder = folder_of(name)
    if folder is None:
        report["withoutCode"].append(name)
        continue
    try:
        with open(os.path.join(folder, "data", "neutralize.sql"), encoding="utf-8") as file:
            report["scripts"].append({"module": name, "sql": file.read().strip()})
    except FileNotFoundError:
        pass
with open(REPORT + ".part", "w", encoding="utf-8") as file:
    json.dump(report, file)
os.replace(REPORT + ".part", REPORT)
