"""Which external dependencies Odoo wouldn't find, by Odoo's own rules (versions and environment markers count).

Called as ``python dependencies.py odoo.conf input.json report.json``; input and report: {"python": [...], "bin": [...]}.
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

try:
    from odoo.tools import find_in_path
except ImportError:
    from odoo.tools.misc import find_in_path


def missing(names, check):
    gone = []
    for name in names:
        try:
            check(name)
        except Exception:  # an invalid requirement can't be met either
            gone.append(name)
    return gone


with open(INPUT, encoding="utf-8") as file:
    needs = json.load(file)
report = {
    "python": missing(needs["python"], module.check_python_external_dependency),
    "bin": missing(needs["bin"], find_in_path),
}
with open(REPORT + ".part", "w", encoding="utf-8") as file:
    json.dump(report, file)
os.replace(REPORT + ".part", REPORT)
