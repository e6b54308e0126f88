"""What a changed table would have decided in past matters: asked again for what history says it was asked.

Each table is asked by itself: what other tables make of its answer is not followed. A table that, even as it stood
then, comes to another answer than history has kept reads more than its own columns; of that nothing can be told.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, RowMapping, cast, func, select

from service import dmn, feel
from service.dmn.record import DecisionFailure
from service.dmn.types import fit
from service.engine import Engine, decision_graphs, decision_records, deployments
from service.feel.environment import Compiled, Scope
from service.feel.values import FeelLimit
from service.hotline.fields import Eyes
from service.hotline.protections import NOTHING, Marks
from service.store.tables import decision_definition, decision_requirements, history, process_instance, protection

# How many evaluations are looked at, of which those of the file are asked again.
STEPS = (1_000, 5_000, 20_000)
# What every table may read besides its columns.
_PARAMETERS = "parameters"
_EXAMPLES = 5
HIDDEN = "…"
_UNKNOWN = object()


@dataclass
class Otherwise:
    """An answer that would be another: `was` and `would` as people read them, with some of the matters."""

    decision_id: str
    was: str
    would: str
    count: int = 0
    matters: list[str] = field(default_factory=list)


@dataclass
class BackTest:
    """`looked_at` of `kept` evaluations in history; of those that are of the file, how many come out how."""

    kept: int
    looked_at: int
    same: int = 0
    unknown: Counter[str] = field(default_factory=Counter)
    otherwise: dict[tuple[str, str, str], Otherwise] = field(default_factory=dict)

    @property
    def changed(self) -> Sequence[Otherwise]:
        return sorted(self.otherwise.values(), key=lambda one: (-one.count, one.decision_id, one.was))

    @property
    def asked(self) -> int:
        return self.same + sum(self.unknown.values()) + sum(one.count for one in self.otherwise.values())


def run(connection: Connection, engine: Engine, eyes: Eyes, name: str, content: bytes, id_: str, most: int) -> BackTest:
    """Ask the tables of a changed file again, for somebody; raises ModelRejected if it cannot be read.

    What they may not read of a decision is counted, and not shown.
    """
    found = deployments.read([(name, content)], decision_graphs.Deployed(connection, engine, engine.clock()))
    model = found.requirements[id_].model
    lines, parameters = _lines(connection, id_, most), dict[int, Any]()
    total = select(func.count()).select_from(history).where(history.c.kind == "decision")
    kept = int(connection.execute(total).scalar_one())
    told = BackTest(kept, min(most, kept))
    for line in lines:
        row = {**line, "data": engine.protection.line(line, line["data_key"])}
        before = engine.decision_model(connection, row["requirements_key"])
        for one in row["data"]["evaluated"]:
            if one["decision_id"] == _PARAMETERS:
                parameters[row["root_key"]] = one["output"]
        for one in row["data"]["evaluated"]:
            table, old = _table(model, one["decision_id"]), _table(before, one["decision_id"])
            if old is not None and one["decision_id"] in model.decisions:
                _count(told, engine, eyes, one, row, (old, before), (table, model), parameters.get(row["root_key"]))
    return told


def _lines(connection: Connection, id_: str, most: int) -> Sequence[RowMapping]:
    """Of the newest evaluations those of the file."""
    newest = (
        select(history.c.key, history.c.instance_key, history.c.at, history.c.data, history.c.sealed)
        .where(history.c.kind == "decision")
        .order_by(history.c.key.desc())
        .limit(most)
        .subquery()
    )
    query = (
        select(
            newest,
            process_instance.c.root_key,
            process_instance.c.business_id,
            process_instance.c.data_key,
            protection.c.secrecy,
            protection.c.confidential,
            decision_definition.c.requirements_key,
        )
        .join(process_instance, process_instance.c.key == newest.c.instance_key)
        .outerjoin(protection, protection.c.root_key == process_instance.c.root_key)
        .join(
            decision_definition,
            decision_definition.c.key == cast(newest.c.data["decision_key"].as_string(), BigInteger),
        )
        .join(decision_requirements, decision_requirements.c.key == decision_definition.c.requirements_key)
        .where(decision_requirements.c.requirements_id == id_)
        .order_by(newest.c.key.desc())
    )
    return list(connection.execute(query).mappings())


def _count(
    told: BackTest,
    engine: Engine,
    eyes: Eyes,
    one: Mapping[str, Any],
    row: Mapping[str, Any],
    old: tuple[dmn.DecisionTable, dmn.DecisionModel],
    new: tuple[dmn.DecisionTable | None, dmn.DecisionModel],
    parameters: Any,
) -> None:
    id_ = one["decision_id"]
    read = decision_records.spelled_out(old[1], one)
    marks = Marks(row["secrecy"], row["confidential"]) if row["secrecy"] else NOTHING
    is_open = eyes.decided(read, marks) == read
    given = {each["expression"]: each["value"] for each in read["inputs"]}
    asked = (given, parameters, engine, row["at"])
    was = _answer(old[0], old[1].decisions[id_], asked)
    would = _answer(new[0], new[1].decisions[id_], asked) if new[0] is not None else _UNKNOWN
    if would is _UNKNOWN or was is _UNKNOWN or was != one["output"]:
        told.unknown[id_] += 1
    elif would == was:
        told.same += 1
    else:
        shown = _shown(was, would) if is_open else (HIDDEN, HIDDEN)
        found = told.otherwise.setdefault((id_, *shown), Otherwise(id_, *shown))
        found.count += 1
        if (
            is_open
            and row["business_id"]
            and row["business_id"] not in found.matters
            and len(found.matters) < _EXAMPLES
        ):
            found.matters.append(row["business_id"])


def _answer(
    table: dmn.DecisionTable, decision: dmn.Decision, asked: tuple[Mapping[str, Any], Any, Engine, datetime]
) -> Any:
    """What a table answers for the values of its columns; _UNKNOWN if it has a column that was not asked for then."""
    given, parameters, engine, at = asked
    if any(column.text not in given for column in table.inputs):
        return _UNKNOWN
    # A column goes by the value that it had, not by an expression that needs what is not kept.
    values = {f"column {number}": given[column.text] for number, column in enumerate(table.inputs)}
    columns = [replace(one, expression=_reading(f"column {number}")) for number, one in enumerate(table.inputs)]
    fed = replace(table, inputs=tuple(columns))
    env = engine.environment(lambda: at)
    try:
        scope = Scope({_PARAMETERS: parameters, **given, **values}, env, outside=True)
        return feel.to_json(fit(fed(scope), decision.type, env))
    except DecisionFailure as failure:
        return {"failed": str(failure)}
    except (ArithmeticError, FeelLimit, RecursionError, ValueError):
        return _UNKNOWN


def _reading(name: str) -> Compiled:
    return lambda scope: scope.find(name)


def _table(model: dmn.DecisionModel, id_: str) -> dmn.DecisionTable | None:
    found = model.decisions.get(id_)
    return found.logic if found is not None and isinstance(found.logic, dmn.DecisionTable) else None


def _shown(was: Any, would: Any) -> tuple[str, str]:
    """Both as people read them; of lists and contexts what the other has not."""
    if isinstance(was, list) and isinstance(would, list) and len(was) == len(would):
        pairs = [(one, other) for one, other in zip(was, would, strict=True) if one != other]
        return _text([one for one, _ in pairs]), _text([other for _, other in pairs])
    if isinstance(was, list) and isinstance(would, list):
        return _text([one for one in was if one not in would]), _text([one for one in would if one not in was])
    if isinstance(was, dict) and isinstance(would, dict):
        names = [name for name in {**was, **would} if was.get(name) != would.get(name)]
        return tuple(_text({name: one[name] for name in names if name in one}) for one in (was, would))  # type: ignore[return-value]
    return _text(was), _text(would)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)[:300]
