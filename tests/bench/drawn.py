"""Decision tables of any size and graphs of any length, as DMN and as rows by hand."""

from __future__ import annotations

from decimal import Decimal
from xml.sax.saxutils import escape

from tests.bench.by_hand import Row, Test

_OPEN = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="{0}" name="{0}" namespace="bench">'
_KINDS = {"district": "string", "kind": "string", "amount": "number", "age": "number", "urgent": "boolean"}


def rows(rules: int, inputs: int) -> list[Row]:
    """Rules for every pair of district and kind, of which one fits a case; inputs come by fives."""
    kinds = max(2, rules // 25)
    found = []
    for number in range(rules):
        district, kind = divmod(number, kinds)
        test = Test(
            districts=frozenset({f"d{district}", f"d{district}-old"}),
            kind=f"k{kind}",
            low=Decimal(number),
            high=Decimal(number + 1000),
            younger=Decimal(18 + number % 50) if number % 3 else None,
            urgent=bool(number % 2) if number % 5 else None,
        )
        found.append(Row((test,) * (inputs // 5), Decimal(number)))
    return found


def case_of(row: Row) -> dict[str, object]:
    """Variables that fit a row, and no other."""
    found: dict[str, object] = {}
    for number, test in enumerate(row.tests):
        found |= {
            f"district_{number}": min(test.districts),
            f"kind_{number}": test.kind,
            f"amount_{number}": test.low + 1,
            f"age_{number}": Decimal(17),
            f"urgent_{number}": bool(test.urgent),
        }
    return found


def table(name: str, drawn: list[Row]) -> bytes:
    """The same rules as a decision table with the hit policy Unique."""
    names = [f"{column}_{number}" for number in range(len(drawn[0].tests)) for column in _KINDS]
    inputs = "".join(
        f'<input id="{one}"><inputExpression typeRef="{_KINDS[one.partition("_")[0]]}"><text>{one}</text>'
        "</inputExpression></input>"
        for one in names
    )
    rules = "".join(
        f'<rule id="r{number}">{"".join(map(_cells, row.tests))}'
        f'<outputEntry id="o{number}"><text>{row.days}</text></outputEntry></rule>'
        for number, row in enumerate(drawn)
    )
    output = '<output id="days" name="days" typeRef="number"/>'
    return _model(name, names, f'<decisionTable id="table" hitPolicy="UNIQUE">{inputs}{output}{rules}</decisionTable>')


def _cells(test: Test) -> str:
    cells = [
        ", ".join(f'"{one}"' for one in sorted(test.districts)),
        f'"{test.kind}"',
        f"[{test.low}..{test.high})",
        "-" if test.younger is None else f"< {test.younger}",
        "-" if test.urgent is None else str(test.urgent).lower(),
    ]
    return "".join(f"<inputEntry><text>{escape(one)}</text></inputEntry>" for one in cells)


def _model(name: str, inputs: list[str], logic: str) -> bytes:
    data = "".join(f'<inputData id="i-{one}" name="{one}"/>' for one in inputs)
    needs = "".join(f"<informationRequirement>{_needs(f'i-{one}', 'Input')}</informationRequirement>" for one in inputs)
    decision = f'<decision id="{name}" name="{name}">{needs}{logic}</decision>'
    return f"{_OPEN.format(name)}{data}{decision}</definitions>".encode()


def graph(name: str, decisions: int) -> bytes:
    """Decisions of which each needs the two before it; the last has the graph's name."""
    drawn = []
    ids = ["amount", "amount", *(f"{name}_{number}" for number in range(decisions - 1)), name]
    for number in range(decisions):
        before, last, id_ = ids[number : number + 3]
        kinds = ["Input" if one == "amount" else "Decision" for one in (before, last)]
        needs = "".join(
            f"<informationRequirement>{_needs(one, kind)}</informationRequirement>"
            for one, kind in dict(zip((before, last), kinds, strict=True)).items()
        )
        text = escape(f"if {last} > {before} then {before} + {last} else {last} - {before} + {number}")
        logic = f"<literalExpression><text>{text}</text></literalExpression>"
        drawn.append(f'<decision id="{id_}" name="{id_}">{needs}{logic}</decision>')
    return f'{_OPEN.format(name)}<inputData id="amount" name="amount"/>{"".join(drawn)}</definitions>'.encode()


def _needs(id_: str, kind: str) -> str:
    return f'<required{kind} href="#{id_}"/>'
