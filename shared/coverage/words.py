"""The words of a coverage report, in both languages."""

from __future__ import annotations

EN = {
    "title": "Coverage: {scenario}",
    "lead": "{people} people, {arrests} cardiac arrests expected a year; {when}",
    "when_week": "mean over the week of {day}, hour by hour",
    "when_moment": "at {moment}",
    "result": "Who and what is within reach",
    "result_text": "Share of people, of area and of expected arrests that each tier reaches in "
    "time, summed over weights. Seconds count from the call (from the order for units) to the "
    "entrance: delivery, answer, turnout and taking an AED are in them, floors are not.",
    "possible": "Coverage is who could be asked and how soon they would be there. It does not "
    "promise that anybody answers: that is what the simulation is for.",
    "synthetic": "This scenario has made-up records: its numbers compare plans with each other, "
    "and say nothing about the place.",
    "unknown": "Hours that nobody knows are neither open nor closed. AEDs with such hours count "
    "{p} (the policy's chance that they are open); {n} of {all} AEDs that may be used have them. "
    "The column says how much of the share rests on them. A station of unknown hours sends its "
    "units, as it does in dispatch.",
    "flattered": "Nobody knows where people live here: rescuers' homes stand in for everybody's. "
    "That flatters rescuers and whatever they bring. Give where people live with --demand.",
    "tier": "Tier", "within": "Within (s)", "people": "People", "area": "Area",
    "arrests": "Expected arrests", "unknown_share": "Of the people, by unknown hours",
    "map": "How soon: {tier}",
    "map_text": "Seconds at the middle of each H3 cell in which people live, the median over the "
    "week weighed with the hours of arrests. Larger cells stand for many small ones where there "
    "are more than the page can show.",
    "map_within": "within {s} s", "map_later": "later than {s} s, or never",
    "stations": "first-aid stations and emergency centre",
    "hours": "Hour by hour", "hours_text": "Share of people within {s} s in each hour of the week.",
    "days": "Mon Tue Wed Thu Fri Sat Sun",
    "units": "By county", "units_h3": "By area (H3 cells stand in: no county boundaries are known)",
    "unit": "Unit", "units_text": "Share of people within {s} s.",
    "more": "{n} more areas with fewer people are in the JSON document.",
    "gaps": "Gaps of {tier}: not reached within {s} s",
    "gaps_text": "Cells by the arrests that are expected there each year while nobody comes in "
    "time. An AED, a station or a course here counts most.",
    "cell": "H3 cell", "place": "Latitude, longitude", "gap_arrests": "Arrests a year",
    "nearest": "Nearest (s)", "reached": "Reached",
    "circles": "The 10-minute circle",
    "circles_text": "What the units of each station reach within {s} s when they stand in front of "
    "it. Stations without units reach nobody: {bare}.",
    "station": "Station", "city": "All stations together",
    "population": "Population", "share": "Share", "area_km2": "Area (km²)",
    "targets": "Beside rules and aims",
    "target": "Measure", "value": "Here", "aim": "Aim", "source": "Source",
    "assumptions": "What was assumed", "sources": "Sources and how to repeat this",
    "scenario_says": "What the scenario says of itself",
    "routing": "Ways", "h3-grid": "straight lines × route factor", "streets": "streets",
    "demand": "Demand", "aeds": "AEDs", "presence": "live places", "rescuers": "rescuers",
    "units_many": "units", "stations_many": "stations",
    "records": "Records", "as_of": "Registry as of", "policy": "Policy",
    "starts": "Seconds before anybody moves", "attribution": "Attribution", "cells": "Cells",
    "area_is": "Area is that of the H3 cells in which the demand has people.",
    "arrests_are": "Arrests: {rate} per 100,000 people a year (background knowledge, to be "
    "replaced by local counts); by hour of day as in the Resuscitation Outcomes Consortium, or as "
    "in the incidents that were given.",
    "footer": "Lifering {version}. For planning only.",
    "aed": "AED", "rescuer": "rescuer", "chain": "rescuer and AED",
    "health-centre": "health centre", "station_tier": "first-aid station",
    "ambulance": "ambulance",
    "start_aed": "AED taken", "start_rescuer_day": "rescuer by day",
    "start_rescuer_night": "rescuer by night", "start_ambulance": "ambulance",
    "start_health_team": "health team",
    "none": "none",
}  # fmt: skip

