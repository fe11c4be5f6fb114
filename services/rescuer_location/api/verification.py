"""Certificates: sent by rescuers, looked at, verified or refused by registrars."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import Response
from pydantic import ConfigDict, Field, StringConstraints

from services.rescuer_location.api.entries import RescuerId, TheRegister, Writer
from services.rescuer_location.api.models import RescuerOut, rescuer_out
from services.rescuer_location.domain.photo import MEDIA_TYPE, MOST_CHARACTERS, clean_photo
from services.rescuer_location.domain.rescuer import Credential, OfferedCredential
from services.rescuer_location.store import photos
from shared.http.audit import audit
from shared.http.auth import requires
from shared.http.errors import MendableError
from shared.http.etag import etag
from shared.http.parts import Now
from shared.http.problems import invalid, not_found, problems
from shared.http.routing import new_router
from shared.http.strict import Line, Strict
from shared.identity.roles import Role
from shared.identity.tokens import Identity

verification_router = new_router("rescuers")

PHOTO_LIMITS: Final = {
    "/enrolments": MOST_CHARACTERS + 16_384,
    "/me/rescuer/credential": MOST_CHARACTERS + 16_384,
}
"""Bodies with a photo in them."""

PhotoText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MOST_CHARACTERS),
    Field(
        description="JPEG, PNG or WebP of up to 2 MiB in base64, bare or as a data: address",
    ),
]


class CredentialIn(OfferedCredential):
    """A certificate as its holder sends it, perhaps with a photo."""

    model_config = ConfigDict(hide_input_in_errors=True, title="CredentialSent")

    photo: PhotoText | None = Field(default=None, repr=False)

    def offered(self) -> OfferedCredential:
        """Without the photo."""
        return OfferedCredential.model_validate(self.model_dump(exclude={"photo"}))


class VerifyIn(Strict):
    """A registrar has seen the credential."""

    credential: Credential | None = Field(
        default=None, description="The one that was shown, where it is not the one on file"
    )


class RefuseIn(Strict):
    """A registrar has looked and says no."""

    reason: Line = Field(description="Why; the rescuer reads it")


async def cleaned(photo: str | None, field: str) -> bytes | None:
    """The photo as JPEG; a 422 problem naming the field when it is none."""
    if photo is None:
        return None
    try:
        return await asyncio.to_thread(clean_photo, photo)
    except MendableError as error:
        raise invalid(field, error.message, error.mend) from error


@verification_router.put("/me/rescuer/credential", responses=problems(404, 409))
async def send_credential(
    who: Annotated[Identity, requires(Role.RESCUER)],
    register: TheRegister,
    now: Now,
    credential: CredentialIn,
    response: Response,
) -> RescuerOut:
    """A certificate, the first or a renewed one; it counts once a registrar has verified it.

    Whoever is verified stays so meanwhile, with the certificate that was verified.
    """
    photo = await cleaned(credential.photo, "photo")
    entry = await register.offer(who, credential.offered(), photo, now)
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=True)


@verification_router.get(
    "/rescuers/{rescuer_id}/credential-photo",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}, "description": "The photo"}},
)
async def read_credential_photo(
    who: Annotated[Identity, requires(Role.REGISTRAR)],
    register: TheRegister,
    now: Now,
    rescuer_id: RescuerId,
) -> Response:
    """The photo of a certificate, for the registrar who verifies it; every look is audited."""
    async with register.store.transaction() as connection:
        kept = await photos.find(connection, rescuer_id)
        if kept is None or kept.delete_after <= now:
            raise not_found("photo of", rescuer_id)
        await audit(
            connection, actor=who.actor, action="rescuer.photo.read", subject=rescuer_id, now=now
        )
    return Response(kept.photo, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})


@verification_router.post("/rescuers/{rescuer_id}/verify", responses=problems(409))
async def verify_rescuer(
    who: Writer,
    register: TheRegister,
    now: Now,
    rescuer_id: RescuerId,
    verification: VerifyIn,
    response: Response,
) -> RescuerOut:
    """The credential was seen and stands: the rescuer may be alerted. 409 when it does not.

    It is the one in the request, else what the rescuer has sent, else the registered one.
    """
    entry = await register.verify(rescuer_id, verification.credential, who, now)
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=True)


@verification_router.post("/rescuers/{rescuer_id}/refuse", responses=problems(409))
async def refuse_rescuer(
    who: Writer,
    register: TheRegister,
    now: Now,
    rescuer_id: RescuerId,
    refusal: RefuseIn,
    response: Response,
) -> RescuerOut:
    """What was sent does not stand. Who was not verified yet is suspended, and may send another."""
    entry = await register.refuse(rescuer_id, refusal.reason, who, now)
    response.headers["ETag"] = etag(entry.version)
    return rescuer_out(entry, now, private=True)
