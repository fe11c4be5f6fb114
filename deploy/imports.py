"""``./lifering import aeds|rescuers|stations FILE``: a list into its registry, with a report.

The file is read and checked here, row by row; what is good goes through the gateway's bulk
endpoint, which checks again. Exit 0 when nothing was refused, 1 otherwise. ``roads`` and
``boundaries`` are no lists: see :mod:`deploy.roads.command`, :mod:`deploy.basemap.boundaries`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deploy.arguments import command_parser
from deploy.errors import UserError

SHOWN = 20
"""Refused rows and warnings that are spelt out for people; JSON has them all."""
KINDS = ("aeds", "rescuers", "stations")

DESCRIPTION = """Imports a list from CSV (UTF-8, GB18030, Shift_JIS), a JSON array or GeoJSON.

Columns are found by their names in English, Chinese, Japanese and German; name others with
--mapping field=column,… Coordinates need a datum: a column, or --datum for all of them.
Rows are accepted or refused one by one; sending a file again changes nothing.

./lifering import roads FILE.osm.pbf builds streets; ./lifering import roads --help tells more.
./lifering import boundaries FILE.geojson … are lines to draw where there are no streets."""


def main(arguments: Sequence[str]) -> int:
    """Imports; 0 when nothing was refused, 1 when some rows were (the report says which)."""
    words = list(arguments)
    if "roads" in words and not any(kind in words for kind in KINDS):
        from deploy.roads.command import main as import_roads

        words.remove("roads")
        return import_roads(words)
    if "boundaries" in words and not any(kind in words for kind in KINDS):
        from deploy.basemap.boundaries import main as import_boundaries

        words.remove("boundaries")
        return import_boundaries(words)
    options = _parser().parse_args(words)
    report = _import(options)
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _print(report)
    return 0 if report["refused"] == 0 else 1


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("import", DESCRIPTION)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--datum", choices=("wgs84", "gcj02", "bd09"), help="of rows that name none themselves"
    )
    parser.add_argument("--mapping", help="field=column,… or a JSON file {field: column}")
    parser.add_argument(
        "--set", action="append", default=[], metavar="FIELD=VALUE", help="for all rows without it"
    )
    parser.add_argument("--id-prefix", help="before every id (default: the file's name)")
    parser.add_argument("--source", help="where the list comes from (default: the file's name)")
    parser.add_argument("--licence", help="the list's licence")
    parser.add_argument("--encoding", help="of a file whose encoding is not recognised")
    parser.add_argument("--dry-run", action="store_true", help="check, and send nothing")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument("--url", help="another gateway than this machine's")
    parser.add_argument(
        "--token-file", type=Path, help="a registrar's token for it (or LIFERING_TOKEN)"
    )
    return parser


def _import(options: argparse.Namespace) -> dict[str, Any]:
    from shared.importing.columns import aliases, choose, folded, parse_mapping
    from shared.importing.reading import read_file
    from shared.importing.rows import Settings, convert, prefix_of

    known = aliases(options.kind)
    table = read_file(options.file, lambda name: folded(name) in known, options.encoding)
    columns = choose(options.kind, table.columns, parse_mapping(options.mapping))
    prefix = prefix_of(options.file.stem) if options.id_prefix is None else options.id_prefix
    settings = Settings(
        kind=options.kind,
        columns=columns,
        datum=options.datum,
        id_prefix=prefix,
        source=options.source or options.file.name,
        licence=options.licence,
        constants=_constants(options.set, set(known.values())),
    )
    outcome = convert(table.records, settings)
    report: dict[str, Any] = {
        "kind": options.kind,
        "file": str(options.file),
        "format": table.format,
        "encoding": table.encoding,
        "datum": options.datum,
        "id_prefix": prefix,
        "columns": columns,
        "ignored_columns": [name for name in table.columns if name not in columns.values()],
        "dry_run": options.dry_run,
        "rows": len(table.records),
        "accepted": len(outcome.rows),
        "created": 0,
        "updated": 0,
        "unchanged": 0,
        "refused": len(outcome.refused),
        "refused_rows": outcome.refused,
        "warnings": outcome.warnings,
    }
    if outcome.rows and not options.dry_run:
        url, token = gateway_of(options)
        sent = asyncio.run(
            send_rows(url, token, options.kind, outcome.rows, progress=not options.json)
        )
        report |= {name: sent[name] for name in ("accepted", "created", "updated", "unchanged")}
        refused = [
            {**each, "row": outcome.numbers[each["row"] - 1]} for each in sent["refused_rows"]
        ]
        report["refused"] += len(refused)
        report["refused_rows"] = sorted(
            [*outcome.refused, *refused], key=lambda each: int(each["row"])
        )
    return report


async def send_rows(
    url: str, token: str, kind: str, rows: list[dict[str, Any]], *, progress: bool
) -> dict[str, Any]:
    """Rows to a registry's bulk endpoint; gives the report of :mod:`deploy.bulk`."""
    from deploy.bulk import gateway_client, send_table

    def say(table: str, done: int, rows: int) -> None:
        print(f"lifering: {done:,} of {rows:,} {table}", file=sys.stderr, flush=True)

    async with gateway_client(url, token) as client:
        report = await send_table(client, kind, rows, progress=say if progress else None)
    return report.document()