ZH = {
    "title": "覆盖分析：{scenario}",
    "lead": "人口{people}，预计每年心脏骤停{arrests}例；{when}",
    "when_week": "{day}所在一周逐小时平均",
    "when_moment": "{moment}时刻",
    "result": "各层级的覆盖",
    "result_text": "各层级在时限内可达的人口、面积与预计骤停例数的比例，按权重求和。"
    "秒数自呼叫（急救单元自指令）起，至入口为止：含通知送达、应答、出动与取AED的时间，不含上楼。",
    "possible": "覆盖说明可以通知谁、多久可到，不保证有人应答；应答情况由模拟给出。",
    "synthetic": "本情景含虚构数据：数字只用于方案之间的比较，不说明该地的实际情况。",
    "unknown": "开放时间未知既不算开放也不算关闭。此类AED按{p}计（策略所设的开放概率）；"
    "可用的{all}台AED中有{n}台。右列为其中依赖未知时间的部分。"
    "开放时间未知的急救站照常派出单元，与调度一致。",
    "flattered": "此处没有人口分布数据，以救护员住处代替全体居民，"
    "救护员及其携带设备的覆盖因此偏高。请用--demand提供人口分布。",
    "tier": "层级", "within": "时限（秒）", "people": "人口", "area": "面积",
    "arrests": "预计骤停", "unknown_share": "人口中依赖未知时间的部分",
    "map": "可达时间：{tier}",
    "map_text": "每个有人居住的H3网格中心的秒数，为一周内按骤停时段加权的中位数。"
    "网格过多时以较大的网格代表。",
    "map_within": "{s}秒以内", "map_later": "超过{s}秒，或不可达",
    "stations": "急救站与急救中心",
    "hours": "逐小时覆盖", "hours_text": "一周各小时{s}秒内可达的人口比例。",
    "days": "周一 周二 周三 周四 周五 周六 周日",
    "units": "各县（市、区）", "units_h3": "各区域（无县界数据，以H3网格代替）",
    "unit": "单元", "units_text": "{s}秒内可达的人口比例。",
    "more": "另有{n}个人口较少的区域见JSON文件。",
    "gaps": "{tier}的空白：{s}秒内不可达",
    "gaps_text": "按每年预计在无人及时到达时发生的骤停例数排列。"
    "在此处增设AED、急救站或开展培训收效最大。",
    "cell": "H3网格", "place": "纬度，经度", "gap_arrests": "每年例数",
    "nearest": "最近（秒）", "reached": "已可达比例",
    "circles": "10分钟急救圈",
    "circles_text": "各站单元停于站前时{s}秒内可达的范围。没有单元的站点不覆盖任何人：{bare}。",
    "station": "站点", "city": "全部站点合计",
    "population": "人口", "share": "比例", "area_km2": "面积（平方公里）",
    "targets": "与规范和目标对照",
    "target": "指标", "value": "现状", "aim": "目标", "source": "来源",
    "assumptions": "假设", "sources": "来源与复现方法",
    "scenario_says": "情景说明",
    "routing": "路径", "h3-grid": "直线距离×路径系数", "streets": "街道路网",
    "demand": "需求分布", "aeds": "AED", "presence": "实时位置", "rescuers": "救护员",
    "units_many": "急救单元", "stations_many": "站点",
    "records": "记录数", "as_of": "登记数据时间", "policy": "策略",
    "starts": "出动前的秒数", "attribution": "数据署名", "cells": "网格数",
    "area_is": "面积为有人居住的H3网格面积之和。",
    "arrests_are": "骤停：每10万人每年{rate}例（背景知识，应以本地数据替换）；"
    "按小时分布取自Resuscitation Outcomes Consortium，或取自所给的既往事件。",
    "footer": "Lifering {version}。仅供规划使用。",
    "aed": "AED", "rescuer": "救护员", "chain": "救护员与AED",
    "health-centre": "卫生服务中心", "station_tier": "急救站", "ambulance": "救护车",
    "start_aed": "取AED", "start_rescuer_day": "救护员（日间）",
    "start_rescuer_night": "救护员（夜间）", "start_ambulance": "救护车",
    "start_health_team": "卫生服务中心团队",
    "none": "无",
}  # fmt: skip

