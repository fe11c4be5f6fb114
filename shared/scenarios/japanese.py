"""Japanese open data: opening hours and floors as people write them, read without guessing.

The national template for AED lists (推奨データセット「AED設置箇所一覧」) has days as letters
(``月火水木金``), a start and an end, and a free note. A note is read clause by clause; one clause
that is not understood makes the whole hours unknown (``None``): never open and never closed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

DAYS = {"月": "Mo", "火": "Tu", "水": "We", "木": "Th", "金": "Fr", "土": "Sa", "日": "Su"}
WEEK = tuple(DAYS.values())
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
YEAR_END = "Dec 28-Jan 05"
"""年末年始 without dates: usually 29 December to 3 January, so a day more on either side is open
to doubt."""

_TIME = r"(\d{1,2}:\d{2})"
_EXCLUDED = (
    r"(?:祝日|年末年始|臨時休業日|第\d(?:・第\d)*水曜日?|\d{1,2}/\d{1,2}(?:~\d{1,2}/\d{1,2})?)"
)
_EXCLUSION = re.compile(rf"{_EXCLUDED}(?:(?:、|及び)?{_EXCLUDED})*を?除く")
_NOTHING_MORE = re.compile(r"終日利用可能|通年利用可能|使用の際は守衛に確認してください")
_OPEN_DAYS_ONLY = re.compile(r"※?(?:保育所開所日内?上記の時間|開[所館]日のみ(?:利用可)?)")
_DAYS_UNTIL = re.compile(rf"([月火水木金土日])(?:曜日?)?は{_TIME}まで")
_DAYS_BETWEEN = re.compile(
    rf"([月火水木金土日]+)(?:曜日?)?(及び祝日)?は?{_TIME}(?:~|から){_TIME}(?:まで)?"
)
_SOME_WEEKS = re.compile(r"([月火水木金土日](?:・[月火水木金土日])*)は開館日のみ\([^()]*\)")
_SEPARATOR = re.compile(r"[。、()\s]+")


@dataclass
class _Week:
    """Weekly hours, and rules after them."""

    times: dict[str, tuple[str, str]]
    holidays: tuple[str, str] | None = None
    holidays_off: bool = False
    rules: list[str] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    open_days_only: bool = False
    year_end: str | None = None
    """Why the days around New Year are open to doubt."""


def opening_hours(days: str, start: str, end: str, note: str) -> str | None:
    """OSM ``opening_hours``, or None where the four fields leave it open.

    Where only some days are listed and nothing is said about public holidays, these are unknown.
    """
    week = _listed(days.strip(), start.strip(), end.strip())
    if week is None or not _read_note(week, note):
        return None
    return _written(week)


def clock_time(text: str) -> str | None:
    """``HH:MM`` of ``9:00``, ``9：00`` or ``1700``; None if it is no time of day (24:00 is one)."""
    found = re.fullmatch(r"(\d{1,2}):?(\d{2})", unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    if minute > 59 or hour > 24 or (hour == 24 and minute > 0):
        return None
    return f"{hour:02d}:{minute:02d}"


def _listed(days: str, start: str, end: str) -> _Week | None:
    opens, closes = clock_time(start), clock_time(end)
    if opens is None or closes is None:
        return None
    if (opens, closes) == ("00:00", "23:59"):
        closes = "24:00"
    if closes <= opens:
        return None
    if days in {"平日", "土日祝以外"}:
        return _Week(dict.fromkeys(WEEK[:5], (opens, closes)), holidays_off=True)
    if not days or any(letter not in DAYS for letter in days) or len(set(days)) < len(days):
        return None
    return _Week({DAYS[letter]: (opens, closes) for letter in days})


def _read_note(week: _Week, note: str) -> bool:
    """Takes the note into the week; False when something in it is not understood."""
    rest = unicodedata.normalize("NFKC", note).replace("〜", "~").strip()
    while rest:
        if separator := _SEPARATOR.match(rest):
            rest = rest[separator.end() :]
            continue
        for pattern, take in _CLAUSES:
            found = pattern.match(rest)
            if found and take(week, found):
                rest = rest[found.end() :]
                break
        else:
            return False
    return True


def _nothing(week: _Week, found: re.Match[str]) -> bool:
    return True


def _exclude(week: _Week, found: re.Match[str]) -> bool:
    for item in re.findall(_EXCLUDED, found[0]):
        if item == "祝日":
            week.holidays_off = True
        elif item == "年末年始":
            week.year_end = "年末年始を除く"
        elif item.startswith("第"):
            numbers = ",".join(re.findall(r"\d", item))
            week.rules.append(f"We[{numbers}] off")
        elif "/" in item:
            dates = [_date(each) for each in item.split("~")]
            if None in dates:
                return False
            week.rules.append(f"{'-'.join(str(each) for each in dates)} off")
        # 臨時休業日: a day closed for once cannot be known beforehand, anywhere.
    return True


def _open_days(week: _Week, found: re.Match[str]) -> bool:
    week.open_days_only = True
    return True


def _until(week: _Week, found: re.Match[str]) -> bool:
    day, closes = DAYS[found[1]], clock_time(found[2])
    if day not in week.times or closes is None or closes <= week.times[day][0]:
        return False
    week.times[day] = (week.times[day][0], closes)
    return True


def _between(week: _Week, found: re.Match[str]) -> bool:
    opens, closes = clock_time(found[3]), clock_time(found[4])
    days = [DAYS[letter] for letter in found[1]]
    if opens is None or closes is None or closes <= opens or not set(days) <= set(week.times):
        return False
    week.times |= dict.fromkeys(days, (opens, closes))
    if found[2]:
        week.holidays = (opens, closes)
    return True


def _some_weeks(week: _Week, found: re.Match[str]) -> bool:
    days = {DAYS[letter] for letter in found[1].split("・")}
    week.doubtful |= days
    return days <= set(week.times)


_CLAUSES = (
    (_NOTHING_MORE, _nothing),
    (_EXCLUSION, _exclude),
    (_OPEN_DAYS_ONLY, _open_days),
    (_SOME_WEEKS, _some_weeks),
    (_DAYS_UNTIL, _until),
    (_DAYS_BETWEEN, _between),
)


def _date(text: str) -> str | None:
    month, day = (int(each) for each in text.split("/"))
    return f"{MONTHS[month - 1]} {day:02d}" if 1 <= month <= 12 and 1 <= day <= 31 else None


def _written(week: _Week) -> str:
    sure = {day: times for day, times in week.times.items() if day not in week.doubtful}
    all_week = set(week.times) == set(WEEK)
    plain = not (
        week.rules or week.doubtful or week.open_days_only or week.year_end or week.holidays_off
    )
    if all_week and plain and set(sure.values()) == {("00:00", "24:00")}:
        return "24/7"
    rules = [f"{span} {times[0]}-{times[1]}" for span, times in _spans(sure)]
    doubtful = {day: week.times[day] for day in week.doubtful}
    rules += [
        f'{span} {times[0]}-{times[1]} unknown "開館日のみ"' for span, times in _spans(doubtful)
    ]
    usual = next(iter(week.times.values()))
    if week.holidays_off:
        rules.append("PH off")
    elif week.holidays:
        rules.append(f"PH {week.holidays[0]}-{week.holidays[1]}")
    elif week.open_days_only or not all_week:
        rules.append(f"PH {usual[0]}-{usual[1]} unknown")
    rules += week.rules
    reason = week.year_end or ("開所日のみ" if week.open_days_only else None)
    if reason and not any("Dec" in rule for rule in week.rules):
        days = ",".join(span for span, _ in _spans(dict.fromkeys(week.times, usual)))
        rules.append(f'{YEAR_END} {days} {usual[0]}-{usual[1]} unknown "{reason}"')
    return "; ".join(rules)


def _spans(times: dict[str, tuple[str, str]]) -> list[tuple[str, tuple[str, str]]]:
    """Days with the same times together, as ``Mo-Fr`` or ``Mo,We-Su``."""
    groups: dict[tuple[str, str], list[int]] = {}
    for number, day in enumerate(WEEK):
        if day in times:
            groups.setdefault(times[day], []).append(number)
    return [(_ranges(numbers), each) for each, numbers in groups.items()]


def _ranges(numbers: list[int]) -> str:
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(WEEK[a] if a == b else f"{WEEK[a]}-{WEEK[b]}" for a, b in found)


_FLOOR = re.compile(r"(地下|B)?(\d{1,2})(?:階|F(?![A-Za-z]))")
_FLOOR_KANJI = re.compile(r"(?<![十統唯])([一二三四五六七八九])階")
_KANJI = "一二三四五六七八九"
_RANGE_OF_FLOORS = re.compile(r"\d[・、,]\d+(?:[・、,]\d+)*階")


def floor_of(text: str) -> int | None:
    """The floor that a place's description names: 0 the ground floor, -1 the first basement.

    Japan counts the ground floor as 1階. None when no floor, or more than one, is named, or when
    one of several spots (separated by 、) has none.
    """
    plain = unicodedata.normalize("NFKC", text)
    if _RANGE_OF_FLOORS.search(plain):
        return None
    found = [_floors(spot) for spot in plain.split("、")]
    floors = set().union(*found)
    return floors.pop() if len(floors) == 1 and all(found) else None


def _floors(spot: str) -> set[int]:
    floors = {-int(number) if below else int(number) - 1 for below, number in _FLOOR.findall(spot)}
    return floors | {_KANJI.index(number) for number in _FLOOR_KANJI.findall(spot)}
