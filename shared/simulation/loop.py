"""The event loop of ambulances on a travel-time matrix, over plain sequences of numbers.

It runs as it stands (lists) and as machine code (flat arrays): ``quick.py`` hands the very same
function to shared.compiled, so that few calls need no compiler and both give the same bits.

The rules are those of docs/capabilities/simulation.md: the nearest ambulance that
is idle or on its way home, ties to the lowest number; first come first served when there is none.
Because calls are served in the order in which they come, no queue of events is needed: a call is
placed when it came, when the one before was placed, or when the next ambulance gets free, whichever
is last. Sums are taken in the order of the events, as an event-driven simulator takes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SURELY = 1.0 - 1e-9
"""What rounding may take off the least distance to a ring of squares."""

Numbers = Sequence[float]
Places = Sequence[int]


def serve(  # noqa: PLR0912, PLR0915  (one function: it runs compiled and as it stands)
    n: int,
    travel: Numbers,
    bases: Places,
    nearest_hospital: Places,
    node_places: Places,
    node_x: Numbers,
    node_y: Numbers,
    first: Places,
    members: Places,
    grid_x: float,
    grid_y: float,
    side: float,
    columns: int,
    rows: int,
    place_x: Numbers,
    place_y: Numbers,
    arrival: Numbers,
    scene: Places,
    on_scene: Numbers,
    transport: Places,
    drop_off: Numbers,
    return_speed: float,
    placed: Any,
    left: Any,
    response: Any,
    waited: Any,
) -> None:
    """Serves all calls; writes into the last four, (calls,) each.

    ``n`` locations; ``travel[a * n + b]`` minutes from a to b; ``bases`` (ambulances,), in the
    order of their numbers; ``nearest_hospital`` (n,) the location of the hospital for a scene, -1
    where there is none; ``node_…`` (nodes,) in the order of the file, ``place_x``/``place_y`` (n,)
    the coordinates by location. Nodes lie in squares of a grid with the origin
    ``grid_x``, ``grid_y``: those of square s (row · columns + column) are
    ``members[first[s] : first[s + 1]]``. Calls are in the order in which they come. Written are the
    ambulance's number, the location it left from, and minutes from the call to the scene and of
    waiting for an ambulance.
    """
    many = len(bases)
    where = [bases[a] for a in range(many)]
    freed = [-1e300 for a in range(many)]
    home = [0.0 for a in range(many)]
    before = -1e300
    for k in range(len(arrival)):
        now = max(arrival[k], before)
        earliest = freed[0]
        for a in range(1, many):
            earliest = min(earliest, freed[a])
        now = max(now, earliest)
        # Who waited is served by one who gets free at this very instant, from where that is.
        waiting = now > arrival[k]
        best = -1
        best_min = 0.0
        best_from = -1
        for a in range(many):
            if freed[a] > now:
                continue
            start = where[a]
            gone = now - freed[a]
            if gone >= home[a]:
                start = bases[a]
            elif not waiting:
                share = gone / home[a]
                x = place_x[start] + (place_x[bases[a]] - place_x[start]) * share
                y = place_y[start] + (place_y[bases[a]] - place_y[start]) * share
                # Squares in rings around it, until no ring can have a node as near.
                column = min(max(int((x - grid_x) / side), 0), columns - 1)
                row = min(max(int((y - grid_y) / side), 0), rows - 1)
                near = -1.0
                best_node = -1
                ring = 0
                while ring <= max(columns, rows):
                    for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                        step = 1 if r == row - ring or r == row + ring else max(2 * ring, 1)
                        for c in range(column - ring, column + ring + 1, step):
                            if c < 0 or c >= columns:
                                continue
                            square_of = r * columns + c
                            for m in range(first[square_of], first[square_of + 1]):
                                node = members[m]
                                across = node_x[node] - x
                                along = node_y[node] - y
                                away = across * across + along * along
                                if near < 0.0 or away < near or (away == near and node < best_node):
                                    near = away
                                    best_node = node
                    clear = ring * side
                    if near >= 0.0 and near < clear * clear * SURELY:
                        break
                    ring += 1
                start = node_places[best_node]
            minutes = travel[start * n + scene[k]]
            if best < 0 or minutes < best_min:
                best, best_min, best_from = a, minutes, start
        before = now
        placed[k] = best
        left[k] = best_from
        waited[k] = now - arrival[k]
        response[k] = waited[k] + best_min
        end = now + best_min + on_scene[k]
        stop = scene[k]
        if transport[k] != 0:
            stop = nearest_hospital[scene[k]]
            end = end + travel[scene[k] * n + stop] + drop_off[k]
        where[best] = stop
        freed[best] = end
        home[best] = travel[stop * n + bases[best]] / return_speed
