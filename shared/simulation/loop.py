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

Numbers = Sequence[float]
Places = Sequence[int]


def serve(
    n: int,
    travel: Numbers,
    bases: Places,
    nearest_hospital: Places,
    node_places: Places,
    node_x: Numbers,
    node_y: Numbers,
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
    the coordinates by location. Calls are in the order in which they come. Written are the
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
                near = -1.0
                for node in range(len(node_places)):
                    across = node_x[node] - x
                    along = node_y[node] - y
                    square = across * across + along * along
                    if near < 0.0 or square < near:
                        near = square
                        start = node_places[node]
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
