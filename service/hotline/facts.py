"""The facts of a matter: a row that each step brings up to date, and that its history gives again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, bindparam, case, delete, func, insert, select, update

from service.engine.followed import FollowedStep
from service.hotline import figure_counts
from service.hotline.countable import MATTERS
from service.hotline.fact_sources import Fact, Sources, Told, shipped
from service.store import rows
from service.store.tables import element_instance, history, matter, matter_fact, process_instance
from service.store.unit_of_work import Database

_AT_ONCE = 200
_GIVEN = "given_"  # before the name of a fact: what it is given by a statement

# All facts of a matter by their names.
Row = dict[str, Any]


def follow(connection: Connection, step: FollowedStep) -> None:
    """A follower: what a step tells of its matter is written in the step's own transaction."""
    sources = shipped()
    told = list(sources.told(step.process_id, step.elements, step.variables, step.state != "ACTIVE", step.at))
    if sources.begins.of(step.process_id, step.elements) and step.business_id and step.instance_key == step.root_key:
        row = folded({}, told)
        connection.execute(rows.add(matter_fact), [_blank() | row | _of(step.business_id, step.root_key)])
    elif told:
        _change(connection, step.root_key, folded_step(told))


def folded(row: Row, told: Iterable[Told]) -> Row:
    """The facts after these were told, in order."""
    for fact, value in told:
        row[fact.name] = fact.keep.fold(row, fact, value)
    return row


def folded_step(told: Sequence[Told]) -> dict[Fact, Any]:
    """What one step tells of each fact."""
    together: dict[Fact, Any] = {}
    for fact, value in told:
        if fact.keep.name == "count":
            together[fact] = together.get(fact, 0) + value
        elif fact.keep.name != "first" or fact not in together:
            together[fact] = value
    return together


def rebuilt(connection: Connection, numbers: Sequence[str], elsewhere: Mapping[str, Sequence[int]]) -> dict[str, Row]:
    """The facts of matters as their history gives them; `elsewhere`: number → the other processes about it."""
    sources = shipped()
    own = process_instance.c
    query = select(own.key, own.business_id).where(own.process_id == sources.begins.process)
    found_roots = connection.execute(query.where(own.business_id.in_(numbers), own.key == own.root_key))
    roots = {one.key: str(one.business_id) for one in found_roots}
    of_root = {**roots, **{key: number for number in numbers for key in elsewhere.get(number, ())}}
    query = select(own.key, own.root_key, own.process_id, own.ended_at).where(own.root_key.in_(of_root))
    instances = {one.key: one for one in connection.execute(query.where(own.process_id.in_(sources.processes)))}
    found: dict[str, Row] = {number: _blank() | _of(number, key) for key, number in roots.items()}
    for at, _, key, elements, variables, has_ended in sorted(
        _events(connection, sources, instances), key=itemgetter(0, 1)
    ):
        row = found.get(of_root[instances[key].root_key])
        if row is not None:
            folded(row, sources.told(instances[key].process_id, elements, variables, has_ended, at))
    return found


def rebuild(database: Database, *, changes: bool = True) -> Iterator[tuple[int, list[str]]]:
    """Give all matters the facts that their history gives, unless none `changes`.

    Tells again and again how many were looked at and which of them had others.
    """
    with database.read() as connection:
        numbers = list(connection.execute(select(matter.c.number).order_by(matter.c.number)).scalars())
        elsewhere = _elsewhere(connection)
    if changes:
        with database.write() as connection:
            figure_counts.forget(connection)
    for start in range(0, len(numbers), _AT_ONCE):
        batch = numbers[start : start + _AT_ONCE]
        with (database.write if changes else database.read)() as connection:
            found = rebuilt(connection, batch, elsewhere)
            there = connection.execute(select(matter_fact).where(matter_fact.c.number.in_(batch))).mappings()
            known = {row["number"]: {**row, "is_counted": False} for row in there}
            others = [number for number in batch if found.get(number) != known.get(number)]
            if changes and others:
                connection.execute(delete(matter_fact).where(matter_fact.c.number.in_(others)))
                connection.execute(insert(matter_fact), [found[number] for number in others if number in found])
        yield len(batch), others


