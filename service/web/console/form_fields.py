"""A form as fields to be filled in on a page, and what somebody has filled in as answers. What is asked, shown, offered
and refused is what service/forms.py checks: by our own FEEL, on what the task sees and what has been typed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from service import feel
from service.clock import CITY_ZONE
from service.web.console.form_text import Piece, paragraphs, value

_LISTS = frozenset({"checklist", "taglist"})
_CHOICES = frozenset({"radio", "select", *_LISTS})
_TYPED = frozenset({"textfield", "textarea", "number", "checkbox", "datetime", *_CHOICES})
_INPUTS = {"date": "date", "time": "time", "datetime": "datetime-local"}
_MOST_ROWS = 60


class Given(Protocol):
    """What a browser sends of a form."""

    def get(self, name: str, /) -> str | None: ...
    def getlist(self, name: str, /) -> list[str]: ...
    def __contains__(self, name: object, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Option:
    """`value` is what the browser sends; `otherwise` says why it is not open now."""

    value: str
    label: str
    is_chosen: bool
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands on the page: `kind` is that of the schema, `name` that of the input."""

    kind: str
    name: str = ""
    label: str = ""
    about: str = ""
    text: Sequence[Sequence[Piece]] = ()
    told: str = ""
    is_chosen: bool = False
    is_fixed: bool = False
    is_asked: bool = False
    input: str = "text"
    limits: Mapping[str, Any] = field(default_factory=dict)
    options: Sequence[Option] = ()
    wrong: str = ""
    inside: Sequence[Shown] = ()
    rows: Sequence[Sequence[Shown]] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """One form in front of somebody: `seen` decides, `shown` is what may be read of it, `typed` what was answered."""

    schema: Mapping[str, Any]
    seen: Mapping[str, Any]
    shown: Mapping[str, Any]
    env: feel.Environment
    language: str
    veil: str
    typed: Mapping[str, Any] = field(default_factory=dict)
    is_typed: bool = False
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def reacts(self) -> bool:
        """Whether what is typed changes what is asked."""
        return '"hide"' in json.dumps(self.schema)

    def fields(self) -> list[Shown]:
        return list(self._fields(self.schema["components"], ()))

    def answers(self, given: Given) -> dict[str, Any]:
        """What was typed, without what is out of sight."""
        told = dict(self._read(self.schema["components"], (), given, hides={}))
        # What hides a field may itself be out of sight.
        for _ in range(2):
            told = dict(self._read(self.schema["components"], (), given, hides=self._known(_nested(told))))
        return _nested(told)

    def _known(self, typed: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**self.seen, **typed}

    def _is_hidden(self, component: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
        hide = (component.get("conditional") or {}).get("hide")
        return bool(hide) and value(str(hide), known, self.env) is True

    def _read(
        self, found: Sequence[Mapping[str, Any]], path: tuple[str, ...], given: Given, hides: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        for component in found:
            if (hides and self._is_hidden(component, hides)) or component.get("disabled"):
                continue
            kind = component["type"]
            if kind in ("group", "columns"):
                yield from self._read(component.get("components") or [], _below(path, component), given, hides)
            elif kind == "dynamiclist" and component.get("path"):
                name = ".".join(_below(path, component))
                yield name, list(self._rows(component, name, given))
            elif kind in _TYPED:
                name = ".".join((*path, component["key"]))
                told = _read_one(component, name, given, self._options(component))
                if told is not None:
                    yield name, told
                elif _at(name, self.seen) not in (None, self.veil) and not _is_required(component):
                    yield name, None

    def _rows(self, component: Mapping[str, Any], name: str, given: Given) -> Iterator[dict[str, Any]]:
        for number in range(_count(given, name)):
            inside = component.get("components") or []
            read = {
                one["key"]: _read_one(one, f"{name}.{number}.{one['key']}", given, self._options(one))
                for one in inside
                if one["type"] in _TYPED
            }
            row = {key: told for key, told in read.items() if told is not None}
            if row:
                yield row

    def _fields(self, found: Sequence[Mapping[str, Any]], path: tuple[str, ...]) -> Iterator[Shown]:
        known = self._known(self.typed)
        for component in found:
            if self._is_hidden(component, known):
                continue
            kind = component["type"]
            if kind == "text":
                text = self._said(component, "label", "text")
                yield Shown(kind, text=paragraphs(text, {**self.shown, **self.typed}, self.env))
            elif kind in ("separator", "spacer"):
                yield Shown("separator")
            elif kind in ("group", "columns"):
                inside = list(self._fields(component.get("components") or [], _below(path, component)))
                yield Shown("group", label=self._said(component, "label"), inside=inside)
            elif kind == "dynamiclist" and component.get("path"):
                yield self._list(component, ".".join(_below(path, component)))
            elif kind in _TYPED:
                name = ".".join((*path, component["key"]))
                told = self._told(component, name)
                yield self._field(
                    component, name, None if told == self.veil and not component.get("disabled") else told
                )

    def _told(self, component: Mapping[str, Any], name: str) -> Any:
        """What was typed, even if that is nothing; before that what is known."""
        is_typed = self.is_typed and not component.get("disabled")
        return _at(name, self.typed if is_typed else self.shown)

    def _list(self, component: Mapping[str, Any], name: str) -> Shown:
        told = self._told(component, name)
        known = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
        # One more is always there to be filled in; what is empty is no row.
        rows = [
            [
                self._field(one, f"{name}.{number}.{one['key']}", row.get(one["key"]))
                for one in component.get("components") or []
                if one["type"] in _TYPED
            ]
            for number, row in enumerate([*known, {}][:_MOST_ROWS])
        ]
        return Shown("list", name, self._said(component, "label"), rows=rows, wrong=self.wrong.get(name, ""))

    def _field(self, component: Mapping[str, Any], name: str, told: Any) -> Shown:
        kind, rules = component["type"], component.get("validate") or {}
        options = self._options(component)
        chosen = [_coded(one) for one in told] if isinstance(told, list) else [_coded(told)]
        subtype = component.get("subtype", "date")
        if kind == "datetime" and isinstance(told, str):
            told = _for_input(told, subtype)
        return Shown(
            kind,
            name,
            self._said(component, "label") or self._said(component, "dateLabel") or component["key"],
            self._said(component, "description"),
            told="" if told is None or isinstance(told, bool | list) else feel.show(feel.from_python(told)),
            is_chosen=told is True,
            is_fixed=bool(component.get("disabled")),
            is_asked=_is_required(component),
            input=_INPUTS.get(subtype, "text") if kind == "datetime" else "number" if kind == "number" else "text",
            limits={key: rules[key] for key in ("minLength", "maxLength", "min", "max") if rules.get(key) is not None},
            options=[self._option(component, code, label, code in chosen) for code, label in options],
            wrong=self.wrong.get(name, ""),
        )

    def _option(self, component: Mapping[str, Any], code: str, label: str, is_chosen: bool) -> Option:
        told: Mapping[str, str] = component.get("properties") or {}
        word = str(json.loads(code)) if code[:1] == '"' else code
        when, otherwise = told.get(f"{word}:when"), ""
        if when and value(when, {**self.typed, **self.seen}, self.env) is not True:
            otherwise = self._in_language(told, f"{word}:otherwise") or "–"
        return Option(code, label, is_chosen, otherwise)

    def _options(self, component: Mapping[str, Any]) -> list[tuple[str, str]]:
        if component["type"] not in _CHOICES:
            return []
        listed = component.get("valuesExpression") or component.get("valuesKey")
        values = component.get("values") or []
        if listed:
            found = feel.to_json(value(str(listed), self._known(self.typed), self.env))
            values = found if isinstance(found, list) else []
        told: Mapping[str, str] = component.get("properties") or {}
        options = [one if isinstance(one, Mapping) else {"value": one, "label": one} for one in values]
        return [
            (
                _coded(one.get("value")),
                (told.get(f"{_word(one.get('value'))}:en") if self.language == "en" else None)
                or str(one.get("label") or one.get("value")),
            )
            for one in options
        ]

    def _said(self, component: Mapping[str, Any], what: str, plain: str = "") -> str:
        return self._in_language({what: component.get(plain or what), **(component.get("properties") or {})}, what)

    def _in_language(self, told: Mapping[str, Any], what: str) -> str:
        in_english = told.get(f"{what}:en") if self.language == "en" else None
        return str(in_english or told.get(what) or "")


def _read_one(component: Mapping[str, Any], name: str, given: Given, options: Sequence[tuple[str, str]]) -> Any:
    """What is answered; None if nothing is."""
    kind = component["type"]
    codes = {code for code, _ in options}
    if kind in _LISTS:
        return [_decoded(one, codes) for one in given.getlist(name)] or None
    if kind == "checkbox":
        return name in given
    told = (given.get(name) or "").replace("\r\n", "\n")
    if not told.strip():
        return None
    if kind in _CHOICES:
        return _decoded(told, codes)
    if kind == "number":
        return told if component.get("serializeToString") else _number(told.strip())
    if kind == "datetime":
        return _moment(told, component)
    return told


def _number(told: str) -> Any:
    """As it stands where it is none: the form says so."""
    try:
        read = Decimal(told)
    except InvalidOperation:
        return told
    if not read.is_finite() or read.adjusted() > 30:
        return told
    return int(read) if read == read.to_integral_value() else float(read)


def _moment(told: str, component: Mapping[str, Any]) -> str:
    """A date and time of the city, in the way that the form writes it."""
    if component.get("subtype", "date") != "datetime":
        return told
    try:
        read = datetime.fromisoformat(told).replace(tzinfo=CITY_ZONE)
    except ValueError:
        return told
    match component.get("timeSerializingFormat"):
        case "no_timezone":
            return told[:16]
        case "utc_normalized":
            return read.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    return read.isoformat(timespec="minutes")


def _for_input(told: str, subtype: str) -> str:
    """As the browser's own input takes it."""
    if subtype != "datetime":
        return told[:10] if subtype == "date" else told[:5]
    try:
        read = datetime.fromisoformat(told)
    except ValueError:
        return ""
    return (read.astimezone(CITY_ZONE) if read.tzinfo else read).strftime("%Y-%m-%dT%H:%M")


def _coded(told: Any) -> str:
    """A value of a choice as a browser sends it back; JSON tells true from "true"."""
    return json.dumps(feel.to_json(told), ensure_ascii=False, sort_keys=True)


def _decoded(told: str, codes: set[str]) -> Any:
    return json.loads(told) if told in codes else told


def _word(told: Any) -> str:
    return told if isinstance(told, str) else _coded(told)


def _below(path: tuple[str, ...], component: Mapping[str, Any]) -> tuple[str, ...]:
    return (*path, component["path"]) if component.get("path") else path


def _is_required(component: Mapping[str, Any]) -> bool:
    return bool((component.get("validate") or {}).get("required")) and not component.get("disabled")


def _count(given: Given, name: str) -> int:
    told = given.get(f"{name}#rows") or "0"
    return min(int(told), _MOST_ROWS) if told.isdecimal() and len(told) < 4 else 0


def _at(path: str, told: Mapping[str, Any]) -> Any:
    first, _, rest = path.partition(".")
    inner = told.get(first)
    if not rest:
        return inner
    return _at(rest, inner) if isinstance(inner, Mapping) else None


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for name, one in flat.items():
        *path, last = name.split(".")
        holder = told
        for step in path:
            holder = holder.setdefault(step, {})
        holder[last] = one
    return told
