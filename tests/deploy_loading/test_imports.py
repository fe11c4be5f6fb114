from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy import bulk, imports
from deploy.errors import UserError
from tests.deploy_loading.conftest import FakeGateway, Row

SHARED_DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture
def run(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Runs the command against the fake gateway; gives exit code and report."""
    real = bulk.gateway_client

    def fake(url: str, token: str) -> httpx.AsyncClient:
        return real(url, token, httpx.MockTransport(gateway))

    monkeypatch.setattr(bulk, "gateway_client", fake)
    monkeypatch.setenv("LIFERING_TOKEN", "a-registrar")

    def run(*arguments: str | Path) -> tuple[int, Row]:
        words = [*map(str, arguments), "--json", "--url", "http://gateway"]
        code = imports.main(words)
        report: Row = json.loads(capsys.readouterr().out)
        return code, report

    return run


def listed(folder: Path, text: str, encoding: str = "utf-8", name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def needed(*parts: str) -> Path:
    path = SHARED_DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(parts)} of the shared data, which is not here")
    return path


def test_rows_without_coordinates_are_refused_with_their_number(
    run: Any, gateway: FakeGateway
) -> None:
    code, report = run(
        "aeds", needed("aed_koeln", "aed.csv"), "--datum", "wgs84", "--id-prefix", "koeln-"
    )
    assert code == 1
    assert report["rows"] == 145
    assert report["accepted"] == report["created"] == 121
    assert report["refused"] == 24
    assert report["refused_rows"][0]["row"] == 18
    for refused in report["refused_rows"]:
        assert {error["field"] for error in refused["errors"]} <= {"latitude", "longitude"}
        assert all(error["mend"] for error in refused["errors"])
    kept = gateway.tables["aeds"]
    assert len(kept) == 121
    assert kept["koeln-1"]["place"]["latitude"] == 51.0216619
    assert kept["koeln-1"]["provenance"]["source"] == "aed.csv"
    # All free-text hours are unknown, and said so.
    assert not any("opening_hours" in row for row in kept.values())
    assert {warning["field"] for warning in report["warnings"]} == {"opening_hours"}


def test_all_german_hours_are_unknown_when_every_row_has_a_place(
    run: Any, gateway: FakeGateway, tmp_path: Path
) -> None:
    with needed("aed_koeln", "aed.csv").open(encoding="utf-8", newline="") as published:
        rows = list(csv.DictReader(published))
    for number, row in enumerate(rows, start=1):  # the list has one id twice
        row |= {"id": str(number), "latitude": "50.9", "longitude": "6.9"}
    file = tmp_path / "list.csv"
    with file.open("w", encoding="utf-8", newline="") as placed:
        writer = csv.DictWriter(placed, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    code, report = run("aeds", file, "--datum", "wgs84")
    assert code == 0
    assert report["accepted"] == 145
    assert len(report["warnings"]) == 27


def test_takamatsus_own_file(run: Any, gateway: FakeGateway) -> None:
    from datetime import date

    from shared.scenarios import load

    code, report = run(
        "aeds", needed("aed_takamatsu", "aed_location.csv"), "--datum", "wgs84",
        "--id-prefix", "tk-", "--licence", "CC BY 4.0",
    )  # fmt: skip
    assert (code, report["accepted"], report["refused"]) == (0, 450, 0)
    scenario = load("takamatsu", today=date(2026, 5, 1))
    for aed in scenario.aeds:
        number = int(aed["id"].removeprefix("aed-tk-"))
        row = gateway.tables["aeds"][f"tk-{number}"]
        for name in ("name", "opening_hours", "floor", "placement", "child_pads"):
            assert row.get(name) == aed.get(name), (number, name)
    again, report = run(
        "aeds", needed("aed_takamatsu", "aed_location.csv"), "--datum", "wgs84",
        "--id-prefix", "tk-", "--licence", "CC BY 4.0",
    )  # fmt: skip
    assert (again, report["unchanged"]) == (0, 450)


def test_fire_stations_with_a_tier_for_all(run: Any, gateway: FakeGateway) -> None:
    code, report = run(
        "stations", needed("aed_takamatsu", "fire_station.csv"), "--datum", "wgs84",
        "--set", "tier=first_aid_station",
    )  # fmt: skip
    assert (code, report["accepted"]) == (0, 13)
    assert gateway.tables["stations"]["fire-station-1"]["phone"] == "087-861-2500"


def test_no_datum_is_refused_with_the_mend(run: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    file = listed(tmp_path, "id,name,lat,lon\n1,A,26.2,117.6\n2,B,26.3,117.7\n")
    code, report = run("aeds", file)
    assert (code, report["accepted"], report["refused"]) == (1, 0, 2)
    (error,) = report["refused_rows"][0]["errors"]
    assert error["field"] == "datum"
    assert "--datum" in error["mend"]
    assert gateway.requests == []


def test_a_row_may_name_its_own_datum(run: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    file = listed(
        tmp_path, "编号,名称,纬度,经度,坐标系\n1,甲,26.2,117.6,GCJ-02\n2,乙,26.3,117.7,火星\n"
    )
    code, report = run("aeds", file, "--datum", "wgs84")
    assert (code, report["accepted"]) == (1, 1)
    assert gateway.tables["aeds"]["list-1"]["place"]["datum"] == "gcj02"
    (refused,) = report["refused_rows"]
    assert (refused["row"], refused["errors"][0]["field"]) == (2, "place.datum")


def test_the_ends_of_the_earth(run: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    file = listed(
        tmp_path,
        "id,name,latitude,longitude\n0,Null Island,0,0\n1,Too far north,91,0\n2,North,x,0\n",
    )
    code, report = run("aeds", file, "--datum", "wgs84")
    assert (code, report["accepted"]) == (1, 1)
    place = gateway.tables["aeds"]["list-0"]["place"]
    assert (place["latitude"], place["longitude"]) == (0, 0)
    north, text = report["refused_rows"]
    assert (north["row"], north["errors"][0]["field"]) == (2, "place.latitude")
    assert north["errors"][0]["mend"] == "send at most 90.0"
    assert (text["row"], text["errors"][0]["field"]) == (3, "latitude")


def test_a_row_is_taken_whole_or_not_at_all(run: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    file = listed(
        tmp_path,
        "id,name,lat,lon,pads_expire_on,child_pads,floor\n"
        "1,A,1,1,31.12.2027,ja,2\n"
        "2,B,1,1,soon,nein,1\n"
        "3,C,1,1,2027-02-30,maybe,\n"
        "1,D,1,1,,,\n",
    )
    code, report = run("aeds", file, "--datum", "wgs84")
    assert (code, list(gateway.tables["aeds"])) == (1, ["list-1"])
    row = gateway.tables["aeds"]["list-1"]
    assert (row["pads_expire_on"], row["child_pads"], row["floor"]) == ("2027-12-31", True, 2)
    fields = [[error["field"] for error in each["errors"]] for each in report["refused_rows"]]
    assert fields == [["pads_expire_on"], ["pads_expire_on", "child_pads"], ["id"]]
    assert "row 1" in report["refused_rows"][2]["errors"][0]["message"]


def test_what_the_registry_refuses_has_the_number_in_the_file(
    run: Any, gateway: FakeGateway, tmp_path: Path
) -> None:
    error = {"field": "id", "message": "is retired", "mend": "choose another"}
    gateway.refuse = lambda row: error if row["name"] == "C" else None
    file = listed(tmp_path, "id,name,lat,lon\n1,A,1,1\n2,B,,\n3,C,1,1\n")
    code, report = run("aeds", file, "--datum", "wgs84")
    assert (code, report["accepted"], report["refused"]) == (1, 1, 2)
    assert [each["row"] for each in report["refused_rows"]] == [2, 3]
    assert report["refused_rows"][1]["errors"] == [error]


def test_a_dry_run_sends_nothing_and_needs_no_server(
    run: Any, gateway: FakeGateway, tmp_path: Path
) -> None:
    file = listed(tmp_path, "id,name,lat,lon\n1,A,1,1\n")
    code, report = run("aeds", file, "--datum", "wgs84", "--dry-run")
    assert (code, report["accepted"], report["created"]) == (0, 1, 0)
    assert gateway.requests == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_lists_in_the_encodings_of_their_programs(
    run: Any, gateway: FakeGateway, tmp_path: Path, encoding: str
) -> None:
    text = (
        "编号;设备名称;详细地址;纬度;经度;坐标系;楼层;开放时间;柜门密码;电极片有效期;状态\n"
        "7;市民广场;三元区;26.25;117.62;wgs84;-1;Mo-Fr 08:00-18:00;2580;2027年3月1日;正常\n"
    )
    code, report = run("aeds", listed(tmp_path, text, encoding))
    assert code == 0
    row = gateway.tables["aeds"]["list-7"]
    assert row["name"] == "市民广场"
    assert row["floor"] == -1
    assert row["opening_hours"] == "Mo-Fr 08:00-18:00"
    assert (row["access_code"], row["code_required"]) == ("2580", True)
    assert (row["pads_expire_on"], row["state"]) == ("2027-03-01", "in_service")
    assert report["ignored_columns"] == []


def test_a_japanese_list_in_shift_jis(run: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    text = (
        "NO,名称,住所,緯度,経度,設置位置,利用可能曜日,開始時間,終了時間,利用可能日時特記事項,"
        "小児対応設備の有無\n"
        "1,市役所,番町,34.34,134.04,地下1階,月火水木金,8:30,17:15,祝日、12/29～1/3を除く,有\n"
    )
    code, report = run("aeds", listed(tmp_path, text, "cp932"), "--datum", "wgs84")
    assert (code, report["encoding"]) == (0, "cp932")
    row = gateway.tables["aeds"]["list-1"]
    assert row["opening_hours"] == "Mo-Fr 08:30-17:15; PH off; Dec 29-Jan 03 off"
    assert (row["floor"], row["child_pads"], row["name"]) == (-1, True, "市役所")


def test_geojson_from_openstreetmap(run: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    document = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": "node/4",
             "properties": {"name": "Mairie", "access": "yes", "level": "1",
                            "defibrillator:location": "hall", "opening_hours": "24/7"},
             "geometry": {"type": "Point", "coordinates": [7.42, 43.73]}},
            {"type": "Feature", "properties": {"name": "Zone"},
             "geometry": {"type": "Polygon", "coordinates": []}},
            {"type": "Feature", "properties": {"name": "Nowhere"}, "geometry": None},
        ],
    }  # fmt: skip
    file = listed(tmp_path, json.dumps(document), name="monaco.geojson")
    code, report = run("aeds", file, "--datum", "wgs84")
    assert (code, report["format"], report["accepted"], report["refused"]) == (1, "geojson", 1, 2)
    row = gateway.tables["aeds"]["monaco-node-4"]
    assert row["place"] == {"latitude": 43.73, "longitude": 7.42, "datum": "wgs84"}
    assert (row["access"], row["floor"], row["placement"]) == ("public", 1, "hall")
    assert [each["row"] for each in report["refused_rows"]] == [2, 3]


def test_our_own_rows_go_as_they_are(run: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    rows = [
        {"id": "aed-1", "name": "A", "place": {"latitude": 1, "longitude": 1, "datum": "wgs84"},
         "provenance": {"source": "a test"}},
        {"id": "aed-2", "name": "B", "place": {"latitude": 1, "longitude": 1},
         "provenance": {"source": "a test"}},
        "aed-3",
    ]  # fmt: skip
    file = listed(tmp_path, json.dumps(rows), name="aeds.json")
    code, report = run("aeds", file, "--datum", "wgs84")
    assert (code, report["accepted"]) == (1, 1)
    assert gateway.tables["aeds"] == {"aed-1": rows[0]}
    assert report["refused_rows"][0]["errors"][0]["field"] == "place.datum"


def test_rescuers_are_alerted_only_if_they_said_so(
    run: Any, gateway: FakeGateway, tmp_path: Path
) -> None:
    file = listed(
        tmp_path,
        "id,name,phone,state,credential_kind,expires_on,skills,lat,lon,transport_mode,"
        "consent_alerts\n"
        "1,甲,13800000000,已核验,first_aid,2027-01-31,cpr;aed,26.25,117.62,电动车,是\n"
        "2,乙,,,,,,26.25,117.62,,\n"
        "3,丙,,,,,,,,,\n",
    )
    code, report = run("rescuers", file, "--datum", "gcj02", "--set", "time_zone=Asia/Shanghai")
    assert (code, report["accepted"]) == (0, 3)
    first, second, third = gateway.tables["rescuers"].values()
    assert first["consent"] == {"alerts": True, "location": False}
    assert second["consent"] == {"alerts": False, "location": False}
    assert (first["state"], first["transport_mode"]) == ("verified", "e_bike")
    assert first["skills"] == ["cpr", "aed"]
    assert first["credential"]["expires_on"] == "2027-01-31"
    assert first["places"][0]["place"]["datum"] == "gcj02"
    assert third["places"] == []


def test_other_column_names_are_mapped(run: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    file = listed(tmp_path, "Wo,Nord,Ost,Typ\nA,50.9,6.9,hier\n")
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps({"name": "Wo", "latitude": "Nord", "longitude": "Ost"}))
    for given in (str(mapping), "name=Wo,latitude=Nord,longitude=Ost"):
        code, report = run("aeds", file, "--datum", "wgs84", "--mapping", given)
        assert (code, report["ignored_columns"]) == (0, ["Typ"])
    # Without an id of its own a row is found again by what it says.
    assert len(gateway.tables["aeds"]) == 1
    assert report["unchanged"] == 1


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        (None, [], "no such file"),
        ("", [], "is empty"),
        ("[1,", [], "is not JSON"),
        ('{"a": 1}', [], "must be a JSON array"),
        ("id,id\n1,2\n", [], "'id' is there twice"),
        ("id,name\n1,A\n", ["--mapping", "nam=name"], "no field 'nam'"),
        ("id,name\n1,A\n", ["--mapping", "name=wo"], "no column 'wo'"),
        ("id,name\n1,A\n", ["--mapping", "name"], "write field=column"),
        ("id,name\n1,A\n", ["--set", "colour=red"], "--set: write FIELD=VALUE"),
        ("id,name\n1,A\n", ["--encoding", "utf-99"], "leave --encoding out"),
    ],
)
def test_what_is_no_list_is_one_line(
    text: str | None, arguments: list[str], says: str, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    if text is not None:
        file.write_text(text, "utf-8")
    with pytest.raises(UserError, match=says) as caught:
        imports.main(["aeds", str(file), "--datum", "wgs84", *arguments])
    assert "\n" not in str(caught.value)


def test_a_row_with_too_many_fields_is_refused(
    run: Any, gateway: FakeGateway, tmp_path: Path
) -> None:
    file = listed(tmp_path, "id,name,lat,lon\n1,A,1,1,surplus\n2,B,1,1\n\n3,C,1,1,\n")
    code, report = run("aeds", file, "--datum", "wgs84")
    assert (code, list(gateway.tables["aeds"])) == (1, ["list-2", "list-3"])
    assert report["refused_rows"][0]["errors"][0]["field"] == "row"


def test_without_a_running_lifering_it_says_how_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIFERING_HOME", str(tmp_path / "home"))
    file = listed(tmp_path, "id,name,lat,lon\n1,A,1,1\n")
    with pytest.raises(UserError, match=r"\./lifering up"):
        imports.main(["aeds", str(file), "--datum", "wgs84"])


def test_for_people_the_report_is_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = listed(tmp_path, "id,name,lat,lon,opening_hours\n1,A,1,1,nachts\n2,B,91,1,\n")
    assert imports.main(["aeds", str(file), "--datum", "wgs84", "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert "2 rows: 1 would be accepted, 1 refused" in out
    assert "row 2: place.latitude" in out
    assert "row 1: opening_hours: 'nachts'" in out