def gateway_of(options: argparse.Namespace) -> tuple[str, str]:
    """The gateway's address and a token for it, of ``--url``, ``--token-file`` or this machine."""
    if options.url:
        token = os.environ.get("LIFERING_TOKEN", "")
        if options.token_file:
            try:
                token = options.token_file.read_text("utf-8").strip()
            except OSError as error:
                raise UserError(f"--token-file: {options.token_file}: {error.strerror}") from None
        if not token:
            raise UserError("--url needs a registrar's token: --token-file FILE or LIFERING_TOKEN")
        return options.url, token
    from deploy.control import ask
    from deploy.datadir import DataDir, default_data_dir
    from deploy.tokens import HOUR_S, key_pair, make_token

    data = DataDir(default_data_dir())
    services = ask(data, {"op": "status"}, timeout_s=20.0).get("services", {})
    if not services.get("gateway", {}).get("urls"):
        raise UserError(f"no gateway runs on {data.path}: start everything with ./lifering up")
    private_key, _ = key_pair(data)
    token = make_token(private_key, "registrar", "import", HOUR_S)
    return str(services["gateway"]["urls"][0]), token


def _constants(given: Sequence[str], fields: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in given:
        field, equals, value = each.partition("=")
        if not equals or field not in fields:
            raise UserError(
                f"--set: write FIELD=VALUE with one of {', '.join(sorted(fields))}, not {each!r}"
            )
        found[field] = value
    return found


def _print(report: dict[str, Any]) -> None:
    done = "would be accepted" if report["dry_run"] else "accepted"
    print(f"{report['rows']} rows: {report['accepted']} {done}, {report['refused']} refused")
    if not report["dry_run"]:
        print(
            f"{report['created']} created, {report['updated']} updated, "
            f"{report['unchanged']} unchanged"
        )
    for row in report["refused_rows"][:SHOWN]:
        for error in row["errors"]:
            print(f"row {row['row']}: {error['field']}: {error['message']}; {error['mend']}")
    _more(len(report["refused_rows"]))
    for warning in report["warnings"][:SHOWN]:
        print(
            f"row {warning['row']}: {warning['field']}: {warning['value']!r} {warning['message']}"
        )
    _more(len(report["warnings"]))
    if report["ignored_columns"]:
        print(f"columns not used: {', '.join(report['ignored_columns'])}")


def _more(count: int) -> None:
    if count > SHOWN:
        print(f"and {count - SHOWN} more (--json has all)")
