from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from shared.hours import OpeningState, opening_at, validate_hours
from shared.scenarios.japanese import clock_time, floor_of, opening_hours

ALL, WORKDAYS, TO_SATURDAY = "月火水木金土日", "月火水木金", "月火水木金土"


@pytest.mark.parametrize(
    ("days", "start", "end", "note", "hours"),
    [
        (ALL, "8:30", "17:15", "", "Mo-Su 08:30-17:15"),
        (ALL, "0:00", "23:59", "終日利用可能", "24/7"),
        (ALL, "0:00", "24:00", "", "24/7"),
        (ALL, "7:00", "1700", "", "Mo-Su 07:00-17:00"),
        (ALL, "19:30", "23:30", "", "Mo-Su 19:30-23:30"),
        ("平日", "9:00", "17:00", "", "Mo-Fr 09:00-17:00; PH off"),
        ("土日祝以外", "8:50", "17:25", "使用の際は守衛に確認してください",
         "Mo-Fr 08:50-17:25; PH off"),
        (WORKDAYS, "8:30", "17:15", "祝日、12/29～1/3を除く",
         "Mo-Fr 08:30-17:15; PH off; Dec 29-Jan 03 off"),
        (WORKDAYS, "8:30", "17:00", "祝日、12/29～1/3除く",
         "Mo-Fr 08:30-17:00; PH off; Dec 29-Jan 03 off"),
        (ALL, "9:00", "21:00", "日曜日は9：00～17：00、8/13～8/15、12/29～1/3を除く",
         "Mo-Sa 09:00-21:00; Su 09:00-17:00; Aug 13-Aug 15 off; Dec 29-Jan 03 off"),
        (ALL, "9:00", "21:00", "日曜日は9：00～17：00、（祝日、8/13～8/15、12/29～1/3を除く）",
         "Mo-Sa 09:00-21:00; Su 09:00-17:00; PH off; Aug 13-Aug 15 off; Dec 29-Jan 03 off"),
        (TO_SATURDAY, "8:30", "17:15", "土曜日は12：30まで。祝日、12/29～1/3を除く。",
         "Mo-Fr 08:30-17:15; Sa 08:30-12:30; PH off; Dec 29-Jan 03 off"),
        (TO_SATURDAY, "9:00", "22:00", "土曜日及び祝日は9:00～17：00。12/29～1/3を除く。",
         "Mo-Fr 09:00-22:00; Sa 09:00-17:00; PH 09:00-17:00; Dec 29-Jan 03 off"),
        (TO_SATURDAY, "7:30", "19:00", "土曜7:30～17:00\n開所日のみ。",
         "Mo-Fr 07:30-19:00; Sa 07:30-17:00; PH 07:30-19:00 unknown; "
         'Dec 28-Jan 05 Mo-Sa 07:30-19:00 unknown "開所日のみ"'),
        (TO_SATURDAY, "7:45", "18:30", "開所日のみ。土曜日は7:45から17:00まで",
         "Mo-Fr 07:45-18:30; Sa 07:45-17:00; PH 07:45-18:30 unknown; "
         'Dec 28-Jan 05 Mo-Sa 07:45-18:30 unknown "開所日のみ"'),
        (TO_SATURDAY, "8:30", "17:00",
         "祝日、12/29～1/3を除く。月・土は開館日のみ（第1・3土曜開館、その翌週月曜休館）",
         'Tu-Fr 08:30-17:00; Mo,Sa 08:30-17:00 unknown "開館日のみ"; PH off; Dec 29-Jan 03 off'),
        ("火水木金土日", "13:00", "20:30", "土日は10:00～20:30",
         "Tu-Fr 13:00-20:30; Sa-Su 10:00-20:30; PH 13:00-20:30 unknown"),
        (ALL, "9:00", "17:00", "第１・第３水曜日除く", "Mo-Su 09:00-17:00; We[1,3] off"),
        (ALL, "9:00", "22:00", "12/29～1/3及び臨時休業日を除く",
         "Mo-Su 09:00-22:00; Dec 29-Jan 03 off"),
        (WORKDAYS, "9:00", "17:00", "年末年始を除く",
         "Mo-Fr 09:00-17:00; PH 09:00-17:00 unknown; "
         'Dec 28-Jan 05 Mo-Fr 09:00-17:00 unknown "年末年始を除く"'),
    ],
)  # fmt: skip
def test_hours_that_are_understood(days: str, start: str, end: str, note: str, hours: str) -> None:
    assert opening_hours(days, start, end, note) == hours
    validate_hours(hours)


