"""When volunteers are sent: at once for a suspected arrest, never through a closed gate."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contracts.words import Gate


@dataclass(frozen=True, slots=True)
class Activation:
    """What the call-taker's answers mean for the volunteers."""

    suspected_arrest: bool
    gates_closed: frozenset[Gate]

    @property
    def automatic(self) -> bool:
        """Whether volunteers are alerted without anybody pressing a key."""
        return self.suspected_arrest and not self.gates_closed


def activation(
    *,
    conscious: bool | None,
    breathing_normally: bool | None,
    gates: frozenset[Gate],
    not_an_arrest: bool = False,
) -> Activation:
    """Reads the two questions and the gates.

    An arrest is suspected when the patient is not conscious and does not breathe normally; an
    unanswered question is no "no" (the dispatcher can still activate by hand).
    """
    suspected = conscious is False and breathing_normally is False and not not_an_arrest
    return Activation(suspected_arrest=suspected, gates_closed=gates)


def arrest_likelihood(conscious: bool | None, breathing_normally: bool | None) -> float:
    """How likely it is an arrest, for the order of the queue: 0 to 1, ranks only.

    No source gives these numbers for China; they order calls and are never shown as a chance.
    """
    if conscious is False and breathing_normally is False:
        return 0.9
    if conscious is False and breathing_normally is None:
        return 0.5
    if conscious is None and breathing_normally is False:
        return 0.5
    return 0.05 if conscious or breathing_normally else 0.2
