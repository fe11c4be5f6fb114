from __future__ import annotations

import pytest

from shared.streets.kinds import NONE, Kind
from shared.streets.rules import USED_KEYS, blocks_cars, use_of, why_not

NO = NONE
PUSH = int(Kind.PUSH)


def tags(text: str) -> dict[str, str]:
    """``residential oneway=yes`` as tags."""
    first, *rest = text.split()
    return {"highway": first, **dict(each.split("=", 1) for each in rest)}


@pytest.mark.parametrize(
    ("text", "walked"),
    [
        ("footway", True),
        ("platform", True),
        ("something_new", True),
        ("residential area=yes", True),
        ("motorway", False),
        ("motorway_link", False),
        ("trunk", False),
        ("trunk_link foot=yes", False),
        ("construction foot=yes", False),
        ("proposed", False),
        ("raceway", False),
        ("bus_guideway", False),
        ("escape", False),
        ("busway", True),
        ("footway foot=no", False),
        ("footway foot=private", True),
        ("service access=private", False),
        ("service access=no", False),
        ("service access=customers", True),
        ("service access=permit", True),
        *[
            (f"service access={access} foot={foot}", True)
            for access in ("no", "private")
            for foot in ("yes", "designated", "permissive", "destination")
        ],
        ("service access=no foot=customers", False),
        ("service access=private foot=private", False),
        ("service access=yes foot=no", False),
        ("residential oneway=yes motor_vehicle=no vehicle=no bicycle=no", True),
    ],
)
def test_who_walks(text: str, walked: bool) -> None:
    assert (use_of(tags(text)).walk != NO) is walked
    assert (why_not(tags(text))[0] is None) is walked


def test_the_kind_is_the_class_of_the_street() -> None:
    for text, kind in [
        ("steps", Kind.STEPS), ("elevator", Kind.ELEVATOR), ("primary_link", Kind.PRIMARY),
        ("corridor", Kind.FOOTWAY), ("bridleway", Kind.PATH), ("road", Kind.UNCLASSIFIED),
        ("something_new", Kind.OTHER), ("track", Kind.TRACK),
    ]:  # fmt: skip
        assert use_of(tags(text)).walk == kind
    assert use_of(tags("motorway_link")).drive == Kind.MOTORWAY


BOTH, FORTH, BACK, NEITHER = (True, True), (True, False), (False, True), (False, False)


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("residential", BOTH),
        ("residential oneway=yes", FORTH),
        ("residential oneway=true", FORTH),
        ("residential oneway=1", FORTH),
        ("residential oneway=-1", BACK),
        ("residential oneway=reverse", BACK),
        ("residential oneway=no", BOTH),
        ("residential oneway=reversible", NEITHER),
        ("residential oneway=alternating", BOTH),
        ("primary junction=roundabout", FORTH),
        ("primary junction=circular", FORTH),
        ("primary junction=roundabout oneway=no", BOTH),
        ("motorway", FORTH),
        ("motorway oneway=no", BOTH),
        ("motorway_link", BOTH),
        ("trunk", BOTH),
        ("footway", NEITHER),
        ("pedestrian", NEITHER),
        ("pedestrian motor_vehicle=destination", BOTH),
        ("footway access=yes", NEITHER),
        ("steps motor_vehicle=yes", NEITHER),
        ("elevator motor_vehicle=yes", NEITHER),
        ("cycleway", NEITHER),
        ("track", NEITHER),
        ("track tracktype=grade2", BOTH),
        ("track tracktype=grade4", NEITHER),
        ("track motor_vehicle=yes", BOTH),
        ("track tracktype=grade1 access=private", NEITHER),
        ("construction motor_vehicle=yes", NEITHER),
        # The most specific tag wins, whichever way it speaks.
        ("service access=private", NEITHER),
        ("service access=private motor_vehicle=yes", BOTH),
        ("service access=no vehicle=destination", BOTH),
        ("service access=yes vehicle=no", NEITHER),
        ("service vehicle=no motor_vehicle=permissive", BOTH),
        ("service motor_vehicle=no motorcar=yes", BOTH),
        ("service motor_vehicle=yes motorcar=no", NEITHER),
        ("service motor_vehicle=agricultural", NEITHER),
        ("service motor_vehicle=oops access=private", NEITHER),
        ("service motor_vehicle=oops", BOTH),
    ],
)
def test_who_drives(text: str, ways: tuple[bool, bool]) -> None:
    use = use_of(tags(text))
    assert (use.drive != NO, use.drive_back != NO) == ways
    assert (why_not(tags(text))[2] is None) is (ways != NEITHER)