@pytest.mark.parametrize(
    ("days", "start", "end", "note"),
    [
        ("", "", "", ""),
        ("", "", "", "学校開校日に随時"),
        (ALL, "", "", "開園時間中利用可"),
        (ALL, "8:30", "17:15", "友引、1/1を除く"),
        ("火水木金土日", "9:00", "17:00", "月曜休館（祝日の場合は翌日）を除く"),
        ("火水木金土日", "9:00", "21:00", "日曜は17:00まで。祝日の翌日及び12/29～1/3を除く"),
        ("月水木金土日", "9:00", "17:00", "金・土・祝日前日は21:00まで。"),
        (ALL, "7:00", "23:00", "12/29～1/3を除く。２Ｆ管理事務室内設置のものは8:30～18:30。"),
        (TO_SATURDAY, "7:00", "18:00", "7:00～18:00(平日)、8:00～16:00(土曜日)"),
        (ALL, "8:00", "17:00", "8/1～8/20は8:00～18:10"),
        (ALL, "8:00", "17:00", "13/40を除く"),
        (WORKDAYS, "9:00", "17:00", "土曜日は12:00まで"),
        (ALL, "17:00", "9:00", ""),
        (ALL, "9:00", "9:00", ""),
        (ALL, "25:00", "26:00", ""),
        ("月月", "9:00", "17:00", ""),
        ("毎日", "9:00", "17:00", ""),
        ("", "9:00", "17:00", ""),
    ],
)
def test_hours_that_are_not_understood_are_unknown(
    days: str, start: str, end: str, note: str
) -> None:
    assert opening_hours(days, start, end, note) is None


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2026-05-07 10:00", OpeningState.OPEN),
        ("2026-05-07 19:30", OpeningState.CLOSED),
        ("2026-05-09 16:59", OpeningState.OPEN),
        ("2026-05-09 17:30", OpeningState.CLOSED),
        ("2026-05-10 10:00", OpeningState.CLOSED),  # a Sunday
        ("2026-05-05 10:00", OpeningState.UNKNOWN),  # Children's Day
        ("2026-05-05 23:00", OpeningState.CLOSED),
        ("2026-12-30 10:00", OpeningState.UNKNOWN),
    ],
)
def test_a_nursery_is_open_when_it_says(at: str, state: OpeningState) -> None:
    hours = opening_hours(TO_SATURDAY, "7:30", "19:00", "開所日のみ。土曜日は17:00まで。")
    moment = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    assert opening_at(hours, "Asia/Tokyo", "JP", moment).state is state


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("9:00", "09:00"), ("９：３０", "09:30"), ("1700", "17:00"), ("24:00", "24:00"),
        ("24:30", None), ("9:60", None), ("", None), ("朝", None), ("9", None),
    ],
)  # fmt: skip
def test_times_of_day(text: str, time: str | None) -> None:
    assert clock_time(text) == time


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        ("１階ロビー", 0), ("2Fスタッフステーション内", 1), ("一階事務所", 0), ("地下1階", -1),
        ("B2F 駐車場", -2), ("第一生命ビル新館9F", 8), ("アクア中新町ビル８階事務所内", 7),
        ("本館1F北側 東館1階", 0), ("正面入口横1階事務所内", 0),
        ("", None), ("正面右側階段の上り口", None), ("職員室", None),
        ("１階ロビー、３階エレベーターホール", None),
        ("体育館西側、本館２階職員室前廊下", None), ("1・2・3階各モール側", None),
        ("①１階受付②３階受付", None),
    ],
)  # fmt: skip
def test_floors(text: str, floor: int | None) -> None:
    assert floor_of(text) == floor
