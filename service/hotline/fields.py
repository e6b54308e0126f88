"""What somebody sees of a matter: the table field-access is asked here alone, whatever the answer is that shows it.

As whom somebody looks, the table viewer-standing says. A field is one of a matter's row, or a variable of its
processes. Which kind of content it holds, the table personal-fields says; what stands in no row of it is nothing
personal.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache
from sqlalchemy import ColumnElement, Connection, and_, false, literal, or_, select, true

from service import dmn, feel
from service.clock import in_city
from service.engine import Engine, versions
from service.errors import Conflict
from service.hotline import certificates, masking
from service.hotline.people import EXTERNAL, Viewer, is_agency
from service.hotline.protections import NOTHING, Marks
from service.store.tables import protection

ACCESS, FIELDS, STANDING, APART = "field-access", "personal-fields", "viewer-standing", "kept-apart"
KINDS = ("NAME", "PHONE", "HOME", "VOICE", "SAID", "PLACE", "OTHERS", "ATTACHMENT", "INTERNAL", "REPLY")
SECRECIES = ("NONE", "STATE", "COMMERCIAL", "PRIVACY", "RETALIATION")
# What stands for a value that is not shown.
VEIL = "***"

# What is kept back even where no table is deployed.
_WHO = {"name": "NAME", "phone": "PHONE"}
_MARKS = [Marks(*one) for one in product(SECRECIES, (False, True))]
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"(?<![\d.])\d[\d -]{5,}\d[\dXx]?")
# What a text must have to be looked for in others; two signs of Chinese may be a name.
_LEAST_SIGNS, _LEAST_BYTES = 4, 6


class Seen(NamedTuple):
    """What the table says: SHOW, MASK, HIDE or DENY, and why."""

    access: str
    because: str

    @property
    def is_whole(self) -> bool:
        return self.access == "SHOW"

    @property
    def may_be_asked_for(self) -> bool:
        """Whether it is shown in full to whoever says why."""
        return self.access in ("SHOW", "MASK")


_UNJUDGED = Seen("HIDE", "UNKNOWN")
_UNKNOWN = "UNKNOWN"  # a viewer of whom no table says what they are


@dataclass
class _Judge:
    """One version of the two tables."""

    model: dmn.DecisionModel
    engine: Engine
    answers: dict[tuple[Any, ...], Seen] = field(default_factory=dict)
    words: dict[tuple[Any, ...], str] = field(default_factory=dict)

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """Field → the kind of content that it holds."""
        return {name: kind for kind in KINDS for name in self._evaluate(FIELDS, {"kind": kind}) or ()}

    @cached_property
    def apart(self) -> frozenset[tuple[str, str]]:
        """The kinds of content, with the class of what is secret, that are kept apart."""
        if APART not in self.model.decisions:
            return frozenset()
        each = product(KINDS, SECRECIES)
        return frozenset(one for one in each if self._evaluate(APART, dict(zip(("kind", "secrecy"), one, strict=True))))

    def ask(self, kind: str, viewer: str, marks: Marks, purpose: str) -> Seen:
        asked = (kind, viewer, marks, purpose)
        if asked not in self.answers:
            given = {"kind": kind, "viewer": viewer, "purpose": purpose}
            said = self._evaluate(ACCESS, given | {"secrecy": marks.secrecy, "confidential": marks.confidential})
            self.answers[asked] = Seen(said["access"], said["because"]) if said else _UNJUDGED
        return self.answers[asked]

    def stands(self, roles: tuple[str, ...], of_agency: bool, has_certificate: bool, scope: str) -> str:
        """The word of the table for somebody who sees a matter at all."""
        asked = (roles, of_agency, has_certificate, scope)
        if asked not in self.words:
            given = {"viewer_roles": list(roles), "of_agency": of_agency, "has_certificate": has_certificate}
            word = self._evaluate(STANDING, given | {"token_scope": scope})
            if word is None:
                raise Conflict(f"The table {STANDING} has no row for {', '.join(roles) or 'nobody'}. Add one.")
            self.words[asked] = word
        return self.words[asked]

    def _evaluate(self, decision: str, given: Mapping[str, Any]) -> Any:
        result = dmn.evaluate_all(self.model, [decision], given, self.engine.environment())[0]
        if result.failed:
            raise Conflict(f"What may be shown could not be judged: {result.failure_message}", decision=decision)
        return feel.to_json(result.output)


_JUDGES: LRUCache[tuple[int, int], _Judge] = LRUCache(32)
_LOCK = Lock()


@dataclass(frozen=True)
class Eyes:
    """Somebody who looks, for a purpose: READ, EXPORT or PUBLISH. Where no table is deployed, nothing that is secret
    is shown, nor anybody's name."""

    viewer: str
    purpose: str
    judge: _Judge | None

    def of_kind(self, kind: str, marks: Marks = NOTHING) -> Seen:
        if self.judge is None:
            is_known = marks == NOTHING and kind not in _WHO.values()
            return Seen("SHOW", "NOT_PERSONAL") if is_known else _UNJUDGED
        return self.judge.ask(kind, self.viewer, marks, self.purpose)

    def of(self, name: str, marks: Marks = NOTHING) -> Seen:
        """Of one field."""
        return self.of_kind(self.kind(name), marks)

    def kind(self, name: str) -> str:
        return (self.judge.kinds if self.judge else _WHO).get(name, "OTHER")

    def shown(self, name: str, value: str, marks: Marks = NOTHING) -> str | None:
        """A field's text as it is shown: whole, masked, or not at all."""
        return self.shown_of_kind(self.kind(name), value, marks)

    def shown_of_kind(self, kind: str, value: str, marks: Marks = NOTHING) -> str | None:
        """The same of a text that is no field."""
        seen = self.of_kind(kind, marks)
        if seen.is_whole:
            return value
        return _MASKS.get(kind, mask_numbers)(value) if seen.access == "MASK" else None

    def lines(self, rows: Iterable[tuple[Mapping[str, Any], Marks]]) -> Iterator[dict[str, Any]]:
        """Rows of a list, as they are shown: what is not is empty, and a matter of which nothing is has no row."""
        for row, marks in rows:
            if all(self.of(name, marks).access == "DENY" for name in row):
                continue
            yield {name: self._cell(name, value, marks) for name, value in row.items()}

    def _cell(self, name: str, value: Any, marks: Marks) -> Any:
        if isinstance(value, str):
            return self.shown(name, value, marks) or ""
        return value if self.of(name, marks).is_whole else ""

    def veiled(self, marks: Marks = NOTHING) -> frozenset[str]:
        """The fields that are not shown whole."""
        return frozenset(name for name in (self.judge.kinds if self.judge else ()) if not self.of(name, marks).is_whole)

    def kept_apart(self, marks: Marks) -> frozenset[str]:
        """The fields that are kept in no matter that is so secret, but apart."""
        if self.judge is None:
            return frozenset()
        kinds = {kind for kind, secrecy in self.judge.apart if secrecy == marks.secrecy}
        return frozenset(name for name, kind in self.judge.kinds.items() if kind in kinds)

    def keeps_apart(self, kind: str, marks: Marks) -> bool:
        """Whether what is of this kind is kept in no matter that is so secret."""
        return self.judge is not None and (kind, marks.secrecy) in self.judge.apart

    def sees_what_is_kept_apart(self, marks: Marks) -> bool:
        """Whether all that is kept apart of such a matter is shown; of one that is not so secret, of any."""
        if self.judge is None:
            return False
        asked = {one for one in self.judge.apart if one[1] == marks.secrecy} or self.judge.apart
        return all(self.of_kind(kind, Marks(secrecy, marks.confidential)).is_whole for kind, secrecy in asked)

    def hides_all(self, marks: Marks) -> bool:
        """Whether nothing of what is secret may be shown because no table says what."""
        return self.judge is None and marks != NOTHING

    def told(self, values: Mapping[str, Any], marks: Marks = NOTHING) -> dict[str, Any]:
        """Variables, with a veil over what is not shown whole."""
        if self.hides_all(marks):
            return dict.fromkeys(values, VEIL)
        veiled = self.veiled(marks)
        if veiled.isdisjoint(values):
            return dict(values)
        return {name: VEIL if name in veiled and value not in (None, "") else value for name, value in values.items()}

    def decided(self, record: Mapping[str, Any], marks: Marks = NOTHING) -> dict[str, Any]:
        """What is told of a decision, without the values of inputs that are not shown whole, wherever they stand:
        outputs that copy them, or a part of them, too."""
        veiled = self.veiled(marks)
        values = [one["value"] for one in _inputs(record) if self.hides_all(marks) or _reads(one, veiled)]
        texts = set(_texts(values))
        return dict(_without(record, veiled, texts, self.hides_all(marks))) if values else dict(record)

    def is_veiled(self, name: ColumnElement[str], root_key: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether a variable is not shown whole, as a condition."""
        known = select(protection.c.root_key).where(protection.c.root_key == root_key).correlate_except(protection)
        if self.judge is None:
            return known.exists()
        usual, ways = self.veiled(), self._ways()
        secret = or_(false(), *(and_(_is_marked(marks), name.in_(names)) for marks, names in ways.items()))
        ever = usual.union(*ways.values())
        strange = protection.c.secrecy.not_in(SECRECIES)
        here = and_(name.in_(usual), ~known.exists())
        return and_(name.in_(ever), or_(here, known.where(or_(secret, strange)).exists()))

    def may_compare(self, name: str, root_key: ColumnElement[int]) -> ColumnElement[bool]:
        """The matters whose field of this name may be searched by what it holds: what is not shown must not be
        guessed either."""
        return ~self.is_veiled(literal(name), root_key) if self._ever(name) else true()

    def _ever(self, name: str) -> bool:
        return self.judge is None or any(not self.of(name, marks).is_whole for marks in _MARKS)

    def _ways(self) -> Mapping[Marks, frozenset[str]]:
        return {marks: self.veiled(marks) for marks in _MARKS if marks != NOTHING}


def eyes(
    connection: Connection,
    engine: Engine,
    viewer: Viewer | str,
    *,
    purpose: str = "READ",
    scopes: frozenset[str] | None = None,
) -> Eyes:
    """How somebody sees; `viewer` may be the word of the table itself (OWNER, PUBLIC, …), `scopes` are those of the
    token, if it is not for everything."""
    row = versions.in_effect(connection, "decision", ACCESS, engine.clock())
    judge = None
    if row is not None:
        with _LOCK:
            judge = _JUDGES.get((id(engine), row["requirements_key"]))
        if judge is None or judge.engine is not engine:
            judge = _Judge(engine.decision_model(connection, row["requirements_key"]), engine)
            with _LOCK:
                _JUDGES[id(engine), row["requirements_key"]] = judge
    if judge is None or isinstance(viewer, str):
        return Eyes(viewer if isinstance(viewer, str) else _UNKNOWN, purpose, judge)
    is_trained = EXTERNAL not in viewer.roles or certificates.is_held(
        connection, viewer.id, in_city(engine.clock()).date()
    )
    word = judge.stands(tuple(sorted(viewer.roles)), is_agency(viewer), is_trained, _scope(scopes))
    return Eyes(word, purpose, judge)


def published(connection: Connection, engine: Engine, told: Mapping[str, str]) -> dict[str, str]:
    """Texts as everybody is told them: where numbers by which somebody is called or found are nobody's to publish,
    without those. Raises Conflict for a field that is not to be published at all."""
    everybody = eyes(connection, engine, "PUBLIC", purpose="PUBLISH")
    if kept := sorted(name for name in told if not everybody.of(name).is_whole):
        raise Conflict(f"The table {ACCESS} does not let {', '.join(kept)} be published.", fields=kept)
    if everybody.of_kind("PHONE").is_whole:
        return dict(told)
    return {name: masking.without_numbers(text) for name, text in told.items()}


def _scope(scopes: frozenset[str] | None) -> str:
    """What a token was given for, in the word of the table; whom it concerns, a system is told only by name."""
    if scopes is None:
        return "ALL"
    if "personal" in scopes:
        return "PERSONAL"
    return "MATTERS" if "matters:read" in scopes else "NONE"


def mask_phone(phone: str) -> str:
    """Enough of a number to know it again, too little to call it."""
    return phone[:3] + "*" * (len(phone) - 5) + phone[-2:] if len(phone) >= 8 else "*" * len(phone)


def mask_name(name: str) -> str:
    return name[:1] + "*" * (len(name) - 1)


def mask_numbers(text: str) -> str:
    """Text without the numbers in it by which somebody can be called or found."""
    return _NUMBER.sub(lambda found: mask_phone(found[0]), text)


_MASKS = {"NAME": mask_name, "PHONE": mask_phone, "HOME": mask_name}


def _is_marked(marks: Marks) -> ColumnElement[bool]:
    return and_(protection.c.secrecy == marks.secrecy, protection.c.confidential.is_(marks.confidential))


def _inputs(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from (one for one in record.get("inputs", ()) if isinstance(one, Mapping))
    for inner in (*record.get("tables", ()), *record.get("evaluated", ())):
        yield from _inputs(inner)


def _reads(given: Mapping[str, Any], veiled: frozenset[str]) -> bool:
    """Whether an input of a decision reads one of these variables."""
    return not veiled.isdisjoint(_WORD.findall(str(given.get("expression") or given.get("name") or "")))


def _without(value: Any, veiled: frozenset[str], texts: Collection[str], all_: bool) -> Any:
    if isinstance(value, Mapping):
        told = {name: _without(one, veiled, texts, all_) for name, one in value.items()}
        if "value" in value and (all_ or _reads(value, veiled)):
            told["value"] = VEIL
        return told
    if isinstance(value, list | tuple):
        return [_without(one, veiled, texts, all_) for one in value]
    return VEIL if isinstance(value, str) and any(_quotes(value, text) for text in texts) else value


def _quotes(value: str, text: str) -> bool:
    if value == text:
        return True
    return (_is_telling(text) and text in value) or (_is_telling(value) and value in text)


def _is_telling(text: str) -> bool:
    return len(text) >= _LEAST_SIGNS or len(text.encode()) >= _LEAST_BYTES


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
