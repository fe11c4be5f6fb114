"""What the gateway serves to draw on: by ranges, to anybody, the same for ever under a name."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.basemap import FOLDER, MANIFEST
from tests.services.gateway.world import decoded, gateway

CONTENT = bytes(range(256)) * 40
TILES = "streets-0123456789abcdef.pmtiles"
MANY = len(CONTENT)


def write_map(streets: Path, version: str = "0123456789abcdef", name: str = "graph") -> Path:
    """A map's folder below a version of streets, with the pointer to it."""
    folder = streets / name / FOLDER
    folder.mkdir(parents=True)
    manifest: dict[str, Any] = {
        "format": 1, "version": version, "tiles": f"streets-{version}.pmtiles",
        "tiles_bytes": MANY, "names": "names.sqlite", "file": "x.osm.pbf",
        "attribution": "© Somebody", "bounds": [26.2, 117.5, 26.4, 117.7],
        "min_zoom": 8, "max_zoom": 14, "counts": {},
    }  # fmt: skip
    (folder / manifest["tiles"]).write_bytes(CONTENT)
    (folder / "names.sqlite").touch()
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (streets / "current").write_text(f"{name}\n")
    return folder


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    write_map(tmp_path)
    async with gateway({}, basemap=str(tmp_path)) as found:
        yield found


async def test_what_there_is(client: httpx.AsyncClient) -> None:
    response = await client.get("/basemap")
    assert response.status_code == 200
    assert decoded(response) == {
        "streets": {
            "url": f"/basemap/{TILES}", "version": "0123456789abcdef",
            "attribution": "© Somebody", "bounds": [26.2, 117.5, 26.4, 117.7],
            "min_zoom": 8, "max_zoom": 14,
        },
        "boundaries": None,
        "centre": [pytest.approx(26.3), pytest.approx(117.6)],
        "bounds": [26.2, 117.5, 26.4, 117.7],
    }  # fmt: skip
    assert response.headers["cache-control"] == "no-cache"
    assert (await client.head("/basemap")).status_code == 200


async def test_a_range_is_just_that_part(client: httpx.AsyncClient) -> None:
    for asked, part in (
        ("bytes=0-126", slice(0, 127)),
        ("bytes=0-0", slice(0, 1)),
        (f"bytes={MANY - 1}-", slice(MANY - 1, MANY)),
        ("bytes=100-", slice(100, MANY)),
        ("bytes=-100", slice(MANY - 100, MANY)),
        (f"bytes=10000-{MANY + 500}", slice(10_000, MANY)),
        (f"bytes=-{MANY + 5}", slice(0, MANY)),
    ):
        response = await client.get(f"/basemap/{TILES}", headers={"Range": asked})
        assert response.status_code == 206, asked
        assert response.content == CONTENT[part]
        first, last, _ = part.indices(MANY)
        assert response.headers["content-range"] == f"bytes {first}-{last - 1}/{MANY}"
        assert response.headers["accept-ranges"] == "bytes"
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        # Compressed on the way, ranges of the file would be ranges of something else.
        assert "content-encoding" not in response.headers


async def test_what_is_no_range_gets_the_whole(client: httpx.AsyncClient) -> None:
    for asked in (
        "bytes=5-3", "bytes=-", "lines=1-2", "bytes", "bytes=a-b", "bytes=0-1,5-6", "=0-1",
    ):  # fmt: skip
        response = await client.get(f"/basemap/{TILES}", headers={"Range": asked})
        assert response.status_code == 200, asked
        assert response.content == CONTENT


async def test_a_part_that_is_not_there_is_refused(client: httpx.AsyncClient) -> None:
    for asked in (f"bytes={MANY}-", f"bytes={MANY}-{MANY + 9}", "bytes=-0"):
        response = await client.get(f"/basemap/{TILES}", headers={"Range": asked})
        assert response.status_code == 416, asked
        assert response.headers["content-range"] == f"bytes */{MANY}"
        assert response.headers["content-type"] == "application/problem+json"


