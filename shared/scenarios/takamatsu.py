"""``takamatsu``: a real city from its open AED, fire station and hospital files (CC BY 4.0).

Devices, fire stations and medical facilities are as the city publishes them. What it does not
publish is unknown here too (state, access, pads, most floors). Rescuers and units are made up.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from importlib import resources

from shared.contracts.words import Tier, TransportMode, UnitKind
from shared.geometry.datum import Datum
from shared.geometry.place import Place, PlaceIn
from shared.scenarios.japanese import floor_of, opening_hours
from shared.scenarios.people import People, make_presence, make_rescuers, neighbours
from shared.scenarios.random_places import Cluster, generator
from shared.scenarios.scenario import DemoCall, Manifest, Row, Scenario, Source, Text

SEED = 372013
"""The default seed: the city's administrative code."""
RESCUERS, NEIGHBOURS, AT_AED, PRESENT_SHARE = 6_000, 26, 12, 0.12
DEMO_AED = (34.33052, 134.05254)
"""The public health centre (高松市保健所): its device can be had at any hour."""
CALL = (34.32998, 134.05123)
"""The demonstration's call: a street away from there."""
BUSY = frozenset(
    {"高松市北消防署", "高松市北消防署朝日分署", "高松市南消防署東ハゼ救急ステーション"}
)
"""Whose ambulances are made to be out, so that help is nine minutes away, as on a busy evening."""
HEALTH_TEAMS = 14
HOME_SIGMA_M = 320.0

SOURCE = "高松市オープンデータ (takamatsu-city/opendata)"
LICENCE = "CC BY 4.0"
MADE_UP = "Lifering scenario generator: made-up unit of a real station"

PEOPLE = People(
    prefix="res-tk",
    time_zone="Asia/Tokyo",
    source="Lifering scenario generator: made-up person",
    surnames="森林原東南北西谷堀岡関辻星泉島宮沢浜滝畑",
    given="明博美和子健一太郎翔大輔真由紀香恵優奈拓也直人結衣陽菜蓮悠",
    phone="+8100",
    credentials=(
        ("basic_life_saving", "高松市消防局（見本）"),
        ("red_cross_first_aid", "日本赤十字社香川県支部（見本）"),
    ),
    valid_years=3,
    modes=(
        ("foot", 0.34),
        ("bicycle", 0.36),
        ("e_bike", 0.06),
        ("motorcycle", 0.02),
        ("car", 0.22),
    ),
    cycle="bicycle",
)


def takamatsu(today: date, seed: int = SEED) -> Scenario:
    """The scenario as of a day (made-up dates are relative to it); same inputs, same rows."""
    aeds = [_aed(row) for row in _table("aeds")]
    stations, units = _stations()
    rescuers = make_rescuers(
        generator(seed, "rescuers"),
        PEOPLE,
        _clusters(stations),
        RESCUERS,
        today=today,
        neighbours=neighbours(CALL, DEMO_AED, NEIGHBOURS, AT_AED),
    )
    presence = make_presence(generator(seed, "presence"), rescuers, PRESENT_SHARE, NEIGHBOURS)
    return Scenario(_manifest(seed, today), aeds, rescuers, stations, units, presence)


@lru_cache(maxsize=3)
def _table(name: str) -> tuple[dict[str, str], ...]:
    file = resources.files("shared.scenarios") / "data" / f"takamatsu_{name}.csv"
    return tuple(csv.DictReader(file.read_text("utf-8").splitlines()))


def _place(row: dict[str, str]) -> Row:
    return {
        "latitude": float(row["latitude"]),
        "longitude": float(row["longitude"]),
        "datum": "wgs84",
    }


def _real() -> Row:
    return {"source": SOURCE, "licence": LICENCE, "synthetic": False}


