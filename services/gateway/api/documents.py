"""The contracts, served; and one page that says where everything is."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import Request, Response

from services.gateway.domain.routes import SERVICES
from services.gateway.work.documents import DocumentAway, ServiceDocuments
from shared.http.parts import use
from shared.http.problems import not_found, problems, unavailable
from shared.http.routing import new_router

documents_router = new_router("documents", responses=problems(429))

PAGES = Path(__file__).parent.parent / "pages"
PUBLIC_PATHS = ("/style.css", "/documents", "/asyncapi.json", "/openapi/{service}.json")

# The names come from the routing table, so the document lists exactly what there is.
Named = StrEnum("Named", {name.upper(): name for name in (*SERVICES, "gateway")})  # type: ignore[misc]


@documents_router.get(
    "/openapi/{service}.json",
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def service_openapi(
    request: Request,
    service: Named,
    documents: Annotated[ServiceDocuments, use(ServiceDocuments)],
) -> dict[str, Any]:
    """The OpenAPI 3.1 document of a service, as it is reached through here."""
    if service.value == "gateway":
        document: dict[str, Any] = request.app.openapi()
        return document
    try:
        return await documents.openapi(service.value)
    except DocumentAway as away:
        if not away.deployed:
            raise not_found("service here", service.value) from None
        raise unavailable(f"{service.value} cannot be reached; try again shortly.") from None


@documents_router.get(
    "/asyncapi.json",
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document of every topic."""
    return _asyncapi()


@documents_router.get("/documents", response_class=Response, include_in_schema=False)
async def landing() -> Response:
    """What the services offer, in both languages: their contracts."""
    return _page("index.html", "text/html; charset=utf-8")


@documents_router.get("/style.css", response_class=Response, include_in_schema=False)
async def style() -> Response:
    """The page's style."""
    return _page("style.css", "text/css; charset=utf-8")


@cache
def _asyncapi() -> dict[str, Any]:
    from shared.contracts.asyncapi import document

    return document()


@cache
def _read(name: str) -> bytes:
    return (PAGES / name).read_bytes()


def _page(name: str, media_type: str) -> Response:
    headers = {"Content-Type": media_type, "Cache-Control": "no-cache"}
    return Response(_read(name), headers=headers)


__all__ = ["PUBLIC_PATHS", "documents_router"]
