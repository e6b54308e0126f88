"""A form as fields to be filled in on a page, and what somebody has filled in as answers. What is asked, shown, offered
and refused is what service/forms.py checks: by our own FEEL, on what the task sees and what has been typed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service import feel
from service.form_rules import Rule, is_required, rules
from service.forms import word
from service.web.console import form_answers
from service.web.console.form_answers import CHOICES, MOST_ROWS, TYPED, Given, at, coded, nested
from service.web.console.form_text import Piece, paragraphs, value

_INPUTS = {"date": "date", "time": "time", "datetime": "datetime-local"}
_MOST_LINES = 200
_PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/webp;base64,", "data:image/gif;base64,")
# In which others stand.
_HOLDING = ("group", "columns")


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
    rules: Sequence[Rule] = ()
    options: Sequence[Option] = ()
    wrong: str = ""
    inside: Sequence[Shown] = ()
    rows: Sequence[Sequence[Shown]] = ()
    # Of what is out of sight: inputs that keep what was typed, until it comes into sight again.
    kept: Sequence[tuple[str, str]] = ()
    # Of a table: its head and its lines; of documents and chosen files: their ids.
    lines: Sequence[Sequence[str]] = ()
    documents: Sequence[str] = ()
    accept: str = ""
    takes_several: bool = False

    def held(self, said: Callable[[str], str]) -> str:
        """The rules for the browser, with what is said of an answer that breaks one."""
        return json.dumps([[one.kind, one.limit, said(one.message)] for one in self.rules], ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Reader:
    """One form in front of somebody: `seen` decides, `shown` is what may be read of it.

    `typed` is all that was written, by the names of inputs, also in what is out of sight now; None before anything was.
    """

    schema: Mapping[str, Any]
    seen: Mapping[str, Any]
    shown: Mapping[str, Any]
    env: feel.Environment
    language: str
    veil: str
    typed: Mapping[str, Any] | None = None
    wrong: Mapping[str, str] = field(default_factory=dict)

    @property
    def reacts(self) -> bool:
        """Whether what is typed changes what is asked."""
        return '"hide"' in json.dumps(self.schema) or '"expression"' in json.dumps(self.schema)

    def fields(self) -> list[Shown]:
        answered = self.answers(self.typed or {}, computed=False)
        return list(self._fields(self.schema["components"], (), answered))

    def written(self, given: Given) -> dict[str, Any]:
        """All that was typed, by the names of inputs."""
        return dict(self._read(self.schema["components"], (), given))

    def pickers(self) -> list[str]:
        """The names of the fields that ask for files."""
        each = _each(self.schema["components"], ())
        return [".".join((*path, one["key"])) for path, one in each if one["type"] == "filepicker"]

    def answers(self, written: Mapping[str, Any], *, computed: bool = True) -> dict[str, Any]:
        """What was typed, without what is out of sight; with what the form itself reckons from it."""
        told: dict[str, Any] = {}
        # What hides a field may itself be out of sight.
        for _ in range(3):
            known = self._known(self.seen, told)
            told = nested(dict(self._answered(self.schema["components"], (), written, known)))
        if not computed:
            return told
        reckoned = self._computed({**self.seen, **told})
        return {**told, **{name: one for name, one in reckoned.items() if name not in self.seen}}

    def _known(self, seen: Mapping[str, Any], told: Mapping[str, Any]) -> Mapping[str, Any]:
        known = {**seen, **told}
        return {**known, **self._computed(known)}

    def _computed(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """What the form's own expressions come to."""
        found: dict[str, Any] = {}
        for path, component in _each(self.schema["components"], ()):
            if component["type"] == "expression" and component.get("key") and component.get("expression"):
                if not self._is_hidden(component, {**known, **found}):
                    told = feel.to_json(value(str(component["expression"]), {**known, **found}, self.env))
                    found |= nested({".".join((*path, component["key"])): told})
        return found

    def _is_hidden(self, component: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
        hide = (component.get("conditional") or {}).get("hide")
        return bool(hide) and value(str(hide), known, self.env) is True

    def _read(
        self, found: Sequence[Mapping[str, Any]], path: tuple[str, ...], given: Given
    ) -> Iterator[tuple[str, Any]]:
        for where, component in _each(found, path):
            if component.get("disabled"):
                continue
            if component["type"] == "dynamiclist" and component.get("path"):
                name = ".".join(_below(where, component))
                yield name, list(self._rows(component, name, given))
            elif component["type"] in TYPED:
                name = ".".join((*where, component["key"]))
                yield name, form_answers.read(component, name, given, form_answers.choices(self._options(component)))

    def _rows(self, component: Mapping[str, Any], name: str, given: Given) -> Iterator[dict[str, Any]]:
        for number in range(form_answers.rows(name, given)):
            inside = [one for one in component.get("components") or [] if one["type"] in TYPED]
            found = {
                one["key"]: form_answers.read(
                    one, f"{name}.{number}.{one['key']}", given, form_answers.choices(self._options(one))
                )
                for one in inside
            }
            if row := form_answers.without_empty(found):
                yield row

    def _answered(
        self,
        found: Sequence[Mapping[str, Any]],
        path: tuple[str, ...],
        written: Mapping[str, Any],
        known: Mapping[str, Any],
    ) -> Iterator[tuple[str, Any]]:
        for component in found:
            if self._is_hidden(component, known) or component.get("disabled"):
                continue
            kind = component["type"]
            if kind in _HOLDING:
                yield from self._answered(_inside(component), _below(path, component), written, known)
            elif kind == "dynamiclist" and component.get("path"):
                name = ".".join(_below(path, component))
                if name in written:
                    yield name, written[name]
            elif kind in TYPED:
                name = ".".join((*path, component["key"]))
                told = written.get(name)
                if told is not None:
                    yield name, told
                elif name in written and at(name, self.seen) not in (None, self.veil) and not is_required(component):
                    yield name, None

    def _fields(
        self, found: Sequence[Mapping[str, Any]], path: tuple[str, ...], told: Mapping[str, Any]
    ) -> Iterator[Shown]:
        known, read = self._known(self.seen, told), self._known(self.shown, told)
        for component in found:
            if self._is_hidden(component, known):
                if kept := list(self._kept([component], path)):
                    yield Shown("kept", kept=kept)
                continue
            match component["type"]:
                case "text":
                    text = self._said(component, "label", "text")
                    yield Shown("text", text=paragraphs(text, read, self.env))
                case "separator" | "spacer" as kind:
                    yield Shown(kind)
                case "button":
                    is_reset = component.get("action") == "reset"
                    yield Shown("button", label=self._said(component, "label"), input="reset" if is_reset else "submit")
                case "image":
                    source = self._reckoned(component.get("source"), read)
                    is_picture = isinstance(source, str) and source.startswith(_PICTURES)
                    yield Shown("image", label=self._said(component, "alt"), told=str(source) if is_picture else "")
                case "table":
                    yield self._table(component, read)
                case "documentPreview":
                    listed = self._reckoned(component.get("dataSource"), read)
                    yield Shown("documentPreview", label=self._said(component, "label"), documents=_ids(listed))
                case "group" | "columns":
                    inside = list(self._fields(_inside(component), _below(path, component), told))
                    yield Shown("group", label=self._said(component, "label"), inside=inside)
                case "dynamiclist" if component.get("path"):
                    yield self._list(component, ".".join(_below(path, component)))
                case kind if kind in TYPED:
                    name = ".".join((*path, component["key"]))
                    one = self._told(component, name)
                    is_veiled = one == self.veil and not component.get("disabled")
                    yield self._field(component, name, None if is_veiled else one)

    def _kept(self, found: Sequence[Mapping[str, Any]], path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Inputs that hold what was typed in fields that are out of sight."""
        for where, component in _each(found, path):
            if component["type"] == "dynamiclist" and component.get("path"):
                name = ".".join(_below(where, component))
                known = (self.typed or {}).get(name) or []
                if known:
                    yield f"{name}#rows", str(len(known))
                for number, row in enumerate(known):
                    for one in _inside(component):
                        if one["type"] in TYPED:
                            yield from form_answers.inputs(one, f"{name}.{number}.{one['key']}", row.get(one["key"]))
            elif component["type"] in TYPED:
                name = ".".join((*where, component["key"]))
                yield from form_answers.inputs(component, name, (self.typed or {}).get(name))

    def _reckoned(self, told: Any, known: Mapping[str, Any]) -> Any:
        """What an expression comes to; a text without `=` as it stands."""
        if not isinstance(told, str) or not told.startswith("="):
            return told
        return feel.to_json(value(told, known, self.env))

    def _told(self, component: Mapping[str, Any], name: str) -> Any:
        """What was typed, even if that is nothing; before that what is known."""
        if self.typed is None or component.get("disabled") or name not in self.typed:
            return at(name, self.shown)
        return self.typed[name]

    def _list(self, component: Mapping[str, Any], name: str) -> Shown:
        told = self._told(component, name)
        known = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
        # One more is always there to be filled in; what is empty is no row.
        rows = [
            [
                self._field(one, f"{name}.{number}.{one['key']}", row.get(one["key"]))
                for one in _inside(component)
                if one["type"] in TYPED
            ]
            for number, row in enumerate([*known, {}][:MOST_ROWS])
        ]
        return Shown("list", name, self._said(component, "label"), rows=rows, wrong=self.wrong.get(name, ""))

    def _table(self, component: Mapping[str, Any], read: Mapping[str, Any]) -> Shown:
        columns = self._reckoned(component.get("columnsExpression"), read) or component.get("columns") or []
        listed = self._reckoned(component.get("dataSource"), read)
        heads = [one for one in columns if isinstance(one, Mapping) and one.get("key")]
        lines = [
            [_cell(row.get(one["key"])) for one in heads]
            for row in (listed if isinstance(listed, list) else [])[:_MOST_LINES]
            if isinstance(row, Mapping)
        ]
        head = [str(one.get("label") or one["key"]) for one in heads]
        return Shown("table", label=self._said(component, "label"), lines=[head, *lines])

    def _field(self, component: Mapping[str, Any], name: str, told: Any) -> Shown:
        kind = component["type"]
        chosen = [coded(one) for one in told] if isinstance(told, list) else [coded(told)]
        subtype = component.get("subtype", "date")
        return Shown(
            kind,
            name,
            self._said(component, "label") or self._said(component, "dateLabel") or component["key"],
            self._said(component, "description"),
            told=form_answers.written(component, told),
            is_chosen=told is True,
            is_fixed=bool(component.get("disabled")),
            is_asked=is_required(component),
            # A number is written as text: a browser sends nothing at all of what it takes for none.
            input=_INPUTS.get(subtype, "text") if kind == "datetime" else "text",
            rules=rules(component),
            options=[self._option(component, code, label, code in chosen) for code, label in self._options(component)],
            wrong=self.wrong.get(name, ""),
            documents=_ids(told) if kind == "filepicker" else (),
            accept=str(component.get("accept") or "") if kind == "filepicker" else "",
            takes_several=component.get("multiple") is True,
        )

    def _option(self, component: Mapping[str, Any], code: str, label: str, is_chosen: bool) -> Option:
        told: Mapping[str, str] = component.get("properties") or {}
        name = str(json.loads(code)) if code[:1] == '"' else code
        when, otherwise = told.get(f"{name}:when"), ""
        if when and value(when, {**(self.typed or {}), **self.seen}, self.env) is not True:
            otherwise = self._in_language(told, f"{name}:otherwise") or "–"
        return Option(code, label, is_chosen, otherwise)

    def _options(self, component: Mapping[str, Any]) -> list[tuple[str, str]]:
        if component["type"] not in CHOICES:
            return []
        listed = component.get("valuesExpression") or component.get("valuesKey")
        values = component.get("values") or []
        if listed:
            found = feel.to_json(value(str(listed), {**self.seen, **nested(self.typed or {})}, self.env))
            values = found if isinstance(found, list) else []
        told: Mapping[str, str] = component.get("properties") or {}
        options = [one if isinstance(one, Mapping) else {"value": one, "label": one} for one in values]
        return [
            (
                coded(one.get("value")),
                (told.get(f"{word(one.get('value'))}:en") if self.language == "en" else None)
                or str(one.get("label") or one.get("value")),
            )
            for one in options
        ]

    def _said(self, component: Mapping[str, Any], what: str, plain: str = "") -> str:
        return self._in_language({what: component.get(plain or what), **(component.get("properties") or {})}, what)

    def _in_language(self, told: Mapping[str, Any], what: str) -> str:
        in_english = told.get(f"{what}:en") if self.language == "en" else None
        return str(in_english or told.get(what) or "")


def _each(
    found: Sequence[Mapping[str, Any]], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """All components, each with the path that it is at; of groups what is in them."""
    for component in found:
        if component["type"] in _HOLDING:
            yield from _each(_inside(component), _below(path, component))
        else:
            yield path, component


def _inside(component: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return component.get("components") or []


def _below(path: tuple[str, ...], component: Mapping[str, Any]) -> tuple[str, ...]:
    return (*path, component["path"]) if component.get("path") else path


def _ids(listed: Any) -> list[str]:
    """The ids of documents: of their references, or as they stand in a form that was sent."""
    found = listed if isinstance(listed, list) else [listed] if listed else []
    told = (one.get("documentId") if isinstance(one, Mapping) else one for one in found)
    return [str(one) for one in told if isinstance(one, str | int) and str(one).isdecimal()]


def _cell(told: Any) -> str:
    return "" if told is None else feel.show(feel.from_python(told))
