"""What is asked of coverage."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shared.decision.policy import Policy, default_policy

TIERS = ("aed", "rescuer", "chain", "health-centre", "station", "ambulance")
"""In the order of a chain of survival; ``chain`` is a rescuer at the patient and a rescuer who
brings an AED, both in time."""
WITHIN_S = (180.0, 300.0, 480.0, 600.0)
"""3 and 5 minutes (AEDs), 8 and 10 minutes (ambulances, the 10-minute circle): DOMAIN §4."""
MOST_WITHIN_S = 7_200.0


class QuestionError(ValueError):
    """A question that cannot be answered: field and mend in one line."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which tiers, within which seconds, when."""

    as_of: datetime
    """Aware; the registry's moment. The week that is looked at is the local one it lies in, with
    its public holidays, and certificates are valid or not as of it."""
    time_zone: str
    """IANA name; the hours of the week are those of this zone."""
    scenario: str = ""
    """What the ground is called."""
    tiers: tuple[str, ...] = TIERS
    within_s: tuple[float, ...] = WITHIN_S
    at: datetime | None = None
    """Aware; one moment instead of the whole week."""
    by_hour: bool = False
    """Whether the hours of the week are told one by one."""
    gaps: int = 50
    """How many gap cells are told for each tier, at most."""
    policy: Policy = field(default_factory=default_policy)

    def __post_init__(self) -> None:
        for name, moment in (("as_of", self.as_of), ("at", self.at)):
            if moment is not None and moment.tzinfo is None:
                raise QuestionError(f"{name}: has no time zone; add one, such as Z or +08:00")
        unknown = [tier for tier in self.tiers if tier not in TIERS]
        if unknown or not self.tiers:
            raise QuestionError(
                f"tier: {', '.join(unknown) or 'none'} is none of {', '.join(TIERS)}"
            )
        if len(set(self.tiers)) != len(self.tiers):
            raise QuestionError("tier: one is there twice; give each once")
        if not self.within_s:
            raise QuestionError("within_s: is empty; give seconds such as 180,300,480,600")
        for seconds in self.within_s:
            if not 0 < seconds <= MOST_WITHIN_S:
                raise QuestionError(
                    f"within_s: {seconds:g} is not above 0 and up to {MOST_WITHIN_S:g} seconds"
                )
        if list(self.within_s) != sorted(set(self.within_s)):
            raise QuestionError("within_s: seconds must rise, each once")
        if self.at is not None and self.by_hour:
            raise QuestionError("by_hour: is of the whole week; leave it out, or leave out at")
