"""The web pages: served whole, kept as long as they are true, and open to everybody."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from services.gateway.work.pages import IMMUTABLE, REVALIDATED, WebPages
from tests.services.gateway.world import gateway


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A small build."""
    for page in ("console", "rescuer"):
        (tmp_path / page).mkdir()
        (tmp_path / page / "index.html").write_text(f"<title>{page}</title>")
    (tmp_path / "index.html").write_text("<title>start</title>")
    (tmp_path / "rescuer" / "sw.js").write_text("// worker")
    (tmp_path / "assets").mkdir()
    script = tmp_path / "assets" / "console-abc.js"
    script.write_text("let a = 1;")
    script.with_name("console-abc.js.gz").write_bytes(gzip.compress(b"let a = 1;"))
    (tmp_path / ".whole").touch()
    return tmp_path


async def test_pages_and_assets_need_no_token(build: Path) -> None:
    async with gateway({}, web=str(build)) as client:
        for path, title in (("/", "start"), ("/console/", "console"), ("/rescuer/", "rescuer")):
            page = await client.get(path, headers={"Authorization": ""})
            assert page.status_code == 200
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert page.headers["cache-control"] == REVALIDATED
            assert "script-src 'self'" in page.headers["content-security-policy"]
            assert title in page.text
        moved = await client.get("/console", follow_redirects=False)
        assert (moved.status_code, moved.headers["location"]) == (308, "console/")
        script = await client.get("/assets/console-abc.js", headers={"Accept-Encoding": "gzip"})
        assert script.headers["content-encoding"] == "gzip"
        assert script.headers["cache-control"] == IMMUTABLE
        assert script.text == "let a = 1;"
        plain = await client.get("/assets/console-abc.js", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.headers["etag"] != script.headers["etag"]
        again = await client.get("/console/", headers={"If-None-Match": page.headers["etag"]})
        assert again.status_code == 200  # the other page's
        same = await client.get("/rescuer/", headers={"If-None-Match": page.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        worker = await client.get("/rescuer/sw.js")
        assert worker.headers["content-type"].startswith("text/javascript")


async def test_what_is_not_there_is_said(build: Path) -> None:
    async with gateway({}, web=str(build)) as client:
        for path in ("/assets/nothing.js", "/station/", "/assets/..%2f.whole", "/.whole"):
            gone = await client.get(path)
            assert gone.status_code in (401, 404), path
            assert "whole" not in gone.text or gone.status_code == 404
    async with gateway({}) as client:
        page = await client.get("/console/")
        assert page.status_code == 404
        assert "LIFERING_WEB" in page.json()["detail"]
        assert "急救" in (await client.get("/")).text


def test_codings_are_negotiated(build: Path) -> None:
    file = WebPages(build).file("assets/console-abc.js")
    assert file is not None
    for accepted, coding in (
        ("gzip, deflate", "gzip"),
        ("gzip;q=0", "identity"),
        ("br;q=1.0, gzip;q=0.5", "gzip"),
        ("", "identity"),
    ):
        assert file.negotiate(accepted)[0] == coding
    assert WebPages(None).files == {}
    assert WebPages(build / "nowhere").files == {}
