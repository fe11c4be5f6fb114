"""Column names as lists of AEDs, stations and rescuers have them, in four languages.

The names come from the lists at hand (Takamatsu's and Köln's), Japan's template for AED lists,
OpenStreetMap's tags and our own rows; anything else is named with ``--mapping``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path

from shared.errors import UserError

COMMON: dict[str, str] = {
    "id": "id #property @id no number nr 番号 编号 編號 设备编号 identifier",
    "name": "name 名称 施設名 施設名称 設置場所名称 名前 姓名 氏名 bezeichnung standort "
    "einrichtung 设备名称 单位名称 机构名称 地点名称 title",
    "latitude": "latitude lat 緯度 纬度 breitengrad breite geographische_breite y",
    "longitude": "longitude lon lng long 経度 经度 längengrad laengengrad länge "
    "geographische_länge x",
    "datum": "datum 坐标系 座標系 测地系 測地系 bezugssystem crs",
    "accuracy_m": "accuracy_m accuracy 精度",
    "address": "address 住所 所在地 地址 详细地址 adresse anschrift straße strasse addr:full",
    "opening_hours": "opening_hours opening-hours openinghours öffnungszeiten oeffnungszeiten "
    "开放时间 营业时间 利用可能時間 verfügbarkeit",
    "days": "availabledate 利用可能曜日 days_available",
    "start": "starttime 開始時間",
    "end": "endtime 終了時間",
    "note": "availabledatenote 利用可能日時特記事項",
    "time_zone": "time_zone timezone 時間帯 时区 zeitzone",
    "country": "country 国家代码 addr:country",
    "phone": "phone telephone telephonenumber 電話番号 携帯電話 电话 联系电话 手机 手机号 手机号码 "
    "telefon handy contact:phone",
    "synthetic": "synthetic 虚构",
}

ONLY: dict[str, dict[str, str]] = {
    "aeds": {
        "floor": "floor level 階 階数 楼层 stockwerk etage",
        "placement": "placement installationposition 設置位置 設置場所 位置 安装位置 放置位置 "
        "location_details defibrillator:location standortbeschreibung lagebeschreibung",
        "access": "access zugang zugänglichkeit 开放性质 利用制限",
        "access_code": "access_code 柜门密码 密码 箱门密码 暗証番号 zugangscode",
        "code_required": "code_required 需要密码 暗証番号の有無 code_erforderlich",
        "state": "state status 状态 設備状态 状態 zustand",
        "pads_expire_on": "pads_expire_on 电极片有效期 パッド使用期限 パッド期限 elektroden_ablauf",
        "battery_expires_on": "battery_expires_on 电池有效期 バッテリー使用期限 batterie_ablauf",
        "last_checked_at": "last_checked_at check_date 最近巡检 最近检查 最終点検日 letzte_prüfung",
        "child_pads": "child_pads equipmentforchildren 小児対応設備の有無 儿童电极片 小児用パッド "
        "kinderelektroden",
        "manufacturer": "manufacturer メーカー 厂家 品牌 hersteller",
        "model": "model 型番 型号 modell gerät",
        "serial": "serial serial_number シリアル番号 序列号 seriennummer",
        "keeper_name": "keeper_name operator 联系人 管理人 管理者 ansprechpartner betreiber",
    },
    "stations": {
        "tier": "tier 层级 机构类型 機関種別 ebene",
        "hospital": "hospital 是否医院 病院 krankenhaus",
        "capabilities": "capabilities 能力 fähigkeiten",
    },
    "rescuers": {
        "state": "state status 状态 状態",
        "credential_kind": "credential_kind credential 证书类型 資格 zertifikat",
        "credential_number": "credential_number 证书编号 证书号 資格番号 zertifikatsnummer",
        "issued_by": "issued_by 发证机构 発行者 ausgestellt_von",
        "issued_on": "issued_on 发证日期 発行日 ausgestellt_am",
        "expires_on": "expires_on 有效期至 有效期 证书有效期 有効期限 gültig_bis",
        "verified_on": "verified_on 核验日期 確認日",
        "skills": "skills 技能 fähigkeiten",
        "available": "available 是否可用 出動可能 verfügbar",
        "quiet_hours": "quiet_hours 免打扰时段 ruhezeiten",
        "transport_mode": "transport_mode 出行方式 移動手段 verkehrsmittel",
        "home_cell": "home_cell cell 住所网格",
        "home_latitude": "home_latitude 家庭纬度",
        "home_longitude": "home_longitude 家庭经度",
        "work_cell": "work_cell 单位网格",
        "work_latitude": "work_latitude 单位纬度",
        "work_longitude": "work_longitude 单位经度",
        "consent_alerts": "consent_alerts 同意接收警报 einwilligung_alarm",
        "consent_location": "consent_location 同意定位 einwilligung_ort",
    },
}

KINDS = tuple(ONLY)


def folded(column: str) -> str:
    """A column's name without case, width, spaces and punctuation."""
    plain = unicodedata.normalize("NFKC", column).casefold().strip()
    return re.sub(r"[\s_\-.()\[\]/:#@*]+", "", plain)


def aliases(kind: str) -> dict[str, str]:
    """Our field by folded column name; for people, ``latitude`` means where they live."""
    fields = {**COMMON, **ONLY[kind]}
    if kind == "rescuers":
        fields["home_latitude"] += " " + fields.pop("latitude")
        fields["home_longitude"] += " " + fields.pop("longitude")
        for unused in ("address", "opening_hours", "days", "start", "end", "note", "country"):
            fields.pop(unused)
    found: dict[str, str] = {}
    for field, names in fields.items():
        for name in (field, *names.split()):
            found.setdefault(folded(name), field)
    return found


def choose(kind: str, columns: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Which column each of our fields is read from; ``given`` (field to column) goes first.

    Raises :class:`UserError` for a field or a column that does not exist.
    """
    columns = list(columns)
    known = aliases(kind)
    fields = set(known.values())
    chosen: dict[str, str] = {}
    for field, column in given.items():
        if field not in fields:
            raise UserError(f"--mapping: no field {field!r}; there are {', '.join(sorted(fields))}")
        if column not in columns:
            raise UserError(f"--mapping: no column {column!r}; there are {', '.join(columns)}")
        chosen[field] = column
    for column in columns:
        field = known.get(folded(column), "")
        if field and column not in chosen.values():
            chosen.setdefault(field, column)
    return chosen


def parse_mapping(text: str | None, *, files: bool = True) -> dict[str, str]:
    """``field=column,field=column``, or (with ``files``) the name of a JSON file of such an object.

    ``files`` is for who runs the command line on a machine of their own, never for a server.
    """
    if text is None:
        return {}
    if files and text.endswith(".json"):
        try:
            found = json.loads(Path(text).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"--mapping: {text} cannot be read ({error})") from None
        if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
            raise UserError(f"--mapping: {text} must be an object of field names to column names")
        return found
    pairs: dict[str, str] = {}
    for part in text.split(","):
        field, equals, column = part.partition("=")
        if not equals or not field.strip() or not column.strip():
            raise UserError("--mapping: write field=column,field=column, or name a .json file")
        pairs[field.strip()] = column.strip()
    return pairs
