"""``./lifering import boundaries FILE.geojson …``: lines of counties and districts for the map.

They belong to the deployment: what may be shown, and how it is to be named, its licence says. They
are converted to WGS-84 once, here; nobody decides anything by them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from deploy.arguments import command_parser
from deploy.errors import UserError

if TYPE_CHECKING:
    import argparse

    from deploy.datadir import DataDir
    from shared.geometry.datum import Datum

DECIMALS: Final = 6
MOST_BYTES: Final = 4 * 1_048_576
"""Every map loads it whole."""
SIMPLIFY_DEGREES: Final = (0.0, 0.0002, 0.0005, 0.001, 0.002)
"""The first that keeps the file small: 0.001 is some 100 m."""

DESCRIPTION = """Takes areas from GeoJSON files as boundaries to draw on the map.

Files take the place of those imported before. --datum says what their coordinates refer to,
--attribution what the map says of where they come from."""


def boundaries_file(data: DataDir) -> Path:
    """Where a data directory keeps its boundaries."""
    return data.path / "boundaries.geojson"


def main(arguments: Sequence[str]) -> int:
    """Imports; 0."""
    options = _parser().parse_args(list(arguments))
    report = _import(options)
    if options.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print(f"{report['areas']} areas in {report['folder']} ({report['attribution']})")
        if report["running"]:
            print("the gateway takes them when it starts: ./lifering restart gateway")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = command_parser("import boundaries", DESCRIPTION)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--datum", choices=("wgs84", "gcj02", "bd09"), required=True)
    parser.add_argument("--attribution", required=True, help="such as '© Survey, CC BY 4.0'")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    return parser


def _import(options: argparse.Namespace) -> dict[str, Any]:
    from deploy.datadir import DataDir, default_data_dir, write_private
    from shared.geometry.datum import Datum

    data = DataDir(default_data_dir())
    features = [each for file in options.files for each in areas_of(file, Datum(options.datum))]
    document = collection(features, options.attribution)
    data.make()
    write_private(boundaries_file(data), document)
    return {
        "kind": "boundaries",
        "areas": len(features),
        "attribution": options.attribution,
        "folder": str(boundaries_file(data)),
        "running": data.is_locked(),
    }


def areas_of(file: Path, datum: Datum) -> list[dict[str, Any]]:
    """The areas of a GeoJSON file in WGS-84, with their names.

    Raises :class:`UserError` naming the file and what is wrong.
    """
    try:
        document = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UserError(f"{file}: {error.strerror}: name a readable GeoJSON file") from None
    except ValueError as error:
        raise UserError(f"{file} is not JSON ({error}): name a GeoJSON file") from None
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "FeatureCollection":
        features = document.get("features", [])
    elif kind == "Feature":
        features = [document]
    else:
        features = [{"geometry": document, "properties": {}}]
    found = []
    for row, feature in enumerate(features, 1):
        geometry = feature.get("geometry") or {}
        if geometry.get("type") not in ("Polygon", "MultiPolygon"):
            raise UserError(
                f"{file}, feature {row}: {geometry.get('type')} is no area: "
                "leave in only Polygon and MultiPolygon"
            )
        said = feature.get("properties") or {}
        name = next((said[key] for key in ("name", "NAME", "名称") if said.get(key)), file.stem)
        found.append(
            {
                "type": "Feature",
                "properties": {"name": str(name)},
                "geometry": {
                    "type": geometry["type"],
                    "coordinates": _converted(geometry["coordinates"], datum, f"{file}, {row}"),
                },
            }
        )
    if not found:
        raise UserError(f"{file} has no areas")
    return found


def _converted(coordinates: Any, datum: Datum, where: str) -> Any:
    from shared.geometry.datum import to_wgs84

    if not isinstance(coordinates, list) or not coordinates:
        raise UserError(f"{where}: coordinates are missing: send GeoJSON (RFC 7946)")
    if isinstance(coordinates[0], list):
        return [_converted(each, datum, where) for each in coordinates]
    longitude, latitude = coordinates[:2]
    if not (
        isinstance(longitude, int | float) and isinstance(latitude, int | float)
        and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    ):  # fmt: skip
        raise UserError(f"{where}: {coordinates[:2]} is no longitude and latitude in degrees")
    latitude, longitude = to_wgs84(latitude, longitude, datum)
    return [round(longitude, DECIMALS), round(latitude, DECIMALS)]


def collection(features: list[dict[str, Any]], attribution: str) -> str:
    """The GeoJSON text, simplified just so far that it is small enough for every map to load."""
    import shapely

    shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in features])
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    text = ""
    for tolerance in SIMPLIFY_DEGREES:
        # Together: neighbours keep a common line.
        simpler = shapely.coverage_simplify(shapes, tolerance) if tolerance else shapes
        text = json.dumps(
            {
                "type": "FeatureCollection",
                "attribution": attribution,
                "bbox": [west, south, east, north],
                "features": [
                    {**feature, "geometry": _mapping(shape)}
                    for feature, shape in zip(features, simpler, strict=True)
                ],
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        if len(text.encode()) <= MOST_BYTES:
            break
    return text


def _mapping(shape: Any) -> dict[str, Any]:
    import shapely

    document: dict[str, Any] = shapely.geometry.mapping(shape)
    return document
