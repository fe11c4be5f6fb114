"""Enrolling and signing in: public, so nothing here tells who is registered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Depends, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.rescuer_location.api.verification import CredentialIn, cleaned
from services.rescuer_location.domain.codes import MOST_WRONG
from services.rescuer_location.domain.phone import mobile_number
from services.rescuer_location.domain.rescuer import Flag
from services.rescuer_location.settings import RescuerLocationSettings
from services.rescuer_location.store.enrolments import Kind, Pending
from services.rescuer_location.work.consent import AppLanguage, ConsentTexts
from services.rescuer_location.work.enrolments import Enrolments, Started
from shared.http.auth import requires
from shared.http.errors import MendableError
from shared.http.parts import Now, use
from shared.http.problems import invalid, problems
from shared.http.routing import new_router
from shared.http.strict import Name, Strict
from shared.identity.roles import Role
from shared.identity.tokens import Identity

PUBLIC_PATHS: Final = ("/public/consent", "/enrolments", "/sign-ins")
"""Without a token; `GET /enrolments` asks for the role registrar all the same."""

enrolments_router = new_router("enrolments")

TheEnrolments = Annotated[Enrolments, use(Enrolments)]
TheTexts = Annotated[ConsentTexts, use(ConsentTexts)]
TheSettings = Annotated[RescuerLocationSettings, use(RescuerLocationSettings)]


def _asker(request: Request) -> str:
    """Where the request comes from: the gateway writes down what it saw, whatever was claimed."""
    seen = request.headers.get("x-forwarded-for") or (request.client.host if request.client else "")
    return seen.rpartition(",")[2].strip() or "unknown"


Asker = Annotated[str, Depends(_asker)]
Phone = Annotated[
    str,
    StringConstraints(pattern=r"^[+]?[0-9][0-9 ()-]{2,30}$"),
    Field(examples=["+86 138 0000 1234"]),
]


class ConsentOut(BaseModel):
    """What rescuers are asked to agree to."""

    model_config = ConfigDict(extra="forbid", title="ConsentText")

    version: str = Field(description="Send it with the enrolment; it names exactly these words")
    language: AppLanguage
    title: str
    text: str = Field(description="Markdown")
    location_text: str = Field(description="Markdown; asked for apart, and may be declined")


def _agreed(value: bool) -> bool:
    if not value:
        raise MendableError("is not accepted", "nobody is enrolled without their consent")
    return value


class ConsentIn(Strict):
    """What was agreed to."""

    version: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
    accepted: Annotated[Flag, AfterValidator(_agreed)]
    location_accepted: Flag = Field(description="The separate consent to be located")


class EnrolIn(Strict):
    """Somebody who wants to become a rescuer."""

    model_config = ConfigDict(hide_input_in_errors=True)

    phone: Phone = Field(repr=False)
    name: Name = Field(repr=False)
    language: AppLanguage
    consent: ConsentIn
    credential: CredentialIn | None = None


class SignInIn(Strict):
    """Somebody with a new phone."""

    model_config = ConfigDict(hide_input_in_errors=True)

    phone: Phone = Field(repr=False)
    language: AppLanguage = AppLanguage.ZH_CN


class CodeOut(BaseModel):
    """A code is on its way, if the number is one that gets one; the answer is always the same."""

    model_config = ConfigDict(extra="forbid", title="CodeSent")

    enrolment_id: str = Field(description="For POST /session/enrolments/{enrolment_id}")
    code_sent_to: str = Field(examples=["…1234"])
    expires_at: datetime
    next_try_at: datetime = Field(description="When another code may be asked for")


class PendingOut(BaseModel):
    """An enrolment or a sign-in that waits for its code."""

    model_config = ConfigDict(extra="forbid", title="PendingEnrolment")

    enrolment_id: str
    kind: Literal["enrolment", "sign_in"]
    phone: str
    name: str | None = Field(description="null for a sign-in")
    language: AppLanguage
    created_at: datetime
    expires_at: datetime
    tries_left: int
    code: str | None = Field(
        description="To be read out; null where a provider sends codes, and for unknown numbers"
    )
    rescuer_id: str | None = Field(description="Who signs in")


class PendingList(BaseModel):
    """What waits, newest first."""

    model_config = ConfigDict(extra="forbid")

    items: list[PendingOut]


@enrolments_router.get("/public/consent")
async def read_consent(
    texts: TheTexts, language: Annotated[AppLanguage, Query()] = AppLanguage.ZH_CN
) -> ConsentOut:
    """The words that a rescuer agrees to, with this deployment's own periods in them."""
    words = texts.of(language)
    return ConsentOut(
        version=words.version,
        language=words.language,
        title=words.title,
        text=words.text,
        location_text=words.location_text,
    )


