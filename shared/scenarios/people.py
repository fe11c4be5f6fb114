"""Made-up rescuers: credentials, skills, hours, transport, and the cells where they usually are.

Every share here is an assumption (no register of volunteers is public) and is said so in the
manifests. Trained, enrolled and reachable are kept apart (DOMAIN §1): most are enrolled without
being verified, some certificates have expired, some people are not available or sleep undisturbed.
Homes and places of work exist only as H3 resolution-10 cells.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from shared.geometry.cells import cell_of
from shared.scenarios.random_places import Cluster, draw_clusters, moved, scatter
from shared.scenarios.scenario import Row

WORK_HOURS = "Mo-Fr 08:00-18:00"
HOME_HOURS = "Mo-Fr 00:00-08:00,18:00-24:00; Sa,Su 00:00-24:00"

ENROLLED_SHARE, VERIFIED_SHARE = 0.55, 0.43
"""Assumed; the rest (2 %) is suspended."""
EXPIRED_SHARE = 0.07
"""Assumed share of certificates that have expired."""
AVAILABLE_SHARE = 0.92
QUIET_SHARE = 0.22
WORKS_SHARE = 0.62
WORKS_IN_OWN_AREA = 0.85
CONSENT_SHARE = {"enrolled": 0.70, "verified": 0.98, "suspended": 0.50}
LOCATION_SHARE = 0.45

QUIET_HOURS = ("Mo-Su 22:00-07:00", "Mo-Su 23:00-06:00", "Mo-Fr 00:00-06:00", "Sa,Su 13:00-15:00")
SKILLS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (0.46, ("cpr", "aed")),
    (0.36, ("cpr",)),
    (0.10, ("cpr", "aed", "first_aid")),
    (0.04, ("cpr", "aed", "nurse")),
    (0.02, ("cpr", "aed", "doctor")),
    (0.02, ("cpr", "aed", "instructor")),
)


@dataclass(frozen=True, slots=True)
class People:
    """What differs between countries."""

    prefix: str
    """Of the rescuers' ids."""
    time_zone: str
    source: str
    surnames: Sequence[str]
    given: Sequence[str]
    """Two of them go after a surname; where names are written apart, each ends in a space."""
    phone: str
    """A prefix that no network has given out, so that nobody is ever called by mistake."""
    credentials: tuple[tuple[str, str], ...]
    """Kind and issuer."""
    valid_years: int
    modes: tuple[tuple[str, float], ...]
    cycle: str
    """What the neighbours of the demonstration ride."""


