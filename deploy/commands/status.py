"""`./lifering status`: what runs, where, and whether it is ready."""

from __future__ import annotations

import json
from typing import Any

from deploy.arguments import command_parser
from deploy.commands.up import about
from deploy.datadir import DataDir, default_data_dir


def main(arguments: list[str]) -> int:
    """Prints the state; exit 0 when everything runs and is ready, else 1."""
    parser = command_parser(
        "status", "What runs, where, and whether it is ready (exit 0), or not (exit 1)."
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    state = read_status(DataDir(default_data_dir()))
    if options.json:
        print(json.dumps(state, indent=2))
    else:
        _print(state)
    return 0 if state["running"] and state["ready"] else 1


def read_status(data: DataDir) -> dict[str, Any]:
    """The launcher's own description, or that nothing runs."""
    from deploy.control import ask
    from deploy.errors import UserError

    if data.is_locked():
        try:
            return ask(data, {"op": "status"}, timeout_s=20.0)
        except UserError:
            # Stopping, or just starting: the lock is held and nobody listens.
            if data.is_locked():
                return {**_stopped(data), "phase": "starting or stopping"}
    return _stopped(data)


def _stopped(data: DataDir) -> dict[str, Any]:
    from deploy.embedded import kafka, postgres

    return {
        "running": False,
        "ready": False,
        "data_dir": str(data.path),
        "services": {},
        "servers": {},
        "versions": {"kafka": kafka.version(), "postgres": postgres.version()},
    }


def _print(state: dict[str, Any]) -> None:
    if not state["running"]:
        print(f"{state.get('phase', 'not running')} ({state['data_dir']})")
        return
    for name, service in state["services"].items():
        ready = "ready" if service["ready"] else "NOT READY"
        pids = " ".join(str(pid or "-") for pid in service["pids"])
        urls = " ".join(service["urls"])
        print(f"{name:<20} {ready:<10} {urls}  pid {pids}  restarts {service['restarts']}")
    for name, server in state["servers"].items():
        version = state["versions"].get(name, "")
        where = state["kafka"]["bootstrap"] if name == "kafka" else "in status --json"
        print(
            f"{name:<20} {version:<10} {where}  pid {server['pid'] or '-'}  "
            f"restarts {server['restarts']}"
        )
    for name, value in about(state).items():
        print(f"{name:<20} {value}")
    print(f"{'data':<20} {state['data_dir']}")
