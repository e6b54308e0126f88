"""Does an answer fit its form: form-js schemas read as marshmallow schemas."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import re2
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from service import feel
from service.errors import Conflict, Invalid, ModelRejected, Problem
from service.form_rules import CHOICE, NEEDED, NUMBER, PATTERN, TICKED, Rule, is_required, rules

_LONGEST_NAME = 255
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 20
_SHOWN_ONLY = frozenset(
    {"text", "button", "spacer", "separator", "image", "html", "iframe", "expression", "table", "documentPreview"}
)
_NESTING = frozenset({"group", "columns", "dynamiclist"})
_REFUSED = frozenset({"html", "iframe"})
_INPUTS = frozenset(
    {
        "textfield",
        "textarea",
        "number",
        "checkbox",
        "checklist",
        "radio",
        "select",
        "taglist",
        "datetime",
        "filepicker",
    }
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form by id; `schema` holds one marshmallow field for each answer, `labels` what people call it.

    `asks` names what may be answered: not what the form shows and nobody may change. `offers` are choices that are not
    always open, `demands` what an answer must be besides; each says when, and what is said where it is not.
    `lists` are of fields whose value must be in a list of the variables (`valuesExpression`, `valuesKey`).
    `hidden` tells for fields that must be filled in, but not always, when they are out of sight: if any of these holds.
    Keys are paths: what is called `a.b`, or `b` in a group at `a`, is `b` in the answer `a`.
    """

    id: str
    version_tag: str | None
    schema: Schema
    labels: Mapping[str, str]
    hidden: Mapping[str, Sequence[feel.Expression]]
    asks: frozenset[str]
    offers: Sequence[Offer] = ()
    demands: Sequence[Offer] = ()
    lists: Mapping[str, feel.Expression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice that is open only when a condition holds: the field's properties `VALUE:when` and `VALUE:otherwise`.

    Without a value, `when` and `otherwise`, whatever is answered is asked to hold.
    """

    key: str
    value: str
    when: feel.Expression
    otherwise: str


def read_form(content: bytes, filename: str, id_: str | None = None) -> Form:
    """Read a form-js schema; raises ModelRejected with all its problems.

    `id_` is that of one that does not say it itself, such as one that stands in a diagram.
    """
    if len(content) > MAX_BYTES:
        message = f"The form has {len(content)} bytes, {MAX_BYTES} are allowed."
        raise ModelRejected([Problem(filename, message, "Split it into several forms.", filename)])
    try:
        drawn = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ModelRejected([Problem(filename, f"The form is no JSON: {error}", "Save it again.", filename)]) from None
    if isinstance(drawn, dict) and id_ is not None:
        drawn["id"] = id_
    if not isinstance(drawn, dict) or not isinstance(drawn.get("components"), list) or not drawn.get("id"):
        mend = "Make it with a form editor, and give it an id."
        raise ModelRejected([Problem(filename, "The file is no form: it has no id or no components.", mend, filename)])
    problems: list[Problem] = []
    for name in ("id", "versionTag"):
        if not _is_name(drawn.get(name) or ""):
            mend = "Use letters, digits, dots and hyphens, 255 at most."
            problems.append(Problem(filename, f"The form's {name} cannot be used as a name.", mend, filename))
    made: dict[str, Any] = {}
    labels: dict[str, str] = {}
    hidden: dict[str, list[feel.Expression]] = {}
    offers: list[Offer] = []
    asks: set[str] = set()
    lists: dict[str, feel.Expression] = {}
    for key, component, conditions in _components(drawn["components"], problems, filename):
        id_ = str(component.get("id") or key)
        if key in made:
            problems.append(Problem(id_, f"The key “{key}” is taken.", "Choose another.", filename))
        try:
            made[key] = _field(component, is_always_seen=not conditions)
            if is_required(component) and conditions:
                hidden[key] = [feel.compile_expression(one["hide"].removeprefix("=")) for one in conditions]
            offers += _offers(key, component)
            if listed := component.get("valuesExpression") or component.get("valuesKey"):
                lists[key] = feel.compile_expression(str(listed).removeprefix("="))
        except (AttributeError, KeyError, TypeError, ValueError, re2.error):
            message = f"The rules or choices of the field “{key}” cannot be read."
            problems.append(Problem(id_, message, "Set them again in a form editor.", filename))
        labels[key] = str(component.get("label") or key)
        if not component.get("disabled"):
            asks.add(key)
    if problems:
        raise ModelRejected(problems)
    schema = Schema.from_dict(made)(unknown=EXCLUDE)
    choices, demands = ([one for one in offers if bool(one.value) is is_choice] for is_choice in (True, False))
    id_, tag = str(drawn["id"]), drawn.get("versionTag")
    return Form(id_, tag, schema, labels, hidden, frozenset(asks), choices, demands, lists)


def check(
    form: Form,
    answers: Mapping[str, Any],
    seen: Callable[[], Mapping[str, Any]],
    env: feel.Environment,
    *,
    leaves_known: bool = False,
) -> dict[str, Any]:
    """The answers, others than the form asks for too; raises Invalid with a problem for each that does not fit, and
    Conflict if a choice is not open as things stand.

    `seen` gives the variables that the form sees; it is asked only if they decide something. What is known and not
    asked for decides as it is known, whatever is answered; `leaves_known`: it is not answered otherwise at all.
    """
    told: dict[str, Any] = {}
    given = {key: value for key in form.schema.fields for value in _at(key, answers)}
    try:
        form.schema.load(given)
    except ValidationError as error:
        told = error.messages_dict
    empty = [key for key in form.hidden if key not in told and _is_empty(given.get(key))]
    asked = {key.partition(".")[0] for key in form.asks}
    unasked = {name: value for name, value in answers.items() if name not in asked}
    chosen = [key for key in form.lists if key not in told and not _is_empty(given.get(key))]
    before = seen() if empty or chosen or form.demands or (unasked and leaves_known) else {}
    known = {**before, **{name: value for name, value in answers.items() if name not in before or name in asked}}
    told |= {key: NEEDED for key in empty if not any(one.evaluate(known, env) is True for one in form.hidden[key])}
    told |= {
        one.key: one.otherwise
        for one in form.demands
        if one.key not in told and not _is_empty(given.get(one.key)) and one.when.evaluate(known, env) is not True
    }
    told |= {key: CHOICE for key in chosen if not _is_among(given[key], form.lists[key].evaluate(known, env))}
    if leaves_known:
        told |= {
            name: "is known already and not asked for here"
            for name, value in unasked.items()
            if name in before and feel.to_json(before[name]) != feel.to_json(value)
        }
    if told:
        problems = [
            Problem(key, f"{form.labels.get(key, key)}: {_first(one)}", "Correct this field and send it again.")
            for key, one in told.items()
        ]
        raise Invalid("The answers do not fit the form.", problems)
    for offer in form.offers:
        if offer.value in _words(given.get(offer.key)) and offer.when.evaluate({**answers, **seen()}, env) is not True:
            raise Conflict(offer.otherwise, field=offer.key, value=offer.value)
    return dict(answers)


def _is_among(given: Any, listed: Any) -> bool:
    """Whether what was chosen, one or several, is in a list of values, or of choices with a value each."""
    if not isinstance(listed, list):
        return False
    known = [one.get("value") if isinstance(one, Mapping) else one for one in listed]
    return all(one in known for one in (given if isinstance(given, list) else [given]))


def word(value: Any) -> str:
    """A value of a choice as the names of properties spell it: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(feel.to_json(value), ensure_ascii=False, sort_keys=True)


def _words(given: Any) -> set[str]:
    """Those of what was chosen, one or several."""
    return {word(one) for one in (given if isinstance(given, list) else [given])}


def _is_empty(value: Any) -> bool:
    """Blanks are no answer."""
    return value in (None, []) or (isinstance(value, str) and not value.strip())


def _offers(key: str, component: Mapping[str, Any]) -> Iterator[Offer]:
    told: Mapping[str, str] = component.get("properties") or {}
    for name, condition in told.items():
        value, _, what = name.rpartition(":")
        if what == "when":
            said = f"{value}:otherwise" if value else "otherwise"
            refusals = [told[one] for one in (f"{said}:en", said) if one in told]
            otherwise = " ".join(refusals) or f"{value or 'It'} is not open as things stand."
            yield Offer(key, value, feel.compile_expression(condition.removeprefix("=")), otherwise)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isprintable()


def _first(told: Any) -> str:
    while isinstance(told, Mapping | list):
        told = next(iter(told.values() if isinstance(told, Mapping) else told))
    return str(told)


def _at(path: str, answers: Mapping[str, Any]) -> list[Any]:
    """What is given at a path, in a list; nothing if nothing is."""
    if path in answers:
        return [answers[path]]
    first, _, rest = path.partition(".")
    inner = answers.get(first)
    return _at(rest, inner) if rest and isinstance(inner, Mapping) else []


def _components(
    found: list[Any],
    problems: list[Problem],
    filename: str,
    path: tuple[str, ...] = (),
    around: tuple[Mapping[str, Any], ...] = (),
    depth: int = 1,
) -> Iterator[tuple[str, dict[str, Any], Sequence[Mapping[str, Any]]]]:
    """The fields by their paths, each with what hides it or something around it; rows of a list are not checked."""
    for component in found:
        kind = component.get("type") if isinstance(component, dict) else None
        id_ = str(component.get("id", "")) if isinstance(component, dict) else ""
        conditions = (*around, component["conditional"]) if kind and component.get("conditional") else around
        if kind in _REFUSED:
            problems.append(Problem(id_, f"A component “{kind}” may run what nobody has read.", "Use text.", filename))
        elif kind in _NESTING:
            inside = component.get("components") or []
            if isinstance(inside, list) and depth < MAX_DEPTH:
                below = (*path, component["path"]) if component.get("path") else path
                fields_inside = _components(inside, problems, filename, below, conditions, depth + 1)
                if kind == "dynamiclist":
                    list(fields_inside)
                    if component.get("path"):
                        yield ".".join(below), component, conditions
                else:
                    yield from fields_inside
            else:
                message = f"The {kind} holds no list of components, or groups too deep in each other."
                problems.append(Problem(id_, message, "Draw it again.", filename))
        elif kind in _INPUTS and component.get("key") and isinstance(component["key"], str):
            yield ".".join((*path, component["key"])), component, conditions
        elif kind in _INPUTS:
            problems.append(Problem(id_, "The field has no key.", "Give it one.", filename))
        elif kind not in _SHOWN_ONLY:
            problems.append(Problem(id_, f"A component “{kind}” is not known here.", "Use another.", filename))


def _field(component: Mapping[str, Any], *, is_always_seen: bool) -> fields.Field[Any]:
    # Whether a field that the form may hide is asked for is known only with the answers.
    required = is_required(component) and is_always_seen
    kind = component["type"]
    checks: list[Any] = [_CHECKS[one.kind](one) for one in rules(component) if one.kind in _CHECKS]
    options = [option.get("value") for option in component.get("values") or []]
    if options and kind in ("radio", "select"):
        checks.append(_OneOf([*options, None] if not required else options, error=CHOICE))
    missing = TICKED if kind == "checkbox" else NEEDED
    errors: dict[str, Any] = {"required": missing, "null": missing}
    common: dict[str, Any] = {
        "required": required, "allow_none": not required, "validate": checks, "error_messages": errors
    }  # fmt: skip
    match kind:
        case "number":
            errors["invalid"] = NUMBER
            return fields.Decimal(**common) if component.get("serializeToString") else _Number(**common)
        case "checkbox":
            if required:
                checks.append(validate.Equal(True, error=TICKED))
            return _Boolean(**common)
        case "checklist" | "taglist":
            one = validate.OneOf(options, error=CHOICE) if options else None
            return fields.List(
                fields.Raw(validate=one), required=required, allow_none=not required, error_messages=errors
            )
        case "textfield" | "textarea":
            if required:
                checks.insert(0, _filled_in)
            return fields.String(**common)
        case "datetime":
            return _Moment(**common)
        case "dynamiclist":
            return fields.List(fields.Dict(), allow_none=True)
    return fields.Raw(**common)


def _filled_in(value: str) -> None:
    if _is_empty(value):
        raise ValidationError(NEEDED)


def _pattern(pattern: str, error: str = PATTERN) -> Callable[[str], None]:
    """As a browser tries it, anywhere in the text; in linear time, whatever the pattern."""
    compiled = re2.compile(pattern)

    def matches(value: str) -> None:
        if value and not compiled.search(value):
            raise ValidationError(error)

    return matches


_CHECKS: Mapping[str, Callable[[Rule], Any]] = {
    "shortest": lambda one: validate.Length(min=one.limit, error=one.message),
    "longest": lambda one: validate.Length(max=one.limit, error=one.message),
    "least": lambda one: validate.Range(min=one.limit, error=one.message),
    "most": lambda one: validate.Range(max=one.limit, error=one.message),
    "pattern": lambda one: _pattern(one.limit, one.message),
    "email": lambda one: validate.Email(error=one.message),
    "phone": lambda one: _pattern(one.limit, one.message),
}


class _OneOf(validate.OneOf):
    """True is not 1 here, as it is in Python, nor false 0."""

    def __call__(self, value: Any) -> Any:
        if isinstance(value, int) and all(type(one) is not type(value) for one in self.choices if one == value):
            raise ValidationError(self._format_error(value))
        return super().__call__(value)


class _Number(fields.Field[float | Decimal]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float | Decimal:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not math.isfinite(value):
            raise ValidationError(NUMBER)
        return value


class _Boolean(fields.Field[bool]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class _Moment(fields.Field[str]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        for read in (date.fromisoformat, datetime.fromisoformat, time.fromisoformat):
            try:
                read(value)
            except (TypeError, ValueError):
                continue
            return str(value)
        raise ValidationError("must be a date (2026-03-01), a time (09:30), or both")
