"""Phone numbers: written in many ways, compared in one (E.164)."""

from __future__ import annotations

from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from shared.http.errors import MendableError

TAIL: Final = 8
"""Last digits by which a number is looked up, however the rest of it was written."""
_TAKES_TEXTS: Final = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def mobile_number(text: str, region: str) -> str:
    """A mobile number in E.164, such as ``+8613800001234``.

    ``region`` (ISO 3166, such as ``CN``) is where a number without its country code belongs. Raises
    :class:`MendableError` for what is no number, or none that takes text messages.
    """
    number = _parsed(text, region)
    if number is None or phonenumbers.number_type(number) not in _TAKES_TEXTS:
        raise MendableError(
            "is not a mobile number", "send one such as +86 138 0000 1234, with its country code"
        )
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def same_number(e164: str, written: str, region: str) -> bool:
    """Whether a number as somebody once wrote it is this one."""
    return canonical(written, region) == e164


def canonical(written: str, region: str) -> str | None:
    """A number in E.164, however it was written; None for what is no number."""
    number = _parsed(written, region)
    return None if number is None else phonenumbers.format_number(number, PhoneNumberFormat.E164)


def tail_of(e164: str) -> str:
    """The digits to look a number up by."""
    return e164[-TAIL:]


def masked(e164: str) -> str:
    """What may be shown of a number to whoever typed it: ``…1234``."""
    return f"…{e164[-4:]}"


def _parsed(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
