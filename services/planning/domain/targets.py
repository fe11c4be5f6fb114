"""What others aim at, with where it is written: what a planner compares a scenario with.

From DOMAIN.md section 4; numbers that are a recommendation for a whole province or country are no
law anywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Target:
    """One number to compare with."""

    id: str
    measure: str
    """What is compared, as a word that results use where they have it."""
    at_least: float | None
    at_most: float | None
    unit: str
    en: str
    zh: str
    source: str


_GUIDE = "AED guide of the National Health Commission of China, 国卫办医函〔2021〕602号"
_120 = "Targets for emergency calls 120, China, 2025"
_HANGZHOU = "Plan of Hangzhou for 2027"
_DANISH = "Danish definition of coverage by volunteers and AEDs"
_DISPATCHER = "Dispatcher CPR performance goals"


TARGETS: Final[tuple[Target, ...]] = (
    Target(
        "aed_density_shenzhen", "aeds_per_100k", 100.0, None, "per 100,000 people",
        "AEDs per 100,000 people in Shenzhen", "深圳每十万人 AED 数", _GUIDE + "; Shenzhen",
    ),
    Target(
        "aed_density_zhejiang", "aeds_per_100k", 45.0, None, "per 100,000 people",
        "AEDs per 100,000 people in Zhejiang", "浙江每十万人 AED 数", _GUIDE + "; Zhejiang",
    ),
    Target(
        "aed_density_shanghai", "aeds_per_100k", 50.0, None, "per 100,000 people",
        "AEDs per 100,000 people in Shanghai by 2025 (more than)",
        "上海 2025 年每十万人 AED 数（超过）", _GUIDE + "; Shanghai, 2025",
    ),
    Target(
        "aed_on_scene_low", "aed_s", None, 180.0, "s",
        "AED at the patient within 3 minutes (the shorter end)",
        "AED 3 分钟内送到患者身边（下限）", "Draft rule of Guangzhou",
    ),
    Target(
        "aed_on_scene", "aed_s", None, 300.0, "s",
        "AED at the patient within 5 minutes", "AED 5 分钟内送到患者身边",
        "Draft rule of Guangzhou",
    ),
    Target(
        "calls_answered", "share_answered_10s", 0.95, None, "share",
        "Calls answered within 10 seconds", "10 秒内接听的呼叫比例", _120,
    ),
    Target(
        "ambulances_out", "share_out_180s", 0.95, None, "share",
        "Ambulances on their way within 3 minutes", "3 分钟内出车的比例", _120,
    ),
    Target(
        "station_radius_urban", "station_radius_m", None, 5_000.0, "m",
        "Radius that a station serves, urban", "急救站服务半径（城市）", _120,
    ),
    Target(
        "station_radius_rural", "station_radius_m", None, 20_000.0, "m",
        "Radius that a station serves, rural (10 to 20 km)",
        "急救站服务半径（农村，10 至 20 公里）", _120,
    ),
    Target(
        "response_urban", "mean_ambulance_s", None, 480.0, "s",
        "Mean response time, urban", "平均反应时间（城区）", _HANGZHOU,
    ),
    Target(
        "response_rural", "mean_ambulance_s", None, 720.0, "s",
        "Mean response time, rural", "平均反应时间（农村）", _HANGZHOU,
    ),
    Target(
        "response_mountain", "mean_ambulance_s", None, 840.0, "s",
        "Mean response time, mountains and islands", "平均反应时间（山区、海岛）", _HANGZHOU,
    ),
    Target(
        "recognised", "recognised_s", None, 120.0, "s",
        "Arrest recognised by the dispatcher (less than)",
        "调度员识别心脏骤停（少于）", _DISPATCHER,
    ),
    Target(
        "telephone_cpr", "telephone_cpr_s", None, 180.0, "s",
        "Telephone CPR begun, from the call (less than)", "电话指导心肺复苏开始，自呼叫起（少于）",
        _DISPATCHER,
    ),
    Target(
        "volunteers_500m", "volunteers_within_500m", 4.0, None, "people",
        "Volunteers within 500 m", "500 米内的志愿者人数", _DANISH,
    ),
    Target(
        "aed_500m", "aeds_within_500m", 1.0, None, "devices",
        "AEDs within 500 m", "500 米内的 AED 数", _DANISH,
    ),
)  # fmt: skip
