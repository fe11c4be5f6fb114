"""The web pages: start, console, rescuer's app, station, registry, planner, and their assets."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Request, Response

from services.gateway.api.documents import landing
from services.gateway.work.pages import PAGES, WebFile, WebPages
from shared.http.parts import use
from shared.http.problems import Problem
from shared.http.routing import new_router

pages_router = new_router("pages")

PUBLIC_PATHS: Final = (
    "/",
    "/assets/{name}",
    "/rescuer/sw.js",
    "/rescuer/manifest.webmanifest",
    *(f"/{page}" for page in PAGES),
    *(f"/{page}/" for page in PAGES),
)
"""Without a token: they hold no data, only the programs that ask for it with the user's own."""

Pages = Annotated[WebPages, use(WebPages)]


def _answer(request: Request, file: WebFile) -> Response:
    coding, body = file.negotiate(request.headers.get("accept-encoding", ""))
    etag = file.etag if coding == "identity" else f'{file.etag[:-1]}-{coding}"'
    headers = {"ETag": etag, "Cache-Control": file.cache_control, "Vary": "Accept-Encoding"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if coding != "identity":
        headers["Content-Encoding"] = coding
    return Response(body, headers=headers, media_type=file.media_type)


def _found(request: Request, pages: WebPages, path: str) -> Response:
    file = pages.file(path)
    if file is None:
        mend = (
            "There is no such file; load the page anew."
            if pages.files
            else "The web pages are not built here: start with ./lifering, or set LIFERING_WEB."
        )
        raise Problem(404, "not-found", "No such page", mend)
    return _answer(request, file)


@pages_router.get("/", response_class=Response, include_in_schema=False)
async def start(request: Request, pages: Pages) -> Response:
    """Where to go; without built pages, what the services offer."""
    if pages.file("index.html") is None:
        return await landing()
    return _found(request, pages, "index.html")


@pages_router.get("/assets/{name}", response_class=Response, include_in_schema=False)
async def asset(request: Request, pages: Pages, name: str) -> Response:
    """A script, style or picture; its name changes with its content."""
    return _found(request, pages, f"assets/{name}")


@pages_router.get("/rescuer/sw.js", response_class=Response, include_in_schema=False)
async def service_worker(request: Request, pages: Pages) -> Response:
    """The service worker: one name for ever, for what is under ``/rescuer/``."""
    return _found(request, pages, "rescuer/sw.js")


@pages_router.get("/rescuer/manifest.webmanifest", response_class=Response, include_in_schema=False)
async def manifest(request: Request, pages: Pages) -> Response:
    """What makes the rescuer's app installable."""
    return _found(request, pages, "rescuer/manifest.webmanifest")


def _add_page(page: str) -> None:
    async def to_folder() -> Response:
        # Relative, so that it stays under whatever prefix a proxy in front has.
        return Response(status_code=308, headers={"Location": f"{page}/"})

    async def show(request: Request, pages: Pages) -> Response:
        return _found(request, pages, f"{page}/index.html")

    options = {"response_class": Response, "include_in_schema": False}
    pages_router.add_api_route(f"/{page}", to_folder, name=f"to_{page}", **options)  # type: ignore[arg-type]
    pages_router.add_api_route(f"/{page}/", show, name=page, **options)  # type: ignore[arg-type]


for _page in PAGES:
    _add_page(_page)

__all__ = ["PUBLIC_PATHS", "pages_router"]