WORDS = {"en": EN, "zh-CN": ZH}

STATION_TIERS = {
    "emergency_centre": ("Emergency centre", "急救中心"),
    "first_aid_station": ("First-aid station", "急救站"),
    "community_health_centre": ("Community health centre", "社区卫生服务中心"),
    "township_health_centre": ("Township health centre", "乡镇卫生院"),
}
"""English and Chinese."""

TARGETS = {
    "aeds_per_100k_zhejiang": (
        "AEDs per 100,000 people (Zhejiang)", "每10万人AED数（浙江）", "浙江"),
    "aeds_per_100k_shanghai": (
        "AEDs per 100,000 people (Shanghai, more than)", "每10万人AED数（上海，超过）",
        "上海，2025年"),
    "aeds_per_100k_shenzhen": (
        "AEDs per 100,000 people (Shenzhen)", "每10万人AED数（深圳）", "深圳"),
    "aed_within_180_s": (
        "Arrests with an AED within 180 s", "180秒内有AED的骤停比例",
        "3至5分钟内AED到场（广州，征求意见稿）"),
    "aed_within_300_s": (
        "Arrests with an AED within 300 s", "300秒内有AED的骤停比例",
        "3至5分钟内AED到场（广州，征求意见稿）"),
    "volunteers_4_and_aed_within_500_m": (
        "People with 4 volunteers and an AED within 500 m", "500米内有4名志愿者和1台AED的人口比例",
        "丹麦：500米内至少4名志愿者和1台AED"),
    "health-centre_within_600_s": (
        "Arrests reached by a health centre within 600 s", "卫生服务中心600秒内可达的骤停比例",
        "10分钟急救圈（三明）"),
    "station_within_600_s": (
        "Arrests reached by a first-aid station within 600 s", "急救站600秒内可达的骤停比例",
        "10分钟急救圈（三明）"),
    "ambulance_within_600_s": (
        "Arrests reached by an ambulance within 600 s", "救护车600秒内可达的骤停比例",
        "10分钟急救圈（三明）"),
    "cpr_and_shock_in_time": (
        "Arrests where CPR and a shock can both be in time", "心肺复苏与除颤均可及时的骤停比例",
        "策略所设的时限"),
    "station_within_5_km": (
        "People within 5 km of a first-aid station (towns)", "急救站5公里内的人口比例（城区）",
        "中国120服务目标，2025年：城区半径5公里，农村10至20公里"),
    "station_within_10_km": (
        "People within 10 km of a first-aid station (country)", "急救站10公里内的人口比例（农村）",
        "中国120服务目标，2025年：城区半径5公里，农村10至20公里"),
    "station_within_20_km": (
        "People within 20 km of a first-aid station (country)", "急救站20公里内的人口比例（农村）",
        "中国120服务目标，2025年：城区半径5公里，农村10至20公里"),
    "mean_first_unit_urban": (
        "Mean time to the first unit (s), aim for towns",
        "首个急救单元平均到达时间（秒），城区目标",
        "杭州2027年：平均城区8分钟、农村12分钟、山区14分钟"),
    "mean_first_unit_rural": (
        "Mean time to the first unit (s), aim for the country",
        "首个急救单元平均到达时间（秒），农村目标",
        "杭州2027年：平均城区8分钟、农村12分钟、山区14分钟"),
    "mean_first_unit_mountain": (
        "Mean time to the first unit (s), aim for mountains",
        "首个急救单元平均到达时间（秒），山区目标",
        "杭州2027年：平均城区8分钟、农村12分钟、山区14分钟"),
}  # fmt: skip
"""English, Chinese, and the source in Chinese (the English one is with the target)."""
