"""`hotline import`: nothing is lost, nothing doubled, and what is refused says why."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select

from service.store.secrets import KeyRing
from service.store.tables import matter
from tests.cli.conftest import Hotline

ROW = {
    "编号": "7",
    "留言主题": "路灯不亮",
    "留言时间": "2026/2/10 9:30:00",
    "留言详情": "　新华路的路灯五天不亮了，请来修一修。",
}


def write(folder: Path, *rows: dict[str, Any], name: str = "matters.jsonl") -> str:
    file = folder / name
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return str(file)


def filed() -> list[tuple[str, str, str]]:
    with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
        rows = connection.execute(select(matter).order_by(matter.c.source_id)).mappings().all()
    keys = KeyRing.read(Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///")).with_name("data.keys").read_text())
    return [
        (row["source_id"], *(keys.open(row[name], "matter", row["number"], name) for name in ("title", "text")))
        for row in rows
    ]


def test_columns_are_found_by_their_names_in_chinese_too(hotline: Hotline, tmp_path: Path) -> None:
    result = hotline("import", write(tmp_path, ROW))
    assert result.exit_code == 0, result.output
    assert filed() == [("7", "路灯不亮", "新华路的路灯五天不亮了，请来修一修。")]


def test_a_csv_file_with_a_byte_order_mark_is_read(hotline: Hotline, tmp_path: Path) -> None:
    file = tmp_path / "matters.csv"
    file.write_text("\ufeff" + ",".join(ROW) + "\n" + ",".join(ROW.values()) + "\n", encoding="utf-8")
    assert hotline("import", str(file)).exit_code == 0
    assert [row[0] for row in filed()] == ["7"]


def test_importing_again_files_only_what_is_missing(hotline: Hotline, tmp_path: Path) -> None:
    hotline("import", write(tmp_path, ROW))
    again = hotline("import", write(tmp_path, ROW, ROW | {"编号": "8"}))
    assert "there already" in again.output
    assert [row[0] for row in filed()] == ["7", "8"]


def test_a_row_that_a_file_has_twice_is_two_matters_however_often_it_is_imported(
    hotline: Hotline, tmp_path: Path
) -> None:
    file = write(tmp_path, ROW, ROW)
    hotline("import", file)
    hotline("import", file)
    assert [row[0] for row in filed()] == ["7", "7 #2"]


def test_a_row_that_does_not_fit_is_written_with_its_reason_and_the_others_are_filed(
    hotline: Hotline, tmp_path: Path
) -> None:
    file = write(tmp_path, ROW, ROW | {"编号": "8", "留言时间": "yesterday"}, ROW | {"编号": "9"})
    Path(file).write_text(Path(file).read_text("utf-8") + "{no json\n", encoding="utf-8")
    result = hotline("import", file)
    assert [row[0] for row in filed()] == ["7", "9"]
    refused = [json.loads(line) for line in (tmp_path / "matters.refused.jsonl").read_text("utf-8").splitlines()]
    assert [(row["_line"], "yesterday" in row["_reason"]) for row in refused] == [(2, True), (4, False)]
    assert "matters.refused.jsonl" in result.output


def test_a_mended_file_of_refused_rows_can_be_imported(hotline: Hotline, tmp_path: Path) -> None:
    hotline("import", write(tmp_path, ROW | {"留言时间": "yesterday"}))
    refused = tmp_path / "matters.refused.jsonl"
    refused.write_text(refused.read_text("utf-8").replace("yesterday", "2026-02-10 09:30:00"), encoding="utf-8")
    assert hotline("import", str(refused)).exit_code == 0
    assert [row[0] for row in filed()] == ["7"]


def test_a_column_with_a_name_of_its_own_is_mapped(hotline: Hotline, tmp_path: Path) -> None:
    file = write(tmp_path, {"what": "新华路的路灯五天不亮了，请来修一修。"})
    assert "no column with the text" in hotline("import", file).output
    assert hotline("import", file, "--map", "what=text").exit_code == 0
    assert [row[0] for row in filed()] == ["line 1"]