def make_rescuers(
    rng: np.random.Generator,
    people: People,
    clusters: Sequence[Cluster],
    count: int,
    *,
    today: date,
    neighbours: Sequence[tuple[float, float]] = (),
) -> list[Row]:
    """``count`` rescuers; the first ones live (and stay) at ``neighbours``, ready at any hour.

    The neighbours are what lets a demonstration always find somebody: verified, with a valid
    certificate, no quiet hours, at home around the clock.
    """
    homes = draw_clusters(rng, [cluster.weight for cluster in clusters], count)
    home_lat, home_lon = scatter(rng, clusters, homes)
    jobs = _jobs(rng, clusters, homes)
    job_lat, job_lon = scatter(rng, clusters, jobs)
    works = rng.random(count) < WORKS_SHARE
    chance = rng.random((count, 6))
    state_of = np.where(chance[:, 0] < ENROLLED_SHARE, 0, 1)
    state_of[chance[:, 0] >= ENROLLED_SHARE + VERIFIED_SHARE] = 2
    expires_in = np.where(
        chance[:, 1] < EXPIRED_SHARE,
        -rng.integers(1, 400, count),
        rng.integers(0, 365 * people.valid_years, count),
    )
    enrolled_ago = rng.integers(1, 900, count)
    skills = rng.choice(len(SKILLS), size=count, p=[share for share, _ in SKILLS])
    modes = rng.choice(len(people.modes), size=count, p=[share for _, share in people.modes])
    kinds = rng.integers(0, len(people.credentials), count)
    quiet = rng.integers(0, len(QUIET_HOURS), count)
    surnames = rng.integers(0, len(people.surnames), count)
    given = rng.integers(0, len(people.given), (count, 2))
    states = ("enrolled", "verified", "suspended")
    enrolled_at = [
        datetime.combine(today - timedelta(days=days), time(2, 0), UTC)
        .isoformat()
        .replace("+00:00", "Z")
        for days in range(901)
    ]
    provenance = {"source": people.source, "synthetic": True}

    rows: list[Row] = []
    for i in range(count):
        neighbour = i < len(neighbours)
        state = "verified" if neighbour else states[state_of[i]]
        expires = today + timedelta(days=int(expires_in[i]))
        if neighbour:
            expires = today + timedelta(days=365)
        issued = expires - timedelta(days=365 * people.valid_years)
        kind, issuer = people.credentials[kinds[i]]
        credential: Row = {
            "kind": kind,
            "number": f"{people.prefix.upper()}-{i + 1:06d}",
            "issued_by": issuer,
            "issued_on": issued.isoformat(),
            "expires_on": expires.isoformat(),
        }
        if state == "verified":
            credential["verified_on"] = min(issued + timedelta(days=14), today).isoformat()
        latitude, longitude = neighbours[i] if neighbour else (home_lat[i], home_lon[i])
        home = cell_of(float(latitude), float(longitude))
        if works[i] and not neighbour:
            places = [
                {"kind": "home", "cell": home, "hours": HOME_HOURS},
                {
                    "kind": "work",
                    "cell": cell_of(float(job_lat[i]), float(job_lon[i])),
                    "hours": WORK_HOURS,
                },
            ]
        else:
            places = [{"kind": "home", "cell": home, "hours": "24/7"}]
        row: Row = {
            "id": f"{people.prefix}-{i + 1:05d}",
            "name": (
                people.surnames[surnames[i]] + people.given[given[i, 0]] + people.given[given[i, 1]]
            ).strip(),
            "phone": f"{people.phone}{i + 1:06d}",
            "credential": credential,
            "state": state,
            "skills": list(SKILLS[0][1] if neighbour else SKILLS[skills[i]][1]),
            "available": bool(neighbour or chance[i, 2] < AVAILABLE_SHARE),
            "time_zone": people.time_zone,
            "transport_mode": people.cycle if neighbour else people.modes[modes[i]][0],
            "places": places,
            "consent": {
                "alerts": bool(neighbour or chance[i, 3] < CONSENT_SHARE[state]),
                "location": bool(neighbour or chance[i, 4] < LOCATION_SHARE),
                "at": enrolled_at[enrolled_ago[i]],
            },
            "provenance": provenance,
        }
        if not neighbour and chance[i, 5] < QUIET_SHARE:
            row["quiet_hours"] = QUIET_HOURS[quiet[i]]
        rows.append(row)
    return rows


def neighbours(
    call: tuple[float, float],
    aed: tuple[float, float],
    count: int,
    at_aed: int,
    farthest_m: float = 500.0,
) -> list[tuple[float, float]]:
    """Places from 90 m around a call, the first ``at_aed`` within 60 m around an AED.

    In all directions, as in a sunflower, so that no two coincide.
    """
    found = []
    for i in range(count):
        near = i < at_aed
        centre = aed if near else call
        distance_m = 60.0 * i / at_aed
        if not near:
            distance_m = 90.0 + (farthest_m - 90.0) * math.sqrt((i + 0.5) / count)
        angle = i * math.pi * (3 - math.sqrt(5))
        found.append(moved(*centre, distance_m * math.cos(angle), distance_m * math.sin(angle)))
    return found


def make_presence(
    rng: np.random.Generator, rescuers: Sequence[Row], share: float, always: int
) -> list[Row]:
    """Live cells of a share of those who may be alerted and located, and of the first ``always``.

    Somebody with the app open is assumed to be at home: a scenario has a date, but no hour.
    """
    chance = rng.random(len(rescuers))
    return [
        {"rescuer_id": row["id"], "cell": row["places"][0]["cell"]}
        for i, row in enumerate(rescuers)
        if i < always
        or (
            chance[i] < share
            and row["state"] == "verified"
            and row["available"]
            and row["consent"]["alerts"]
            and row["consent"]["location"]
        )
    ]


def _jobs(rng: np.random.Generator, clusters: Sequence[Cluster], homes: np.ndarray) -> np.ndarray:
    """Where people work: mostly in their own town, the others in any town by weight."""
    areas = np.array([cluster.area for cluster in clusters])
    weights = np.array(
        [cluster.weight * (1.0 if cluster.urban else 0.2) for cluster in clusters], dtype=float
    )
    jobs = draw_clusters(rng, list(weights), len(homes))
    stays = rng.random(len(homes)) < WORKS_IN_OWN_AREA
    for area in np.unique(areas):
        inside = np.flatnonzero(areas == area)
        mine = np.flatnonzero(stays & (areas[homes] == area))
        share = weights[inside]
        jobs[mine] = inside[rng.choice(len(inside), size=len(mine), p=share / share.sum())]
    return jobs
