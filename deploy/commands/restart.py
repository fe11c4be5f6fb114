"""`./lifering restart`: one service, all its instances, or a server."""

from __future__ import annotations

import sys

from deploy.arguments import command_parser
from deploy.control import ask
from deploy.datadir import DataDir, default_data_dir


def main(arguments: list[str]) -> int:
    """Restarts, and returns when it is ready again."""
    parser = command_parser("restart", "Restarts a service (or kafka, postgres) and waits for it.")
    parser.add_argument("service", help="such as dispatch, or dispatch-1 for one instance")
    options = parser.parse_args(arguments)
    ask(DataDir(default_data_dir()), {"op": "restart", "name": options.service}, timeout_s=200.0)
    print(f"lifering: {options.service} is ready again", file=sys.stderr)
    return 0
