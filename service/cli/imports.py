"""`hotline import`: matters from a CSV or JSON lines file; again after a break, without doubling."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli.connection import Refused, connect
from service.cli.show import console, table
from service.clock import CITY_ZONE

# What a column may be called, in small letters; the first that a file has is taken.
NAMES: Mapping[str, tuple[str, ...]] = {
    "source_id": ("source_id", "id", "编号", "留言编号", "工单编号", "unique key"),
    "received_at": ("received_at", "at", "时间", "留言时间", "受理时间", "created date"),
    "title": ("title", "标题", "留言主题", "主题", "complaint type"),
    "text": ("text", "content", "内容", "留言详情", "诉求内容", "descriptor"),
    "category_l1": ("category_l1", "l1", "一级标签", "一级分类"),
    "category_l2": ("category_l2", "l2", "二级标签", "二级分类"),
    "matter_type": ("matter_type", "诉求类型"),
    "channel": ("channel", "渠道", "来源"),
    "division_code": ("division_code", "区划代码"),
    "address": ("address", "地址", "incident address"),
    "name": ("name", "user", "姓名", "留言用户"),
    "phone": ("phone", "电话", "联系电话"),
}
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%m/%d/%Y %I:%M:%S %p")
# Blanks that text copied from a form is padded with; the wide one is meant.
_BLANKS = " \t\r\n　\u00a0\u200b\ufeff"


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    values: Mapping[str, Any]
    fault: str = ""


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "mapped", multiple=True, metavar="COLUMN=FIELD", help="Take FIELD from this column.")
@click.option("--channel", default="WEB", show_default=True, help="The channel of rows that name none.")
@click.option("--refused", type=click.Path(dir_okay=False, path_type=Path), help="Where refused rows are written.")
@click.pass_obj
def import_(
    reach: tuple[str | None, str | None], file: Path, mapped: tuple[str, ...], channel: str, refused: Path | None
) -> None:
    """File the matters of FILE (.csv or .jsonl); columns are found by their names.

    Each row is known by the file's name and its id (or its line): importing the file again files only what is missing.
    """
    rows = list(_rows(file))
    columns = _columns(next((row.values for row in rows if not row.fault), {}), mapped)
    if "text" not in columns and "title" not in columns:
        known = ", ".join(NAMES["text"])
        raise click.ClickException(
            f"{file.name} has no column with the text of a matter ({known}). Name it: --map COLUMN=text."
        )
    connection = connect(*reach)
    told: Counter[str] = Counter()
    bad: list[dict[str, Any]] = []
    seen: Counter[str] = Counter()
    bar = Progress(TextColumn(file.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console)
    with bar:
        for row in bar.track(rows):
            try:
                matter = _matter(row, columns, channel) | {"source": file.name}
                matter["source_id"] = _named(matter.get("source_id") or f"line {row.line}", seen)
                answer = connection.call("POST", "/hotline/v1/matters", matter)
                told["filed" if answer["created"] else "there already"] += 1
            except (Refused, ValueError) as error:
                if isinstance(error, Refused) and error.status not in (400, 409, 422):
                    raise
                told["refused"] += 1
                reason = error.message if isinstance(error, Refused) else str(error)
                bad.append({**row.values, "_line": row.line, "_reason": reason})
    table(("rows", "number"), told.items(), empty="The file has no rows.")
    target = refused or file.with_suffix(".refused.jsonl")
    if bad:
        target.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in bad), encoding="utf-8")
        click.echo(f"The refused rows are in {target}, each with its reason. Mend them and import that file.")


def _named(id_: str, seen: Counter[str]) -> str:
    """The id of a row; one that a file has twice is two matters, until somebody merges them."""
    seen[id_] += 1
    return id_ if seen[id_] == 1 else f"{id_} #{seen[id_]}"


def _rows(file: Path) -> Iterator[_Row]:
    if file.suffix.lower() == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            for values in reader:
                yield _Row(reader.line_num, values)
        return
    for line, text in enumerate(file.read_text("utf-8-sig").splitlines(), 1):
        if not text.strip():
            continue
        try:
            read = json.loads(text)
        except ValueError as error:
            yield _Row(line, {"_text": text}, f"the line is no JSON: {error}")
            continue
        if isinstance(read, dict):
            yield _Row(line, {name: value for name, value in read.items() if not name.startswith("_")})
        else:
            yield _Row(line, {"_text": text}, "the line is no JSON object")


def _columns(row: Mapping[str, Any], mapped: tuple[str, ...]) -> dict[str, str]:
    """Field → column of this file."""
    small = {name.strip().lower(): name for name in row if name}
    columns = {
        field: small[found] for field, names in NAMES.items() if (found := next((n for n in names if n in small), None))
    }
    for pair in mapped:
        column, _, field = pair.partition("=")
        if column.strip().lower() not in small or field not in NAMES:
            raise click.ClickException(f"--map {pair}: columns are {', '.join(small)}; fields are {', '.join(NAMES)}.")
        columns[field] = small[column.strip().lower()]
    return columns


def _matter(row: _Row, columns: Mapping[str, str], channel: str) -> dict[str, Any]:
    """The row as the interface takes a matter. Raises ValueError naming the column that does not fit."""
    if row.fault:
        raise ValueError(row.fault)
    given = {field: row.values.get(column) for field, column in columns.items()}
    found = {field: str(value).strip(_BLANKS) for field, value in given.items() if value is not None}
    matter: dict[str, Any] = {field: text for field, text in found.items() if text}
    if "received_at" in matter:
        matter["received_at"] = _instant(matter["received_at"], columns["received_at"])
    matter.setdefault("title", matter.get("text", "")[:40])
    matter.setdefault("text", matter["title"])
    matter.setdefault("channel", channel)
    # The declaration was made where the matters were first received.
    return {"matter_type": "HELP", "truth_declaration": True} | matter


def _instant(text: str, column: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = next(filter(None, (_strptime(text, form) for form in _FORMATS)), None)  # type: ignore[assignment]
        if moment is None:
            raise ValueError(f"{column}: “{text}” is no date and time, such as 2026-02-10 09:30:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=CITY_ZONE)).isoformat()


def _strptime(text: str, form: str) -> datetime | None:
    try:
        return datetime.strptime(text, form)
    except ValueError:
        return None


COMMANDS = (import_,)
