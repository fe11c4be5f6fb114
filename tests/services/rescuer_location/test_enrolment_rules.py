"""Codes, numbers and photos, by themselves."""

from __future__ import annotations

import base64
import io
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.rescuer_location.domain.changes import (
    CannotVerify,
    refused,
    verified,
    was_refused,
    with_offer,
)
from services.rescuer_location.domain.codes import (
    AGAIN_WITHIN,
    ASKER_WAITS,
    DAY,
    LIVES,
    MANY_A_DAY,
    MOST_WRONG,
    PAUSE,
    SLOWLY,
    Asked,
    Verdict,
    digest_of,
    hash_of,
    is_code,
    new_code,
    new_salt,
    rule_on_try,
    wait_before_next,
)
from services.rescuer_location.domain.phone import masked, mobile_number, same_number
from services.rescuer_location.domain.photo import LONGEST_SIDE, clean_photo
from services.rescuer_location.domain.rescuer import OfferedCredential, Rescuer
from services.rescuer_location.settings import RescuerLocationSettings
from services.rescuer_location.work.consent import AppLanguage, ConsentTexts
from shared.contracts.words import RescuerState
from shared.http.errors import MendableError
from tests.services.rescuer_location.world import NOW, row

ASKED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def test_a_code_is_six_digits_and_its_hash_gives_nothing_away() -> None:
    codes = {new_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(codes) > 150
    salt = new_salt()
    kept = hash_of("012345", salt)
    assert is_code("012345", salt, kept)
    assert not is_code("012346", salt, kept)
    assert not is_code("012345", new_salt(), kept)
    assert b"012345" not in kept


@pytest.mark.parametrize(
    ("wrong_tries", "after", "used_after", "right", "verdict"),
    [
        (0, timedelta(0), None, True, Verdict.RIGHT),
        (0, timedelta(0), None, False, Verdict.WRONG),
        (MOST_WRONG - 1, timedelta(0), None, True, Verdict.RIGHT),
        (MOST_WRONG, timedelta(0), None, True, Verdict.ENDED),
        (0, LIVES, None, True, Verdict.ENDED),
        (0, LIVES - timedelta(seconds=1), None, True, Verdict.RIGHT),
        (0, AGAIN_WITHIN, timedelta(0), True, Verdict.RIGHT),
        (0, AGAIN_WITHIN, timedelta(0), False, Verdict.ENDED),
        (0, AGAIN_WITHIN + timedelta(seconds=1), timedelta(0), True, Verdict.ENDED),
    ],
)
def test_when_a_code_counts(
    wrong_tries: int,
    after: timedelta,
    used_after: timedelta | None,
    right: bool,
    verdict: Verdict,
) -> None:
    assert verdict is rule_on_try(
        right=right,
        wrong_tries=wrong_tries,
        expires_at=ASKED + LIVES,
        used_at=None if used_after is None else ASKED + used_after,
        now=ASKED + after,
    )


@given(
    st.lists(st.tuples(st.integers(0, 200_000), st.booleans()), max_size=60),
    st.integers(0, 200_000),
)
def test_asking_costs_the_asker_and_holds_up_the_owner_only_shortly(
    asks: list[tuple[int, bool]], owner_asks: int
) -> None:
    sent: list[Asked] = []
    for second, by_asker in sorted(asks):
        now = ASKED + timedelta(seconds=second)
        wait = wait_before_next(
            [replace(each, by_asker=each.by_asker is by_asker) for each in sent], now
        )
        if wait is None:
            sent.append(Asked(now, by_asker))
            continue
        assert timedelta(0) < wait <= ASKER_WAITS[-1]
    moments = [each.at for each in sent]
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(moments))
    for by_asker in (True, False):
        own = [each.at for each in sent if each.by_asker is by_asker]
        # 1 + 1 + 2 + 5 + 15 min, then one an hour, and the two at the ends of the day.
        assert all(sum(at <= other < at + DAY for other in own) <= 30 for at in own)
    now = ASKED + timedelta(seconds=owner_asks)
    others = [Asked(at, by_asker=False) for at in moments if at <= now]
    assert (wait_before_next(others, now) or timedelta(0)) <= SLOWLY


def test_very_many_codes_for_one_number_come_slowly() -> None:
    many = [Asked(ASKED + number * PAUSE, by_asker=False) for number in range(MANY_A_DAY)]
    now = many[-1].at
    assert wait_before_next(many[:-1], now) is None
    assert wait_before_next(many, now) == SLOWLY


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.1", "203.0.113.1", True),
        ("203.0.113.1", "203.0.113.2", False),
        ("::ffff:203.0.113.1", "203.0.113.1", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("unknown", "unknown", True),
    ],
)
def test_a_network_is_one_asker(one: str, other: str, same: bool) -> None:
    assert (digest_of(one, "+8613800001234") == digest_of(other, "+8613800001234")) is same
    assert digest_of(one, "+8613800001234") != digest_of(one, "+8613800001235")


