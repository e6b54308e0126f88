"""Decision tables for tests, written down as rows of cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from service import dmn, feel

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(decisions: str, namespace: str = "drawn") -> bytes:
    """A file with these decisions."""
    return (
        f'<definitions xmlns="{MODEL}" id="{namespace}" name="{namespace}" namespace="{namespace}">'
        f"{decisions}</definitions>"
    ).encode()


def import_(name: str, namespace: str) -> str:
    return f'<import name="{name}" namespace="{namespace}" importType="{MODEL}" />'


def literal(text: str, kind: str = "") -> str:
    typed = f" typeRef={quoteattr(kind)}" if kind else ""
    return f"<literalExpression{typed}><text>{escape(text)}</text></literalExpression>"


def input_data(name: str, kind: str = "Any") -> str:
    return f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}" /></inputData>'


def needs(kind: str, *references: str) -> str:
    """Arrows from what is required: of the kind Input, Decision or Knowledge."""
    arrow = "knowledgeRequirement" if kind == "Knowledge" else "informationRequirement"
    return "".join(f'<{arrow}><required{kind} href="{one}" /></{arrow}>' for one in references)


def decision(id_: str, logic: str, *required: str) -> str:
    needs = "".join(
        f'<informationRequirement><requiredDecision href="#{one}" /></informationRequirement>' for one in required
    )
    return f'<decision id="{id_}" name="{id_}"><variable name="{id_}" />{needs}{logic}</decision>'


def cell(name: str, text: str) -> str:
    return f"<{name}><text>{escape(text)}</text></{name}>"


def column(name: str, text: str, kind: str, values: str = "") -> str:
    allowed = cell("inputValues", values) if values else ""
    expression = f"<inputExpression typeRef={quoteattr(kind)}><text>{escape(text)}</text></inputExpression>"
    return f'<input id="in-{name}" label={quoteattr(name)}>{expression}{allowed}</input>'


def output(name: str, kind: str = "Any", values: str = "", default: str = "") -> str:
    allowed = cell("outputValues", values) if values else ""
    otherwise = cell("defaultOutputEntry", default) if default else ""
    return f'<output id="out-{name}" name={quoteattr(name)} typeRef={quoteattr(kind)}>{allowed}{otherwise}</output>'


def table(
    inputs: Sequence[str], outputs: Sequence[str], rows: Sequence[str], attributes: str = 'hitPolicy="UNIQUE"'
) -> str:
    """A table; each row is `input cell | input cell -> output cell | output cell # annotation`."""
    drawn = ""
    for number, row in enumerate(rows, 1):
        cells, _, note = row.partition(" # ")
        before, _, after = cells.rpartition("->")
        tested = [cell("inputEntry", text.strip()) for text in before.split("|")] if inputs else []
        entered = [cell("outputEntry", text.strip()) for text in after.split("|")]
        described = f"<description>{escape(note)}</description>" if note else ""
        drawn += f'<rule id="row-{number}">{described}{"".join(tested)}{"".join(entered)}</rule>'
    return f"<decisionTable {attributes}>{''.join(inputs)}{''.join(outputs)}{drawn}</decisionTable>"


def evaluate(xml: bytes, id_: str, **variables: Any) -> dmn.DecisionResult:
    return dmn.evaluate(dmn.read_model(xml, "drawn.dmn"), id_, variables, feel.Environment(now=lambda: NOW))