def _aed(row: dict[str, str]) -> Row:
    found: Row = {
        "id": f"aed-tk-{int(row['number']):04d}",
        "name": row["name"],
        "place": _place(row),
        "address": row["address"] or None,
        "floor": floor_of(row["position"]),
        "placement": row["position"] or None,
        "opening_hours": opening_hours(row["days"], row["start"], row["end"], row["note"]),
        "time_zone": "Asia/Tokyo",
        "country": "JP",
        "access": "unknown",
        "state": "unknown",
        # An empty field does not say that there are none.
        "child_pads": True if row["children"] == "有" else None,
        "provenance": _real(),
    }
    return {key: value for key, value in found.items() if value is not None}


def _stations() -> tuple[list[Row], list[Row]]:
    stations: list[Row] = []
    units: list[Row] = []
    for row in _table("fire_stations"):
        headquarters = row["name"].endswith("消防局")
        station = _station(
            f"st-tk-f{int(row['number']):03d}",
            row,
            Tier.EMERGENCY_CENTRE if headquarters else Tier.FIRST_AID_STATION,
        )
        stations.append(station | {"phone": row["phone"], "opening_hours": "24/7"})
        main = row["name"].endswith("消防署")
        out = {"state": "at_hospital"} if row["name"] in BUSY else {}
        for _ in range(0 if headquarters else 2 if main else 1):
            units.append(_unit("a", len(units) + 1, station, UnitKind.AMBULANCE) | out)
    clinics: list[Row] = []
    for row in _table("medical"):
        if "休止中" in row["name"] or not row["latitude"]:
            continue
        if row["kind"] == "病院":
            emergency = ["emergency_department"] if row["emergency"] else []
            station = _station(f"st-tk-h{int(row['number']):03d}", row, Tier.FIRST_AID_STATION)
            stations.append(station | {"hospital": True, "capabilities": emergency})
        elif row["kind"] == "有床診療所" and "休床" not in row["beds"]:
            station = _station(
                f"st-tk-c{int(row['number']):03d}", row, Tier.COMMUNITY_HEALTH_CENTRE
            )
            stations.append(station)
            if row["general"]:
                clinics.append(station)
    modes = (TransportMode.BICYCLE, TransportMode.FOOT, TransportMode.CAR)
    for number, station in enumerate(_spread(clinics, HEALTH_TEAMS), start=1):
        units.append(_unit("t", number, station, UnitKind.HEALTH_TEAM, modes[number % 3]))
    return stations, units


def _station(identity: str, row: dict[str, str], tier: Tier) -> Row:
    return {
        "id": identity,
        "name": row["name"],
        "tier": tier.value,
        "place": _place(row),
        "address": row["address"],
        "time_zone": "Asia/Tokyo",
        "country": "JP",
        "hospital": False,
        "capabilities": [],
        "provenance": _real(),
    }


def _unit(
    letter: str,
    number: int,
    station: Row,
    kind: UnitKind,
    mode: TransportMode = TransportMode.CAR,
) -> Row:
    ambulance = kind is UnitKind.AMBULANCE
    crew = ("captain", "paramedic", "driver") if ambulance else ("doctor", "nurse")
    return {
        "id": f"u-tk-{letter}{number:03d}",
        "station_id": station["id"],
        "kind": kind.value,
        "mode": mode.value,
        "capabilities": ["als", "bls", "aed"] if ambulance else ["bls", "aed"],
        "crew": [{"role": role} for role in crew],
        "provenance": {"source": MADE_UP, "synthetic": True},
    }


def _spread(clinics: Sequence[Row], count: int) -> Iterator[Row]:
    """The clinic nearest the call, then always the one farthest from those taken."""
    left = list(clinics)
    taken = [CALL]
    for number in range(min(count, len(left))):
        pick = min if number == 0 else max
        station = pick(left, key=lambda each: min(_distance(each["place"], at) for at in taken))
        left.remove(station)
        taken.append((station["place"]["latitude"], station["place"]["longitude"]))
        yield station