@enrolments_router.post("/enrolments", status_code=201, responses=problems(429))
async def enrol(
    enrolments: TheEnrolments,
    texts: TheTexts,
    settings: TheSettings,
    now: Now,
    asker: Asker,
    person: EnrolIn,
) -> CodeOut:
    """Asks for a code that proves the number; the entry is made once the code is given.

    Whoever has the number already is signed in by it, with the consent and papers sent now.
    """
    phone = _mobile(person.phone, settings)
    if person.consent.version != texts.version:
        raise invalid(
            "consent.version",
            "is not the current one",
            "show the text of GET /public/consent and send its version",
        )
    await enrolments.may_ask(phone, asker, now)
    photo = None
    said: dict[str, object] = {
        "name": person.name,
        "consent_version": person.consent.version,
        "location_accepted": person.consent.location_accepted,
    }
    if person.credential is not None:
        photo = await cleaned(person.credential.photo, "credential.photo")
        said["credential"] = person.credential.offered().model_dump(mode="json")
    started = await enrolments.start(
        Kind.ENROLMENT, phone, person.language, now, asker=asker, said=said, photo=photo
    )
    return _out(started)


@enrolments_router.post("/sign-ins", status_code=201, responses=problems(429))
async def sign_in(
    enrolments: TheEnrolments, settings: TheSettings, now: Now, asker: Asker, person: SignInIn
) -> CodeOut:
    """Asks for a code for somebody who is enrolled; the same answer when nobody has the number."""
    phone = _mobile(person.phone, settings)
    await enrolments.may_ask(phone, asker, now)
    return _out(await enrolments.start(Kind.SIGN_IN, phone, person.language, now, asker=asker))


@enrolments_router.get("/enrolments")
async def list_enrolments(
    who: Annotated[Identity, requires(Role.REGISTRAR)], enrolments: TheEnrolments, now: Now
) -> PendingList:
    """What waits for its code; where no provider sends them, with the code to read out. Audited."""
    found = await enrolments.waiting(who, now)
    return PendingList(items=[_pending(each) for each in found])


def _mobile(phone: str, settings: RescuerLocationSettings) -> str:
    try:
        return mobile_number(phone, settings.phone_region)
    except MendableError as error:
        raise invalid("phone", error.message, error.mend) from error


def _out(started: Started) -> CodeOut:
    return CodeOut(
        enrolment_id=started.enrolment_id,
        code_sent_to=started.code_sent_to,
        expires_at=started.expires_at,
        next_try_at=started.next_try_at,
    )


def _pending(pending: Pending) -> PendingOut:
    return PendingOut(
        enrolment_id=pending.id,
        kind=pending.kind.value,
        phone=pending.phone,
        name=(pending.said or {}).get("name"),
        language=AppLanguage(pending.language),
        created_at=pending.created_at,
        expires_at=pending.expires_at,
        tries_left=MOST_WRONG - pending.wrong_tries,
        code=pending.code_to_read_out,
        rescuer_id=pending.rescuer_id,
    )
