"""What each assumption is about, and its source, in the words of a report."""

from __future__ import annotations

from shared.simulation.assumptions import SOURCES

LABELS = {
    "arrests_per_100k": ("Arrests per 100,000 people a year", "每10万人每年心脏骤停例数"),
    "at_home": ("Share of arrests at home", "发生在家中的比例"),
    "bystander_cpr": ("Share with CPR by bystanders", "旁观者已实施心肺复苏的比例"),
    "shockable": ("Share of rhythms that can be shocked", "可除颤心律的比例"),
    "top_floor": ("Highest floor of homes", "住宅最高楼层"),
    "other_calls_per_1000": ("Other calls per 1,000 people a year", "每千人每年其他用车呼叫数"),
    "rescuers_per_100k": ("Rescuers per 100,000 people", "每10万人救护员数"),
    "decline_share": ("Of those who do not accept, decline", "未接受者中明确拒绝的比例"),
    "answer_spread": ("Spread of the time to answer", "应答时间的离散度"),
    "withdraw_share": (
        "Of those who accept and do not come, withdraw",
        "接受后未到者中主动退出的比例",
    ),
    "acknowledge_within_s": ("Units acknowledge within (s)", "急救单元确认时限（秒）"),
    "plan_gap_s": ("Planned anew at the earliest after (s)", "重新计划的最短间隔（秒）"),
    "on_scene_spread": ("Spread of times on scene and at hospital", "现场与医院停留时间的离散度"),
    "team_stays_s": ("A health-centre team stays (s)", "卫生服务中心团队停留时间（秒）"),
    "missing_s": ("An AED not found is passed over for (s)", "未找到的AED不再派取的时间（秒）"),
    "aed_state_days": ("A failed AED stays so for (days)", "AED故障持续时间（天）"),
    "horizon_s": ("Longest time that is told (s)", "统计的最长时间（秒）"),
    "redundant_from": ("Redundant is the rescuer number … and later", "自第几名到达者起视为多余"),
}
"""English and Chinese."""

SOURCES_ZH = {
    "arrests_per_100k": "中国发病率（背景知识，待核实）",
    "at_home": "BASIC-OHCA，2023年",
    "bystander_cpr": "BASIC-OHCA，2023年；自呼叫时起计",
    "shockable": "BASIC-OHCA，2023年；仅列出，生存曲线未按其加权",
    "top_floor": "假设：住宅为0至6层，公共场所为底层",
    "other_calls_per_1000": "假设：每千人每年需要救护车的呼叫",
    "rescuers_per_100k": "三明市2023年；未指定人口时据此推算",
    "decline_share": "假设：其余不作应答",
    "answer_spread": "假设：应答时间对数的标准差",
    "withdraw_share": "假设：其余始终未动身",
    "acknowledge_within_s": "调度服务的默认值，超时即改派",
    "plan_gap_s": "假设：距上次计划至少间隔此时间；实际调度对每次应答立即重新计划",
    "on_scene_spread": "假设：时间对数的标准差",
    "team_stays_s": "假设：团队在患者身边的时间",
    "missing_s": "调度服务：未找到或已使用的AED一天内不再派取",
    "aed_state_days": "假设：故障设备在该时段内保持故障",
    "horizon_s": "更长的时间按此计",
    "redundant_from": "研究显示获益可见至第三名志愿者（Gregers，JACC 2023）",
}


def label(name: str, language: str) -> str:
    """What a number is about."""
    english, chinese = LABELS[name]
    return chinese if language == "zh-CN" else english


def source(name: str, language: str) -> str:
    """Where it comes from."""
    return SOURCES_ZH[name] if language == "zh-CN" else SOURCES[name]
