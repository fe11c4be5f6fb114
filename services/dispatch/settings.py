"""What dispatch is told from outside."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from services.dispatch.domain.aftercare import SurveyTimes
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Dispatch's settings; the numbers of the decision are in the policy file."""

    service: str = "dispatch"
    units: Literal["ours", "external"] = Field(
        default="ours", description="Who commands ambulances: we, or another dispatch system"
    )
    policy: str = Field(
        default="",
        description="A built-in policy's name or a policy file; empty: the one that comes with the "
        "software",
    )
    policy_file: str | None = Field(
        default=None, description="The same as LIFERING_POLICY, which goes before it"
    )
    streets: str = Field(
        default="",
        description="The folder of the street network (./lifering import roads); empty: plans are "
        "made on the H3 grid",
    )
    acknowledge_within_s: float = Field(
        default=60.0,
        gt=0,
        le=3_600,
        description="A unit that has not acknowledged by then is replaced; China's target is that "
        "95 % are out within 180 s of the order (2025), which leaves a second unit its turn",
    )
    rehearse_every_s: float = Field(
        default=0.02,
        ge=0,
        le=60,
        description="How often a decision that nobody asked for is made and thrown away, so that "
        "the next real one is quick, seconds; it takes some per cent of a core. 0: never",
    )
    survey_after_s: float = Field(
        default=5_400.0,
        ge=0,
        description="Those who accepted are asked how it was so long after the end (90 minutes)",
    )
    follow_ups_every_s: float = Field(
        default=60.0, gt=0, description="How often is looked for who may be asked now"
    )
    survey_open_days: float = Field(default=30.0, gt=0, description="And so long they may answer")

    @property
    def survey_times(self) -> SurveyTimes:
        """When follow-ups are offered."""
        return SurveyTimes(
            after=timedelta(seconds=self.survey_after_s),
            open_for=timedelta(days=self.survey_open_days),
        )