async def test_conditions(client: httpx.AsyncClient) -> None:
    whole = await client.get(f"/basemap/{TILES}")
    assert whole.content == CONTENT
    tag = whole.headers["etag"]
    asked = {"Range": "bytes=0-9"}
    same = await client.get(f"/basemap/{TILES}", headers={**asked, "If-Range": tag})
    assert (same.status_code, same.content) == (206, CONTENT[:10])
    for other in ('"other"', f"W/{tag}", "Mon, 23 Nov 2026 19:00:00 GMT"):
        changed = await client.get(f"/basemap/{TILES}", headers={**asked, "If-Range": other})
        assert (changed.status_code, changed.content) == (200, CONTENT)
    for known in (tag, f'"x", W/{tag}', "*"):
        unchanged = await client.get(f"/basemap/{TILES}", headers={"If-None-Match": known})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == tag
    newer = await client.get(f"/basemap/{TILES}", headers={"If-None-Match": '"other"'})
    assert newer.status_code == 200


async def test_head_says_how_long_it_is(client: httpx.AsyncClient) -> None:
    response = await client.head(f"/basemap/{TILES}")
    assert response.status_code == 200
    assert response.headers["content-length"] == str(MANY)
    assert response.headers["content-type"] == "application/vnd.pmtiles"
    assert response.content == b""
    part = await client.head(f"/basemap/{TILES}", headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.headers["content-length"]) == (206, "10")


async def test_nothing_else_of_the_folder_is_served(client: httpx.AsyncClient) -> None:
    for name in (
        "streets-ffff.pmtiles", "names.sqlite", MANIFEST, "..%2Fcurrent", "%2e%2e", "x" * 90, "%00",
    ):  # fmt: skip
        response = await client.get(f"/basemap/{name}")
        # 401: no path of the map's at all.
        assert response.status_code in (401, 404, 422), name
        assert response.headers["content-type"] == "application/problem+json"


async def test_without_a_map_there_is_nothing_and_no_error(tmp_path: Path) -> None:
    nothing = {"streets": None, "boundaries": None, "centre": None, "bounds": None}
    for folder in ("", str(tmp_path), str(tmp_path / "not there")):
        async with gateway({}, basemap=folder, boundaries=str(tmp_path / "no")) as client:
            assert decoded(await client.get("/basemap")) == nothing


async def test_a_new_version_waits_for_the_next_start(tmp_path: Path) -> None:
    write_map(tmp_path)
    async with gateway({}, basemap=str(tmp_path)) as client:
        write_map(tmp_path, "fedcba9876543210", "newer")
        # Services route on the old streets still; the map shows those.
        assert decoded(await client.get("/basemap"))["streets"]["version"] == "0123456789abcdef"
        assert (await client.get(f"/basemap/{TILES}")).status_code == 200
    async with gateway({}, basemap=str(tmp_path)) as client:
        assert decoded(await client.get("/basemap"))["streets"]["version"] == "fedcba9876543210"
        gone = await client.get(f"/basemap/{TILES}")
        assert gone.status_code == 404


async def test_a_broken_map_is_left_out(tmp_path: Path) -> None:
    folder = write_map(tmp_path)
    (folder / TILES).write_bytes(b"half")
    async with gateway({}, basemap=str(tmp_path)) as client:
        assert decoded(await client.get("/basemap"))["streets"] is None


async def test_boundaries(tmp_path: Path) -> None:
    file = tmp_path / "boundaries.geojson"
    document: dict[str, Any] = {
        "type": "FeatureCollection", "attribution": "© Survey", "features": [],
        "bbox": [116.0, 25.5, 118.5, 27.0],
    }  # fmt: skip
    file.write_text(json.dumps(document), "utf-8")
    async with gateway({}, boundaries=str(file)) as client:
        told = decoded(await client.get("/basemap"))
        assert told["boundaries"]["attribution"] == "© Survey"
        assert told["bounds"] == [25.5, 116.0, 27.0, 118.5]
        assert told["centre"] == [26.25, 117.25]
        file.write_text("{}", "utf-8")
        served = await client.get(told["boundaries"]["url"])
        assert served.headers["content-type"] == "application/geo+json"
        # What somebody puts into its place has another name, after the next start.
        assert decoded(served) == document
    async with gateway({}, boundaries=str(file)) as client:
        assert decoded(await client.get("/basemap"))["boundaries"] is None