def _distance(place: Row, at: tuple[float, float]) -> float:
    """In degrees of latitude: only compared, never shown."""
    east = (place["longitude"] - at[1]) * math.cos(math.radians(at[0]))
    return math.hypot(place["latitude"] - at[0], east)


def _clusters(stations: Iterable[Row]) -> list[Cluster]:
    """People live where the city has its clinics, schools and community centres."""
    bases = [each["place"] for each in stations if each["id"].startswith("st-tk-f")]
    found = []
    for table, weight in (("medical", 1.0), ("aeds", 0.7)):
        for row in _table(table):
            if not row["latitude"]:
                continue
            at = float(row["latitude"]), float(row["longitude"])
            area = min(range(len(bases)), key=lambda i: _distance(bases[i], at))
            found.append(Cluster(*at, weight, HOME_SIGMA_M, area))
    return found


def _manifest(seed: int, today: date) -> Manifest:
    return Manifest(
        name="takamatsu",
        title=Text(
            en="Takamatsu, Kagawa: the city's open data, made-up rescuers",
            zh="日本香川县高松市：城市开放数据与虚构的救护员",
        ),
        centre=Place(latitude=34.3401, longitude=134.0468),
        time_zone="Asia/Tokyo",
        country="JP",
        seed=seed,
        today=today.isoformat(),
        assumptions=ASSUMPTIONS,
        sources=(
            Source(
                name="高松市オープンデータ (Takamatsu City Open Data)",
                url="https://github.com/takamatsu-city/opendata",
                licence=LICENCE,
                attribution="AEDs, fire stations and medical facilities: Takamatsu City Open Data "
                "(高松市オープンデータ), CC BY 4.0, abridged",
                used_for=Text(
                    en="450 AEDs, 13 fire stations, hospitals and clinics",
                    zh="450台AED、13个消防署以及医院和诊所",
                ),
            ),
        ),
        synthetic={"aeds": False, "rescuers": True, "stations": False, "units": True},
        demo=DemoCall(
            caller_phone="+810000900001",
            place=PlaceIn(latitude=CALL[0], longitude=CALL[1], datum=Datum.WGS84, accuracy_m=15),
            address="香川県高松市桜町（見本）",
            building="見本マンション",
            unit="202",
            floor=1,
            door_code="1190",
            seen="父が急に倒れて、呼びかけても返事がない。普段どおりの息をしていない",
        ),
    )


ASSUMPTIONS: tuple[Text, ...] = (
    Text(
        en="AEDs, fire stations and medical facilities are the city's open data. It does not say "
        "whether a device works or who may take it: both are unknown here.",
        zh="AED、消防署和医疗机构来自城市开放数据。数据未说明设备是否可用、谁可以取用，此处均记为未知。",
    ),
    Text(
        en="Opening hours are read from days, times and notes; where a note leaves them open they "
        "are unknown, neither open nor closed.",
        zh="开放时间由星期、时刻和备注解析；备注含义不明的记为未知，既不算开放也不算关闭。",
    ),
    Text(
        en="The fire department's headquarters stands as the emergency centre, fire stations as "
        "first-aid stations; hospitals take patients in and send no units; clinics with beds stand "
        "as community health centres.",
        zh="消防局作为急救中心，消防署作为急救站；医院只接收患者，不派出单元；有床诊所作为社区卫生服务中心。",
    ),
    Text(
        en="Numbers of ambulances and all health teams are made up, and so are all 6,000 rescuers; "
        "they live around clinics, schools and community centres. Twenty-six of them live around "
        "the demonstration's call place; four of the sixteen ambulances are out at the hospital.",
        zh="救护车数量、全部社区急救队和6,000名救护员均为虚构；救护员居住在诊所、学校和社区中心周围，"
        "其中26名住在演示呼叫地点附近，16辆救护车中有4辆正在医院。",
    ),
    Text(
        en="Shares of rescuers assumed as in the scenario sanming.",
        zh="救护员的各项比例与三明情景相同，均为假设。",
    ),
)