def test_numbers_are_compared_however_they_were_written() -> None:
    assert mobile_number("138 0000 1234", "CN") == "+8613800001234"
    assert mobile_number("+86-138-0000-1234", "JP") == "+8613800001234"
    assert mobile_number("090-1234-5678", "JP") == "+819012345678"
    assert same_number("+8613800001234", "138 0000 1234", "CN")
    assert not same_number("+8613800001234", "138 0000 1235", "CN")
    assert not same_number("+8613800001234", "not a number", "CN")
    assert masked("+8613800001234") == "…1234"
    for wrong in ("12345", "0598-8222333", "+86 999 0000 0000", "+1 900 555 0100"):
        with pytest.raises(MendableError):
            mobile_number(wrong, "CN")


def image_bytes(kind: str, size: tuple[int, int] = (60, 40)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(file, kind)
    return file.getvalue()


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_photos_are_written_anew(kind: str) -> None:
    cleaned = clean_photo(base64_of(image_bytes(kind)))
    assert Image.open(io.BytesIO(cleaned)).format == "JPEG"
    named = f"data:image/{kind.lower()};base64,{base64_of(image_bytes(kind))}"
    assert clean_photo(named) == cleaned


def test_a_photo_loses_the_place_where_it_was_taken_and_what_hides_behind_it() -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home, 26.263412"
    exif.get_ifd(0x8825)[2] = (26.0, 15.0, 48.0)
    file = io.BytesIO()
    Image.new("RGB", (3_000, 1_500)).save(file, "JPEG", exif=exif, comment=b"secret")
    sent = file.getvalue() + b"<script>alert(1)</script>"
    assert b"26.263412" in sent
    cleaned = clean_photo(base64_of(sent))
    for hidden in (b"26.263412", b"secret", b"Exif", b"script"):
        assert hidden not in cleaned
    assert max(Image.open(io.BytesIO(cleaned)).size) == LONGEST_SIDE


def bomb() -> bytes:
    """A small PNG that says it is 60,000 × 60,000."""
    start = b"\x89PNG\r\n\x1a\n"
    head = b"IHDR" + (60_000).to_bytes(4) * 2 + b"\x08\x02\x00\x00\x00"
    return start + (13).to_bytes(4) + head + zlib.crc32(head).to_bytes(4)


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("!!!", "is not base64"),
        (base64_of(b"%PDF-1.7 not an image"), "is not an image"),
        (base64_of(b""), "is not an image"),
        (base64_of(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "is not an image"),
        (base64_of(image_bytes("GIF")), "is not an image"),
        (base64_of(image_bytes("JPEG")[:200]), "is not an image"),
        (base64_of(image_bytes("PNG")[:80]), "is not an image"),
        (base64_of(bomb()), ("is not an image", "has more than 40 million pixels")),
        (base64_of(b"\xff\xd8\xff" + bytes(2 * 1_048_576)), "is larger than 2 MiB"),
        (f"data:text/html;base64,{base64_of(image_bytes('PNG'))}", "is not base64"),
    ],
)
def test_what_is_no_photo_is_refused(sent: str, message: str | tuple[str, ...]) -> None:
    with pytest.raises(MendableError) as caught:
        clean_photo(sent)
    assert caught.value.message in ((message,) if isinstance(message, str) else message)


def test_a_registrar_s_no_can_be_answered_with_other_papers() -> None:
    offer = OfferedCredential(kind="cpr")
    new = Rescuer.model_validate(row("R-1", state="enrolled", credential=None))
    sent = with_offer(new, offer)
    with pytest.raises(CannotVerify, match="last day is not known"):
        verified(sent, None, NOW)
    no = refused(sent, "the name differs", NOW)
    assert (no.state, no.offered, was_refused(no)) == (RescuerState.SUSPENDED, None, True)
    again = with_offer(no, offer.model_copy(update={"expires_on": NOW.date()}))
    assert again.state is RescuerState.ENROLLED
    yes = verified(again, None, NOW)
    assert (yes.state, yes.offered) == (RescuerState.VERIFIED, None)
    assert yes.credential is not None
    assert (yes.credential.kind, yes.credential.expires_on) == ("cpr", NOW.date())


def test_a_renewal_changes_nothing_until_it_is_verified_and_a_suspension_stays() -> None:
    old = Rescuer.model_validate(row("R-1"))
    sent = with_offer(old, OfferedCredential(kind="nurse"))
    assert (sent.state, sent.credential) == (RescuerState.VERIFIED, old.credential)
    no = refused(sent, "cannot be read", NOW)
    assert (no.state, no.credential) == (RescuerState.VERIFIED, old.credential)
    suspended = Rescuer.model_validate(row("R-1", state="suspended"))
    assert with_offer(suspended, OfferedCredential(kind="cpr")).state is RescuerState.SUSPENDED


def test_the_consent_s_version_names_its_words_and_its_periods() -> None:
    texts = ConsentTexts(presence_keep_s=7_200, photo_days=30, unverified_days=90)
    for language in AppLanguage:
        words = texts.of(language)
        assert words.version == texts.version
        assert words.title
        assert not words.text.startswith("#")
        assert "30" in words.text
        assert "90" in words.text
        assert " 2 " in words.location_text
        assert "{" not in words.text + words.location_text
    longer = ConsentTexts(presence_keep_s=7_200, photo_days=31, unverified_days=90)
    assert longer.version != texts.version


def test_a_provider_is_configured_whole_or_not_at_all() -> None:
    with pytest.raises(ValueError, match="LIFERING_CODES_SECRET"):
        RescuerLocationSettings.model_validate({"codes_url": "http://127.0.0.1:9/codes"})
