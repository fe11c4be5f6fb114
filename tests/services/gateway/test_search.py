"""Where is that? A real index, stations and AEDs of services that answer as the real ones do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from deploy.basemap.index import NameIndex
from deploy.basemap.names import Named
from services.gateway.work.names import MOST_LOOKED_AT, Names
from shared.basemap import FOLDER
from shared.identity.roles import Role
from tests.services.gateway.test_basemap import write_map
from tests.services.gateway.world import bearer, closed_url, decoded, gateway, serving

HERE = (26.27, 117.63)


def place(name: str, what: str = "shop", rank: int = 5, at: tuple[float, float] = HERE) -> Named:
    return Named("place", name, "", what, rank, *at)


def street(name: str, at: tuple[float, float] = HERE, others: str = "") -> Named:
    return Named("street", name, others, "minor", 6, *at)


WORLD = [
    place("三明市", "city", 10, (26.26, 117.62)),
    place("三明市第一医院", "hospital", 9, (26.265, 117.634)),
    place("医院超市", "shop", 5),
    place("列东", "suburb", 8, (26.275, 117.635)),
    street("列东街", (26.276, 117.636)),
    street("列西路"),
    street("Rue de l'Église", (43.7, 7.4)),
    street("Grimaldi-Straße", (43.71, 7.41)),
    street("Rue Grimaldi", (43.73, 7.42), "Carrera Grimaldi"),
    street("Rue Grimaldi", (26.30, 117.70)),
    Named("address", "Rue Grimaldi 12", "12 Rue Grimaldi", "Monaco", 3, 43.731, 7.421),
    Named("address", "Rue Grimaldi 120", "120 Rue Grimaldi", "", 3, 43.732, 7.422),
]


def write_index(path: Path, names: list[Named]) -> None:
    path.unlink(missing_ok=True)
    with NameIndex(path) as index:
        for each in names:
            index.add(each)
        assert index.finish() > 0


class Registry:
    """Lists as the registers give them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], str | None]] = []
        self.status = 200
        self.silent = False
        self.noise = asyncio.Event()

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{kind}", self._list)])

    async def _list(self, request: Request) -> JSONResponse:
        kind = request.path_params["kind"]
        self.asked.append((kind, dict(request.query_params), request.headers.get("authorization")))
        if self.silent:
            await self.noise.wait()
        row: dict[str, Any] = {
            "id": f"{kind}-1",
            "name": "列东急救站" if kind == "stations" else "列东广场",
            "address": "列东街 1 号",
            "place": {"latitude": 26.2751, "longitude": 117.6351},
        }
        if kind == "aeds":
            row |= {"placement": "北门", "access_code": "2580"}
        q = request.query_params["q"]
        rows = [row] if q in row["name"] or q in row["address"] else []
        return JSONResponse({"items": rows, "next_cursor": None}, status_code=self.status)


@asynccontextmanager
async def world(
    tmp_path: Path, **settings: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, Registry]]:
    folder = write_map(tmp_path)
    write_index(folder / "names.sqlite", WORLD)
    registry = Registry()
    async with serving(registry.app()) as url:
        urls = {"ambulance_stations": url, "aed_registry": url}
        async with gateway(urls, basemap=str(tmp_path), **settings) as client:
            yield client, registry


async def find(client: httpx.AsyncClient, q: str, **more: Any) -> list[dict[str, Any]]:
    response = await client.get("/search", params={"q": q, **more}, headers=bearer(Role.DISPATCHER))
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = decoded(response)["results"]
    return found


def names(found: list[dict[str, Any]]) -> list[str]:
    return [each["name"] for each in found]


async def test_chinese_by_any_part_and_latin_by_beginnings(tmp_path: Path) -> None:
    async with world(tmp_path) as (client, _):
        only_map = [each for each in await find(client, "三明") if each["kind"] == "place"]
        assert names(only_map) == ["三明市", "三明市第一医院"]
        assert names(await find(client, "第一医"))[0] == "三明市第一医院"
        assert "三明市第一医院" in names(await find(client, "院"))
        assert names(await find(client, "eglise"))[0] == "Rue de l'Église"
        assert names(await find(client, "RUE DE L'ÉGL"))[0] == "Rue de l'Église"
        assert "Grimaldi-Straße" in names(await find(client, "grimaldi strasse"))
        # Another name of the same street; not the middle of a Latin word.
        assert "Rue Grimaldi" in names(await find(client, "carrera"))
        assert "Rue Grimaldi" not in names(await find(client, "maldi"))
        # What only FTS5 would understand is only text here.
        for odd in ('"', "NEAR(a b)", "a* OR b", "-", "rue AND", "{name}: x", "^rue"):
            await find(client, odd)


async def test_addresses_both_ways_round(tmp_path: Path) -> None:
    async with world(tmp_path) as (client, _):
        for typed in ("rue grimaldi 12", "12 rue grimaldi"):
            first = (await find(client, typed))[0]
            assert (first["kind"], first["name"], first["detail"]) == (
                "address", "Rue Grimaldi 12", "Monaco",
            )  # fmt: skip


