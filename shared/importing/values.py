"""Single values as people write them: numbers, dates, yes and no, the field's words.

A value that cannot be read raises :class:`UnreadableError`, with the mend; the row is then refused.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import date, datetime
from typing import Any

YES = frozenset(
    ("1", "true", "t", "yes", "y", "ja", "j", "有", "有り", "あり", "是", "真", "o", "○", "可")
)
NO = frozenset(
    ("0", "false", "f", "no", "n", "nein", "無", "無し", "なし", "否", "无", "假", "x", "×", "不可")
)

WORDS: dict[str, dict[str, str]] = {
    "tier": {
        "急救中心": "emergency_centre",
        "消防局": "emergency_centre",
        "急救站": "first_aid_station",
        "急救分站": "first_aid_station",
        "消防署": "first_aid_station",
        "消防分署": "first_aid_station",
        "rettungswache": "first_aid_station",
        "leitstelle": "emergency_centre",
        "社区卫生服务中心": "community_health_centre",
        "乡镇卫生院": "township_health_centre",
        "卫生院": "township_health_centre",
    },
    "access": {"yes": "public", "permissive": "public", "customers": "staff", "no": "private",
               "公共": "public", "公开": "public", "öffentlich": "public", "privat": "private",
               "内部": "private", "工作人员": "staff"},
    "state": {"正常": "in_service", "在用": "in_service", "停用": "out_of_service",
              "故障": "out_of_service", "未知": "unknown", "einsatzbereit": "in_service",
              "defekt": "out_of_service", "已登记": "enrolled", "已核验": "verified",
              "已暂停": "suspended"},
    "transport_mode": {"步行": "foot", "自行车": "bicycle", "电动车": "e_bike", "汽车": "car",
                       "摩托车": "motorcycle", "徒歩": "foot", "自転車": "bicycle", "車": "car",
                       "zu fuss": "foot", "fahrrad": "bicycle", "auto": "car", "pkw": "car"},
    "datum": {"wgs-84": "wgs84", "wgs 84": "wgs84", "epsg:4326": "wgs84", "gcj-02": "gcj02",
              "火星坐标": "gcj02", "bd-09": "bd09", "百度坐标": "bd09", "jgd2011": "wgs84",
              "cgcs2000": "wgs84"},
}  # fmt: skip
"""Other people's words for ours. JGD2011 and CGCS2000 differ from WGS-84 by less than a metre."""


class UnreadableError(ValueError):
    """A value that is not what its field needs."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


def number(value: object) -> float:
    """A number; a decimal comma is one too."""
    if isinstance(value, bool):
        raise UnreadableError("is not a number", "write a number such as 26.2486")
    if isinstance(value, int | float):
        return float(value)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    if re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        raise UnreadableError("is not a number", "write a number such as 26.2486") from None


def yes_or_no(value: object) -> bool:
    """True or false in the words of four languages."""
    if isinstance(value, bool):
        return value
    word = unicodedata.normalize("NFKC", str(value)).strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise UnreadableError("is neither yes nor no", "write true or false")


def day(value: object) -> str:
    """A date as ISO 8601, from ``2026-05-01``, ``2026/5/1``, ``2026年5月1日`` or ``01.05.2026``."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    if found:
        parts = [int(each) for each in found.groups()]
    elif german := re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text):
        parts = [int(each) for each in reversed(german.groups())]
    else:
        raise UnreadableError("is not a date", "write it as 2026-05-01")
    try:
        return date(*parts).isoformat()
    except ValueError:
        raise UnreadableError("is not a day of the calendar", "write it as 2026-05-01") from None


def moment(value: object) -> str:
    """A time with its zone as it is; a bare date is that day's first moment in UTC."""
    text = str(value).strip()
    if "T" in text or ":" in text:
        try:
            parsed = datetime.fromisoformat(text)
        except ValueError:
            raise UnreadableError("is not a time", "write it as 2026-05-01T08:00:00Z") from None
        if parsed.tzinfo is None:
            raise UnreadableError("has no time zone", "write it as 2026-05-01T08:00:00Z")
        return text
    return f"{day(text)}T00:00:00Z"


def word(field: str, value: object) -> str:
    """Our word for somebody's."""
    text = unicodedata.normalize("NFKC", str(value)).strip()
    return WORDS.get(field, {}).get(text.casefold(), text.casefold())


def words(value: object) -> list[str]:
    """A list, or one written with commas, semicolons or as JSON."""
    if isinstance(value, list):
        return [str(each) for each in value]
    text = str(value).strip()
    if text.startswith("["):
        try:
            return [str(each) for each in json.loads(text)]
        except ValueError:
            raise UnreadableError("is not a list", "separate with commas") from None
    return [each.strip() for each in re.split(r"[,;、，；]", text) if each.strip()]


def plain_text(value: Any) -> str:
    """Text with single spaces."""
    return " ".join(str(value).replace("\u3000", " ").split())
