"""The gateway's HTTP interface."""

from __future__ import annotations

from services.gateway.api.basemap import basemap_router
from services.gateway.api.documents import documents_router
from services.gateway.api.pages import pages_router
from services.gateway.api.positions import positions_router
from services.gateway.api.proxy import proxy_router
from services.gateway.api.search import search_router
from services.gateway.api.session import session_router
from services.gateway.api.sign_in import sign_in_router
from services.gateway.api.status import status_router

routers = (
    positions_router,
    session_router,
    sign_in_router,
    status_router,
    basemap_router,
    search_router,
    documents_router,
    pages_router,
    proxy_router,
)

__all__ = ["routers"]
