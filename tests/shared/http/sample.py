"""The routes of the sample service."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, Field

from shared.geometry.place import PlaceIn
from shared.http.auth import requires
from shared.http.etag import IfMatchHeader, etag
from shared.http.paging import BboxQuery, Page, PageQuery, encode_cursor
from shared.http.parts import Now, use
from shared.http.problems import not_found, problems
from shared.http.routing import new_router
from shared.http.sse import STREAM_RESPONSES, EventStream, LimitQuery, StreamItem, event_stream
from shared.http.strict import Count, Identifier, Line, Name, Strict, Text
from shared.identity.roles import Role
from shared.identity.tokens import Identity

Registrar = Annotated[Identity, requires(Role.REGISTRAR, Role.ADMINISTRATOR)]


class Thing(Strict):
    id: Identifier
    name: Name
    note: Text | None = None
    remark: Line | None = None
    count: Count = 0
    weight: float | None = None
    at: AwareDatetime | None = None
    place: PlaceIn | None = None
    extra: dict[str, float] = Field(default_factory=dict)


class Engine:
    """Something that is provided only once it has started."""


def sample_router() -> APIRouter:
    router = new_router("things")

    @router.post("/things", status_code=201, responses=problems(409))
    async def create_thing(thing: Thing, who: Registrar, response: Response) -> Thing:
        response.headers["ETag"] = etag(1)
        return thing

    @router.get("/things")
    async def list_things(_: Registrar, page: PageQuery, bbox: BboxQuery) -> Page[str]:
        after = page.after(str)
        return Page(items=[] if after is None else [after[0]], next_cursor=encode_cursor("z"))

    @router.post("/things/bulk")
    async def many_things(things: list[Thing], _: Registrar) -> int:
        return len(things)

    @router.get("/things/{thing_id}")
    async def read_thing(thing_id: Identifier, _: Registrar, now: Now) -> dict[str, str]:
        return {"id": thing_id, "now": now.isoformat()}

    @router.put("/things/{thing_id}")
    async def replace_thing(
        thing_id: Identifier, thing: Thing, _: Registrar, if_match: IfMatchHeader
    ) -> Thing:
        if thing_id == "absent":
            raise not_found("thing", thing_id)
        if_match.check(7)
        return thing

    @router.get("/public/{thing_id}")
    async def public_thing(thing_id: Identifier) -> dict[str, str]:
        return {"id": thing_id}

    @router.post("/large")
    async def large(body: list[int], _: Registrar) -> int:
        return len(body)

    @router.get("/broken")
    async def broken(_: Registrar) -> None:
        raise RuntimeError("boom")

    @router.get("/engine")
    async def engine(_: Registrar, engine: Annotated[Engine, use(Engine)]) -> str:
        return type(engine).__name__

    @router.get("/stream", response_class=EventStream, responses=STREAM_RESPONSES)
    async def stream(request: Request, _: Registrar, limit_s: LimitQuery = None) -> EventStream:
        async def source() -> Any:
            for number in range(3):
                yield StreamItem(str(number), "tick", f"line {number}\nsecond")

        return event_stream(request, source(), limit_s=limit_s)

    return router