async def test_what_is_near_comes_first_and_towns_tell_streets_apart(tmp_path: Path) -> None:
    async with world(tmp_path) as (client, _):
        here = await find(client, "rue grimaldi", near="26.27,117.63")
        assert here[0]["latitude"] == 26.30
        there = await find(client, "rue grimaldi", near="43.73,7.42")
        assert there[0]["latitude"] == 43.73
        street = next(each for each in await find(client, "列东街") if each["kind"] == "street")
        assert street["detail"] == "列东"
        hospital = (await find(client, "第一医院"))[0]
        assert hospital["category"] == "hospital"


async def test_stations_and_aeds_are_asked_with_the_askers_own_token(tmp_path: Path) -> None:
    async with world(tmp_path) as (client, registry):
        found = await find(client, "列东", limit=5)
        by_kind = {each["kind"]: each for each in found}
        assert by_kind["station"]["id"] == "stations-1"
        assert by_kind["aed"]["id"] == "aeds-1"
        assert by_kind["aed"]["detail"] == "列东街 1 号, 北门"
        assert all("access_code" not in each for each in found)
        assert {kind for kind, _, _ in registry.asked} == {"stations", "aeds"}
        for _, query, token in registry.asked:
            assert query == {"q": "列东", "limit": "5"}
            assert token is not None and token.startswith("Bearer ")  # noqa: PT018
        assert len(await find(client, "列", limit=2)) == 2


async def test_coordinates_ask_nobody_and_say_their_datum(tmp_path: Path) -> None:
    async with world(tmp_path) as (client, registry):
        found = await find(client, "26.27,117.63")
        assert [(each["kind"], each["datum"], each["assumed"]) for each in found] == [
            ("coordinates", "wgs84", True),
            ("coordinates", "gcj02", True),
            ("coordinates", "bd09", True),
        ]
        assert [each["score"] for each in found] == [1.0, 0.9, 0.8]
        assert registry.asked == []


async def test_a_silent_service_is_named_and_the_rest_is_told(tmp_path: Path) -> None:
    async with world(tmp_path, search_wait_s=0.2) as (client, registry):
        registry.silent = True
        answer = decoded(await client.get("/search?q=列东", headers=bearer(Role.DISPATCHER)))
        assert answer["missing"] == ["ambulance_stations", "aed_registry"]
        assert "列东街" in names(answer["results"])
        assert answer["attribution"] == "© Somebody"
        registry.noise.set()
        registry.silent, registry.status = False, 500
        answer = decoded(await client.get("/search?q=列东", headers=bearer(Role.STATION)))
        assert answer["missing"] == ["ambulance_stations", "aed_registry"]


async def test_without_streets_it_says_so() -> None:
    async with gateway({"ambulance_stations": closed_url()}) as client:
        answer = decoded(await client.get("/search?q=x", headers=bearer(Role.PLANNER)))
        assert answer == {
            "results": [],
            "missing": ["streets", "ambulance_stations", "aed_registry"],
            "attribution": None,
        }


async def test_who_may_search_and_what(tmp_path: Path) -> None:
    async with world(tmp_path) as (client, _):
        assert (await client.get("/search?q=x")).status_code == 401
        for role in (Role.RESCUER, Role.SERVICE):
            refused = await client.get("/search?q=x", headers=bearer(role))
            assert refused.status_code == 403
        for query in ("", "q=", "q=%00", f"q={'x' * 101}", "q=x&limit=0", "q=x&near=here",
                      "q=x&near=99,0", "q=x&near=nan,1"):  # fmt: skip
            bad = await client.get(f"/search?{query}", headers=bearer(Role.REGISTRAR))
            assert bad.status_code == 422, query


async def test_what_is_near_is_found_among_very_many(tmp_path: Path) -> None:
    far = [street("Rue Grimaldi", (10 + row / 200, 20.0)) for row in range(MOST_LOOKED_AT + 50)]
    file = tmp_path / "names.sqlite"
    write_index(file, [*far, street("Rue Grimaldi", (43.73, 7.42))])
    index = Names(file)
    try:
        (first,) = await index.find("rue", 1, (43.7, 7.4))
        assert first.latitude == pytest.approx(43.73)
        assert len(await index.find("r", 50, None)) == 50
    finally:
        index.close()


async def test_a_file_that_is_no_index_is_left_out(tmp_path: Path) -> None:
    folder = write_map(tmp_path)
    (folder / "names.sqlite").write_bytes(b"no database at all" * 100)
    assert folder.name == FOLDER
    async with gateway({}, basemap=str(tmp_path)) as client:
        answer = decoded(await client.get("/search?q=x", headers=bearer(Role.PLANNER)))
        assert "streets" in answer["missing"]
        assert decoded(await client.get("/basemap"))["streets"] is not None