@pytest.mark.parametrize(
    ("text", "forth", "back"),
    [
        ("residential", Kind.RESIDENTIAL, Kind.RESIDENTIAL),
        ("cycleway", Kind.CYCLEWAY, Kind.CYCLEWAY),
        # Against a one-way street, and where riding is not allowed, one walks beside it.
        ("residential oneway=yes", Kind.RESIDENTIAL, PUSH),
        ("residential oneway=-1", PUSH, Kind.RESIDENTIAL),
        ("residential oneway=yes oneway:bicycle=no", Kind.RESIDENTIAL, Kind.RESIDENTIAL),
        ("residential oneway=no oneway:bicycle=yes", Kind.RESIDENTIAL, PUSH),
        ("residential oneway:bicycle=-1", PUSH, Kind.RESIDENTIAL),
        ("residential oneway=yes cycleway=opposite", Kind.RESIDENTIAL, Kind.RESIDENTIAL),
        ("residential oneway=yes cycleway:left=opposite_lane", Kind.RESIDENTIAL, Kind.RESIDENTIAL),
        ("residential oneway=yes cycleway:left:oneway=-1", Kind.RESIDENTIAL, Kind.RESIDENTIAL),
        ("residential oneway=yes foot=no", Kind.RESIDENTIAL, NO),
        ("primary junction=roundabout", Kind.PRIMARY, PUSH),
        ("footway", PUSH, PUSH),
        ("footway bicycle=yes", Kind.FOOTWAY, Kind.FOOTWAY),
        ("residential bicycle=dismount", PUSH, PUSH),
        ("residential bicycle=no", PUSH, PUSH),
        ("residential bicycle=use_sidepath foot=no", NO, NO),
        ("service access=private", NO, NO),
        ("service access=private bicycle=yes", Kind.SERVICE, Kind.SERVICE),
        ("residential vehicle=no bicycle=permissive", Kind.RESIDENTIAL, Kind.RESIDENTIAL),
        ("residential motor_vehicle=no", Kind.RESIDENTIAL, Kind.RESIDENTIAL),
        ("steps bicycle=yes", NO, NO),
        ("elevator", NO, NO),
        ("motorway", NO, NO),
        ("trunk", NO, NO),
        ("trunk bicycle=yes", Kind.TRUNK, Kind.TRUNK),
        ("primary motorroad=yes", PUSH, PUSH),
        ("construction bicycle=yes", NO, NO),
    ],
)
def test_who_cycles(text: str, forth: int, back: int) -> None:
    use = use_of(tags(text))
    assert (use.cycle, use.cycle_back) == (forth, back)
    assert (why_not(tags(text))[1] is None) is (forth != NO or back != NO)


def test_squares_that_cars_may_cross_are_driven_like_service_roads() -> None:
    assert use_of(tags("pedestrian motor_vehicle=yes")).drive == Kind.SERVICE
    assert use_of(tags("track motor_vehicle=yes")).drive == Kind.TRACK


def test_the_reason_names_the_tag_that_wins() -> None:
    assert why_not(tags("motorway")) == ("highway=motorway", "highway=motorway", None)
    assert why_not(tags("service access=yes vehicle=private"))[2] == "vehicle=private"
    assert why_not(tags("service access=private")) == ("access=private",) * 3
    assert why_not(tags("residential oneway=reversible"))[2] == "oneway=reversible"
    assert why_not(tags("steps"))[1:] == ("highway=steps", "highway=steps")


@pytest.mark.parametrize(
    ("node", "stops"),
    [
        ({}, False),
        ({"barrier": "bollard"}, True),
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "lift_gate", "motor_vehicle": "no"}, True),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, False),
        ({"barrier": "bollard", "access": "no", "motor_vehicle": "destination"}, False),
        ({"access": "private", "amenity": "parking_entrance"}, False),
    ],
)
def test_bollards_and_private_gates_stop_cars(node: dict[str, str], stops: bool) -> None:
    assert blocks_cars(node) is stops


def test_every_key_that_the_rules_ask_for_is_read_from_the_file() -> None:
    class Asked(dict[str, str]):
        keys_asked: set[str] = set()  # noqa: RUF012

        def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
            self.keys_asked.add(key)
            return super().get(key, default)

        def __getitem__(self, key: str) -> str:
            self.keys_asked.add(key)
            return super().__getitem__(key)

    for text in ("residential", "track", "footway", "residential oneway=yes", "motorway"):
        use_of(Asked(tags(text)))
        why_not(Asked(tags(text)))
    assert Asked.keys_asked == USED_KEYS
