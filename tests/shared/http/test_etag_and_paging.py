"""Versions and pages."""

from collections.abc import Callable

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.etag import IfMatch, etag
from shared.http.paging import Bbox, decode_cursor, encode_cursor, parse_bbox
from shared.http.problems import Problem
from tests.shared.http.test_edge import GOOD, problem

Token = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("header", "status", "word"),
    [
        (None, 428, "precondition-required"),
        ('"6"', 412, "precondition-failed"),
        ("7", 422, "invalid"),
        ('W/"7"', 422, "invalid"),
        ('"9999999999"', 422, "invalid"),
    ],
)
async def test_if_match_refuses(
    client: httpx.AsyncClient, token: Token, header: str | None, status: int, word: str
) -> None:
    headers = token() | ({} if header is None else {"If-Match": header})
    response = await client.put("/things/t-1", json=GOOD, headers=headers)
    problem(response, status, word)
    if status == 412:
        assert response.headers["etag"] == '"7"'


@pytest.mark.parametrize("header", ['"7"', "*"])
async def test_if_match_accepts(client: httpx.AsyncClient, token: Token, header: str) -> None:
    response = await client.put("/things/t-1", json=GOOD, headers=token() | {"If-Match": header})
    assert response.status_code == 200


async def test_what_is_not_there_is_404_even_without_a_version(
    client: httpx.AsyncClient, token: Token
) -> None:
    response = await client.put("/things/absent", json=GOOD | {"id": "absent"}, headers=token())
    problem(response, 404, "not-found")


def test_etag_and_check() -> None:
    assert etag(7) == '"7"'
    IfMatch(7).check(7)
    with pytest.raises(Problem, match="412"):
        IfMatch(8).check(7)


@given(
    st.text(st.characters(codec="utf-8", categories=("L", "N")), max_size=60), st.integers(0, 2**53)
)
def test_cursors_come_back(text: str, number: int) -> None:
    assert decode_cursor(encode_cursor(text, number), str, int) == (text, number)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "!!!!",
        "bnVsbA",
        encode_cursor(1),
        encode_cursor("a", "b"),
        encode_cursor("a\0b"),
        "W" * 400,
    ],
)
def test_bad_cursors_are_422(cursor: str) -> None:
    with pytest.raises(Problem) as refused:
        decode_cursor(cursor, str)
    assert refused.value.status == 422
    assert refused.value.errors[0].field == "cursor"


async def test_a_cursor_reaches_the_handler(client: httpx.AsyncClient, token: Token) -> None:
    first = (await client.get("/things", headers=token())).json()
    second = await client.get("/things", params={"cursor": first["next_cursor"]}, headers=token())
    assert second.json()["items"] == ["z"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("cursor=%00", "cursor"),
        ("cursor=abc", "cursor"),
        ("bbox=1,2,3", "bbox"),
        ("bbox=1,91,2,92", "bbox"),
        ("bbox=1,5,2,4", "bbox"),
        ("bbox=nan,1,2,3", "bbox"),
        ("bbox=-181,1,2,3", "bbox"),
    ],
)
async def test_bad_queries_are_422(
    client: httpx.AsyncClient, token: Token, query: str, field: str
) -> None:
    body = problem(await client.get(f"/things?{query}", headers=token()), 422, "invalid")
    assert body["errors"][0]["field"] == field
    assert body["errors"][0]["where"] == "query"


async def test_a_good_bbox_passes(client: httpx.AsyncClient, token: Token) -> None:
    for bbox in ("0,0,0,0", "-180,-90,180,90", "179.5,-1,-179.5,1"):
        assert (await client.get(f"/things?bbox={bbox}", headers=token())).status_code == 200


def test_a_box_across_the_antimeridian() -> None:
    box = parse_bbox("179,-10,-179,10")
    assert box.contains(0, 179.5)
    assert box.contains(0, -179.5)
    assert box.contains(0, 180)
    assert not box.contains(0, 0)
    assert not box.contains(11, 180)


def test_the_box_of_nothing_contains_its_corner() -> None:
    assert Bbox(0, 0, 0, 0).contains(0, 0)
