"""The question to Redis: three GEOSEARCH in one pipeline, and the rest in numpy.

Redis cannot filter by attributes, so we ask for more than enough (`OVER`), nearest first, and keep
who is eligible; where that was too few although there were more, we ask again for twice as many.
Of units all within reach are asked for, because the soonest are not the nearest. Redis keeps places
in 52 bits (a precision of about 0.6 m) and computes with an earth of its own, so that it may swap
neighbours: its agreement is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loadtests.decision import world as w
from loadtests.decision.question import Answer, Question, chosen
from loadtests.decision.resp import Redis, Reply, packed

OVER = 1.5
"""Asked for so many times as many as are wanted: three quarters are eligible."""
EARTH_SHARE = 6_371_008.8 / 6_372_797.560856
"""Redis's earth is larger: its metres times this are ours, ours divided by it are Redis's."""
BATCH = 500


class RedisPeer:
    """The world in one Redis, and the question to it."""

    def __init__(self, redis: Redis, world: w.World, question: Question) -> None:
        self._redis = redis
        self._world = world
        self._question = question

    def load(self) -> None:
        """Adds everybody who is anywhere."""
        rescuers = self._world.rescuers
        placed = np.flatnonzero(rescuers.where != w.NOWHERE).tolist()
        self._redis.ask(["FLUSHALL"])
        self._add("rescuer", placed, rescuers.latitude, rescuers.longitude)
        for name, which in (("aed", self._world.aeds), ("unit", self._world.units)):
            everyone = list(range(len(which.latitude)))
            self._add(name, everyone, which.latitude, which.longitude)

    def _add(
        self, key: str, numbers: Sequence[int], latitudes: w.FloatArray, longitudes: w.FloatArray
    ) -> None:
        for first in range(0, len(numbers), BATCH):
            command: list[str | int] = ["GEOADD", key]
            for number in numbers[first : first + BATCH]:
                command += [repr(float(longitudes[number])), repr(float(latitudes[number])), number]
            self._redis.ask(command)

    def ask(self, latitude: float, longitude: float) -> Answer:
        """The candidates around a place."""
        question = self._question
        people, devices = int(question.enough * OVER), int(question.aeds * OVER)
        everyone = len(self._world.units.latitude)
        replies = self._redis.send(
            _search("rescuer", latitude, longitude, question.rescuer_m, people)
            + _search("aed", latitude, longitude, question.aed_m, devices)
            + _search("unit", latitude, longitude, question.unit_m, everyone),
            3,
        )
        return Answer(
            self._nearest("rescuer", latitude, longitude, replies[0], people),
            self._nearest("aed", latitude, longitude, replies[1], devices),
            self._soonest(replies[2]),
        )

    def _nearest(
        self, key: str, latitude: float, longitude: float, reply: Reply, asked: int
    ) -> frozenset[int]:
        question = self._question
        may, wanted, within_m = (
            (question.eligible, question.enough, question.rescuer_m)
            if key == "rescuer"
            else (question.usable, question.aeds, question.aed_m)
        )
        while True:
            numbers, metres = parsed(reply)
            kept = may[numbers]
            if kept.sum() >= wanted or len(numbers) < asked:
                return chosen(numbers, metres, kept, wanted)
            asked *= 2
            (reply,) = self._redis.send(_search(key, latitude, longitude, within_m, asked), 1)

    def _soonest(self, reply: Reply) -> frozenset[int]:
        question = self._question
        numbers, metres = parsed(reply)
        bound_s = question.start_s[numbers] + question.pace_s_per_m[numbers] * metres
        return chosen(numbers, bound_s, question.free[numbers], question.units)


def _search(key: str, latitude: float, longitude: float, within_m: float, count: int) -> bytes:
    return packed(
        [
            "GEOSEARCH", key, "FROMLONLAT", repr(longitude), repr(latitude),
            "BYRADIUS", within_m / EARTH_SHARE, "m", "ASC", "COUNT", count, "WITHDIST",
        ]
    )  # fmt: skip


def parsed(reply: Reply) -> tuple[w.IntArray, w.FloatArray]:
    """Numbers and our metres of a reply of GEOSEARCH … WITHDIST."""
    assert isinstance(reply, list)
    flat = np.array(reply, dtype=object).reshape(-1, 2)
    metres: w.FloatArray = flat[:, 1].astype(np.float64) * EARTH_SHARE
    return flat[:, 0].astype(np.int64), metres