def catch_up(database: Database) -> None:
    """Read the facts of matters out of their history where there are none yet, as in a store of an earlier version."""
    figure_counts.know_rules(database)
    with database.read() as connection:
        has_facts = connection.execute(select(matter_fact.c.number).limit(1)).first()
        has_matters = connection.execute(select(matter.c.number).limit(1)).first()
    if has_matters and not has_facts:
        for _ in rebuild(database):
            pass


def _change(connection: Connection, root_key: int, told: Mapping[Fact, Any]) -> None:
    names = frozenset(fact.name for fact in told)
    given = {_GIVEN + fact.name: value for fact, value in told.items()}
    if connection.execute(_statement(names, "root_key"), given | {"of_root_key": root_key}).rowcount:
        return
    # Its figures are counted already, or it is told by a process that is not the matter's own.
    number = connection.execute(select(matter_fact.c.number).where(matter_fact.c.root_key == root_key)).scalar()
    if number is None:
        of_root = process_instance.c.key == root_key
        number = connection.execute(select(_matter_no()).where(of_root)).scalar()
    if number is not None:
        figure_counts.take_back(connection, MATTERS, number)
        connection.execute(_statement(names, "number"), given | {"of_number": number})


@cache
def _statement(names: Collection[str], by: str) -> Update:
    """Facts are only changed while they are not counted."""
    facts, given = matter_fact.c, dict[str, ColumnElement[Any]]()
    for name in names:
        fact, value = shipped().facts[name], bindparam(_GIVEN + name, type_=facts[name].type)
        match fact.keep.name:
            case "first":
                given[name] = func.coalesce(facts[name], value)
            case "count":
                given[name] = facts[name] + value
            case "until":
                given[name] = case((facts[fact.keep.until].is_(None), value), else_=facts[name])
            case _:
                given[name] = value
    mine = facts[by] == bindparam(f"of_{by}", type_=facts[by].type)
    return update(matter_fact).where(mine, MATTERS.uncounted).values(given)


def _events(
    connection: Connection, sources: Sources, instances: Mapping[int, Any]
) -> Iterator[tuple[Any, int, int, tuple[str, ...], Mapping[str, Any], bool]]:
    element, line = element_instance.c, history.c
    query = select(element.key, element.instance_key, element.element_id, element.started_at)
    query = query.where(element.instance_key.in_(instances), element.element_id.in_(sources.elements))
    for one in connection.execute(query):
        yield one.started_at, one.key, one.instance_key, (one.element_id,), {}, False
    lines = select(line.key, line.instance_key, line.at, line.data)
    for one in connection.execute(lines.where(line.instance_key.in_(instances), line.kind == "variables")):
        yield one.at, one.key, one.instance_key, (), one.data["variables"], False
    for key, instance in instances.items():
        if instance.ended_at is not None:
            yield instance.ended_at, key, key, (), {}, True


def _elsewhere(connection: Connection) -> dict[str, list[int]]:
    """Number → the keys of the processes that are about a matter and not its own."""
    sources, own = shipped(), process_instance.c
    others = own.process_id.in_(sources.processes - {sources.begins.process})
    found: dict[str, list[int]] = {}
    for key, number in connection.execute(select(own.key, _matter_no()).where(others, own.key == own.root_key)):
        if number is not None:
            found.setdefault(number, []).append(key)
    return found


def _matter_no() -> Any:
    return process_instance.c.variables["matter_no"].as_string()


def _of(number: str, root_key: int) -> Row:
    return {"number": number, "root_key": root_key}


def _blank() -> Row:
    return dict(_nothing_known())


@cache
def _nothing_known() -> Row:
    return {one.name: getattr(one.default, "arg", None) for one in matter_fact.columns}
