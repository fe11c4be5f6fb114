"""Extracts to test with: written by hand, at random, and the real one beside the repository."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import osmium
import pytest

from deploy.roads.reading import Found, read_extract
from shared.streets.building import Report, build_graph
from shared.streets.graph import StreetGraph

Place = tuple[float, float]
Way = tuple[Sequence[int], Mapping[str, str]]

MONACO = Path(__file__).parents[3].parent / "shared" / "data" / "osm_monaco" / "monaco.osm.pbf"


def monaco() -> Path:
    """The real extract, or a skipped test."""
    if not MONACO.is_file():
        pytest.skip(f"needs {'/'.join(MONACO.parts[-3:])} of the shared data, which is not here")
    return MONACO


def write_pbf(
    file: Path,
    nodes: Mapping[int, Place],
    ways: Sequence[Way],
    node_tags: Mapping[int, Mapping[str, str]] | None = None,
    way_ids: Sequence[int] | None = None,
) -> Path:
    """An extract; nodes are (latitude, longitude), ways may name nodes that are not there."""
    tags = node_tags or {}
    with osmium.SimpleWriter(str(file), overwrite=True) as writer:
        for node, (latitude, longitude) in sorted(nodes.items()):
            writer.add_node(
                osmium.osm.mutable.Node(
                    id=node, location=(longitude, latitude), tags=dict(tags.get(node, {}))
                )
            )
        for number, (refs, way_tags) in enumerate(ways):
            way = number + 1 if way_ids is None else way_ids[number]
            writer.add_way(osmium.osm.mutable.Way(id=way, nodes=list(refs), tags=dict(way_tags)))
    return file


def graph_of(file: Path) -> StreetGraph:
    """Its streets."""
    return everything_of(file)[0]


def everything_of(file: Path) -> tuple[StreetGraph, Report, Found]:
    """Its streets, and what became of the rest."""
    extract, found = read_extract(file)
    return *build_graph(extract), found


def _words(text: str) -> list[str]:
    return text.split()


WORDS = {
    "highway": _words(
        """
        residential footway steps path service primary trunk trunk_link motorway motorway_link
        construction proposed raceway bus_guideway escape elevator corridor cycleway oddity
        """
    ),
    "foot": _words("no yes designated permissive destination private use_sidepath"),
    "access": ["no", "private", "yes", "customers", "permissive", "destination"],
    "area": ["yes"],
    "oneway": ["yes", "-1"],
}


def random_extract(seed: int, file: Path) -> Path:
    """Streets of every sort around a point, with nodes missing, ways twice, rings and loops."""
    random_of = random.Random(seed)
    middle = random_of.choice([(0.0, 0.0), (26.25, 117.62), (-33.9, 18.4), (64.1, -21.9)])
    count = random_of.choice((40, 150, 500))
    ids = random_of.sample(range(1, 12_000_000_000), count)
    nodes = {
        each: (
            round(middle[0] + random_of.uniform(-0.01, 0.01), 7),
            round(middle[1] + random_of.uniform(-0.01, 0.01), 7),
        )
        for each in ids
    }
    ways: list[Way] = []
    for _ in range(count):
        start = random_of.choice(ids)
        near = sorted(ids, key=lambda each: math.dist(nodes[each], nodes[start]))[:9]
        refs = [start, *random_of.sample(near, random_of.randint(1, 5))]
        if random_of.random() < 0.15:
            refs.append(refs[0])
        if random_of.random() < 0.1:
            refs.insert(1, refs[1])
        tags = {"highway": WORDS["highway"][min(int(random_of.expovariate(0.2)), 18)]}
        for key in ("foot", "access", "area", "oneway"):
            if random_of.random() < 0.12:
                tags[key] = random_of.choice(WORDS[key])
        if random_of.random() < 0.05:
            tags = {"building": "yes"}
        ways.append((refs, tags))
        if random_of.random() < 0.05:
            ways.append((refs, tags))
    for gone in random_of.sample(ids, count // 12):
        del nodes[gone]
    return write_pbf(file, nodes, ways)


class Oracle:
    """The contract of ``plan reach``, written down a second time: plain Python, no array."""

    def __init__(self, file: Path) -> None:
        self.places: dict[int, Place] = {}
        self.neighbours: dict[int, dict[int, float]] = {}
        chains: list[list[int]] = []
        each: Any
        for each in osmium.FileProcessor(str(file)):
            if each.is_node():
                self.places[each.id] = (each.location.lat, each.location.lon)
            elif each.is_way() and self.walked({tag.k: tag.v for tag in each.tags}):
                chains.append([node.ref for node in each.nodes])
        for chain in chains:
            for a, b in pairwise(chain):
                if a in self.places and b in self.places and a != b:
                    metres = self.metres(self.places[a], self.places[b])
                    self.neighbours.setdefault(a, {})[b] = metres
                    self.neighbours.setdefault(b, {})[a] = metres
        self.largest = self._largest()

    @staticmethod
    def walked(tags: Mapping[str, str]) -> bool:
        highway = tags.get("highway")
        if highway is None or highway in (
            "motorway", "trunk", "motorway_link", "trunk_link", "construction", "proposed",
            "raceway", "bus_guideway", "escape",
        ):  # fmt: skip
            return False
        foot = tags.get("foot")
        if foot == "no":
            return False
        closed = tags.get("access") == "no" or tags.get("access") == "private"
        return not closed or foot in ("yes", "designated", "permissive", "destination")

    @staticmethod
    def metres(a: Place, b: Place) -> float:
        phi, theta = math.radians(a[0]), math.radians(b[0])
        h = (
            math.sin((theta - phi) / 2) ** 2
            + math.cos(phi) * math.cos(theta) * math.sin(math.radians(b[1] - a[1]) / 2) ** 2
        )
        return 2 * 6_371_008.8 * math.asin(math.sqrt(h))

    def _largest(self) -> set[int]:
        seen: set[int] = set()
        best: set[int] = set()
        for start in sorted(self.neighbours):
            if start in seen:
                continue
            part, left = {start}, [start]
            while left:
                for other in self.neighbours[left.pop()]:
                    if other not in part:
                        part.add(other)
                        left.append(other)
            seen |= part
            if len(part) > len(best):
                best = part
        return best

    def snap(self, place: Place) -> tuple[int, float]:
        metres, node = min((self.metres(place, self.places[each]), each) for each in self.largest)
        return node, metres

    def reach(self, start: int, limit_m: float) -> dict[int, float]:
        """Metres of every node within the limit."""
        done: dict[int, float] = {}
        heap = [(0.0, start)]
        while heap:
            here, node = heapq.heappop(heap)
            if node in done:
                continue
            done[node] = here
            for other, metres in self.neighbours[node].items():
                if other not in done and here + metres <= limit_m:
                    heapq.heappush(heap, (here + metres, other))
        return done
