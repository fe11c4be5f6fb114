"""Sanming's 339 AEDs: the number is published (DOMAIN §1), every single device is made up.

Sites are of the kinds that the guide 国卫办医函〔2021〕602号 names (schools, stations, malls,
sports grounds, offices). Hours, doors, codes and overdue checks vary as in registers that went
stale (Keelung: 57 of 235 expired, DOMAIN §2); some hours are unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from shared.scenarios.random_places import draw_clusters, moved
from shared.scenarios.sanming_places import COUNTIES, Land
from shared.scenarios.scenario import Row

SOURCE = "Lifering scenario generator: made-up device"
OFFICE = "Mo-Fr 08:00-12:00,14:30-17:30; PH off"
SCHOOL = "Mo-Fr 07:00-18:00; PH off; Jul-Aug off"

URBAN_SHARE = 0.66
"""Assumed share of devices in towns."""
EXPIRED_SHARE, PADS_UNKNOWN_SHARE = 0.12, 0.05
NEVER_CHECKED_SHARE = 0.08
OUT_OF_SERVICE_SHARE, STATE_UNKNOWN_SHARE = 0.03, 0.04
CODE_KNOWN_SHARE = 0.75


@dataclass(frozen=True, slots=True)
class Site:
    """A kind of building that keeps an AED."""

    name: str
    urban: float
    rural: float
    """Weights of this kind in towns and in townships."""
    hours: tuple[str | None, ...]
    access: str = "public"
    code_share: float = 0.0
    floors: tuple[int | None, ...] = (0,)
    placement: str = "入口大厅"


SITES: tuple[Site, ...] = (
    Site("24小时自助急救亭", 9, 3, ("24/7",), placement="室外机柜", code_share=0.3),
    Site("社区服务中心", 10, 0, (OFFICE, "Mo-Su 08:30-21:00"), floors=(0, 0, 1)),
    Site("政务服务大厅", 6, 2, (OFFICE,), floors=(0, 0, None)),
    Site("中学", 8, 8, (SCHOOL,), access="staff", code_share=0.25, placement="门卫室"),
    Site("小学", 8, 12, (SCHOOL, None), access="staff", code_share=0.25, placement="门卫室"),
    Site("购物中心", 9, 0, ("Mo-Su 09:30-22:00", "Mo-Su 10:00-21:30"), floors=(0, 0, 1, -1, 2)),
    Site("超市", 5, 5, ("Mo-Su 07:30-22:00", "Mo-Su 08:00-21:30"), placement="服务台"),
    Site("体育馆", 5, 0, ("Mo-Su 08:00-21:30", "Tu-Su 09:00-21:00"), floors=(0, 1)),
    Site("健身中心", 4, 0, ("Mo-Su 09:00-22:30", None), access="private", floors=(1, 2, 3)),
    Site("汽车站", 3, 3, ("Mo-Su 06:00-21:00",), placement="候车室"),
    Site("火车站", 2, 0, ("24/7", "Mo-Su 05:30-23:30"), placement="候车厅"),
    Site("派出所", 5, 8, ("24/7",), access="staff", placement="值班室"),
    Site("医院门诊楼", 5, 0, ("24/7", "Mo-Su 08:00-17:30"), floors=(0, 1)),
    Site("卫生院", 0, 22, ("24/7", "Mo-Su 08:00-17:30"), access="staff", placement="值班室"),
    Site("村民委员会", 0, 20, (None, OFFICE, "Mo-Su 08:00-18:00"), code_share=0.3),
    Site("景区游客中心", 3, 8, ("Mo-Su 08:00-17:30", "Apr-Oct 08:00-18:00; Nov-Mar 08:30-17:00")),
    Site("工业园区", 5, 4, ("24/7", "Mo-Sa 08:00-20:00"), access="private", code_share=0.5),
    Site("图书馆", 3, 0, ("Tu-Su 09:00-20:30; Mo off",), floors=(0, 1, 2), placement="总服务台"),
    Site("酒店", 4, 2, ("24/7",), access="staff", placement="前台"),
    Site("住宅小区物业", 8, 0, ("24/7", "Mo-Su 08:00-20:00", None), code_share=0.35),
)


def make_aeds(
    rng: np.random.Generator,
    land: Land,
    count: int,
    today: date,
    fixed: Sequence[Row] = (),
) -> list[Row]:
    """``count`` AEDs; the first are ``fixed`` rows (place, hours, … as given)."""
    clusters = [c for c in land.clusters if c.urban], [c for c in land.clusters if not c.urban]
    names = {place.geonameid: place.name for place in land.places}
    counties = {county.code: county.name for county in COUNTIES}
    county_of = {place.geonameid: counties[place.county] for place in land.places}
    seats = {town.seat.geonameid: town.county.short for town in land.towns.values()}
    urban = rng.random(count) < URBAN_SHARE
    used: Counter[str] = Counter()
    rows: list[Row] = []
    for i in range(count):
        where = clusters[0 if urban[i] else 1]
        cluster = where[int(draw_clusters(rng, [c.weight for c in where], 1)[0])]
        weights = [site.urban if urban[i] else site.rural for site in SITES]
        site = SITES[int(draw_clusters(rng, weights, 1)[0])]
        north, east = np.clip(rng.normal(0, 1, 2), -2, 2) * cluster.sigma_m
        at = moved(cluster.latitude, cluster.longitude, float(north), float(east))
        area = seats.get(cluster.area, names[cluster.area])
        name = f"{area}{site.name}"
        used[name] += 1
        row: Row = {
            "id": f"aed-sm-{i + 1:04d}",
            "name": name if used[name] == 1 else f"{name} {used[name]}",
            "place": {
                "latitude": round(at[0], 6),
                "longitude": round(at[1], 6),
                "datum": "wgs84",
            },
            "address": f"福建省三明市{county_of[cluster.area]}{names[cluster.area]}",
            "floor": _one(rng, site.floors),
            "placement": site.placement,
            "opening_hours": _one(rng, site.hours),
            "time_zone": "Asia/Shanghai",
            "country": "CN",
            "access": site.access,
            **_code(rng, site),
            **_upkeep(rng, today),
            "serial": f"SYN-{i + 1:05d}",
            "keeper": {"name": f"{name}管理员", "phone": f"+86108{i + 1:06d}"},
            "provenance": {"source": SOURCE, "synthetic": True},
        }
        if i < len(fixed):
            row |= {"access_code": None, "code_required": False} | fixed[i]
        rows.append({key: value for key, value in row.items() if value is not None})
    return rows


def _one(rng: np.random.Generator, choices: Sequence[str | int | None]) -> str | int | None:
    return choices[int(rng.integers(0, len(choices)))]


def _code(rng: np.random.Generator, site: Site) -> Row:
    needed, known, code = rng.random(), rng.random(), int(rng.integers(1000, 10_000))
    if needed >= site.code_share:
        return {"code_required": False}
    return {"code_required": True} | (
        {"access_code": str(code)} if known < CODE_KNOWN_SHARE else {}
    )


def _upkeep(rng: np.random.Generator, today: date) -> Row:
    chance = rng.random(5)
    overdue, ahead = int(rng.integers(1, 300)), int(rng.integers(0, 730))
    battery, ago = int(rng.integers(-100, 1460)), min(700, int(rng.exponential(45.0)))
    state = "in_service"
    if chance[0] < OUT_OF_SERVICE_SHARE:
        state = "out_of_service"
    elif chance[0] < OUT_OF_SERVICE_SHARE + STATE_UNKNOWN_SHARE:
        state = "unknown"
    row: Row = {"state": state}
    if chance[1] >= PADS_UNKNOWN_SHARE:
        expired = chance[1] < PADS_UNKNOWN_SHARE + EXPIRED_SHARE
        row["pads_expire_on"] = (today + timedelta(days=-overdue if expired else ahead)).isoformat()
    if chance[2] >= PADS_UNKNOWN_SHARE:
        row["battery_expires_on"] = (today + timedelta(days=battery)).isoformat()
    if chance[3] >= NEVER_CHECKED_SHARE:
        checked = datetime.combine(today - timedelta(days=ago + 1), time(2, 30), UTC)
        row["last_checked_at"] = checked.isoformat().replace("+00:00", "Z")
    row["child_pads"] = True if chance[4] < 0.25 else False if chance[4] < 0.70 else None
    return row
