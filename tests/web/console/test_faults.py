"""Whatever deployment and the studio say is wrong is said in Chinese too."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from service.web.console import faults

PROJECT = Path(__file__).parents[3]
SAYING = (
    "bpmn/lint/*.py", "bpmn/read/*.py", "bpmn/vocabulary.py", "bpmn/four_eyes.py", "bpmn/migration.py",
    "dmn/lint/*.py", "dmn/read.py", "dmn/imports.py", "dmn/item_definitions.py", "dmn/table_xml.py",
    "engine/deployments.py", "engine/decision_graphs.py", "forms.py",
    "hotline/model_checks.py", "hotline/model_drafts.py", "hotline/model_starts.py",
)  # fmt: skip
CHINESE = re.compile("[\u4e00-\u9fff]")


def test_every_reason_and_mend_of_the_vocabulary_has_its_words() -> None:
    page = (PROJECT / "docs/vocabulary.md").read_text(encoding="utf-8")
    told = [text for line in re.findall(r"^\d+\. (.+)$", page, re.M) for text in re.split(r" (?:→|/) ", line)]
    assert len(told) > 100
    assert _lacking(told) == []


def test_every_sentence_of_the_checks_has_its_words() -> None:
    files = [file for pattern in SAYING for file in (PROJECT / "service").glob(pattern)]
    told = [text for file in files for text in _sentences(ast.parse(file.read_text(encoding="utf-8")))]
    assert len(told) > 300
    assert _lacking(told) == []


def test_what_stands_in_a_sentence_is_put_into_words_too() -> None:
    assert faults.in_chinese("A userTask is not run here.") == "这里不运行用户任务。"
    assert faults.in_chinese("The table of the decision “<b>” has no output column.") == "决策“<b>”的表没有结果列。"
    assert faults.in_chinese("In the decision “<b>”, something else is wrong") is None


def _lacking(texts: list[str]) -> list[str]:
    return sorted({one for one in texts if not CHINESE.search(faults.in_chinese(one) or "")})


def _sentences(tree: ast.Module) -> Iterator[str]:
    """Texts that are whole sentences; Ω stands for what is put in."""
    inside = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    about = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if node in inside or node in about:
            continue
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "Ω" for part in node.values)
        if re.match(r"(“?Ω|“|[A-Z])", text) and text.endswith(".") and " " in text:
            yield text
