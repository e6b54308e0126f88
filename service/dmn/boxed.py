"""Boxed expressions to closures (DMN 1.5, section 10.2.2): each is called with a scope and answers its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from lxml import etree

from service.dmn.named_types import type_name
from service.dmn.types import ANY, Type, fit
from service.feel.environment import Compiled, Scope
from service.feel.evaluator import call
from service.feel.iteration import Iterators, for_each, quantified
from service.feel.values import Function

Element = Any  # an lxml element: the library brings no types


class Reader(Protocol):
    """What boxed expressions need of the reader of the file."""

    def logic(self, element: Element, where: str) -> Compiled: ...
    def problem(self, element: Element | None, message: str, mend: str) -> None: ...
    def feel(self, text: str, element: Element, where: str) -> Compiled: ...
    def type(self, reference: str | None) -> Type: ...


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def child(element: Element, name: str) -> Element | None:
    return next((one for one in element if local(one) == name), None)


def children(element: Element, name: str) -> list[Element]:
    return [one for one in element if local(one) == name]


def text_of(element: Element | None) -> str:
    """The text of `<x><text>…</text></x>`."""
    inner = child(element, "text") if element is not None else None
    return (inner.text or "").strip() if inner is not None else ""


EXPRESSIONS = frozenset(
    {
        "literalExpression",
        "decisionTable",
        "context",
        "list",
        "relation",
        "functionDefinition",
        "invocation",
        "conditional",
        "filter",
        "for",
        "every",
        "some",
    }
)


def expression_in(element: Element) -> Element | None:
    """The boxed expression directly inside an element."""
    return next((one for one in element if local(one) in EXPRESSIONS), None)


def literal(reader: Reader, element: Element, where: str) -> Compiled:
    if child(element, "importedValues") is not None:
        mend = "Write the values into the expression, or give them in as a variable."
        reader.problem(element, f"The {where} takes values from another document, which is not read.", mend)
    return reader.feel(text_of(element), element, where)


def context(reader: Reader, element: Element, where: str) -> Compiled:
    entries: list[tuple[str | None, Type, Compiled]] = []
    for entry in children(element, "contextEntry"):
        variable, value = child(entry, "variable"), expression_in(entry)
        name = variable.get("name") if variable is not None else None
        kind = reader.type(variable.get("typeRef")) if variable is not None else ANY
        if value is not None:
            entries.append((name, kind, reader.logic(value, f"{where}, entry “{name or 'result'}”")))

    def evaluate(scope: Scope) -> Any:
        result: dict[str, Any] = {}
        inner = scope.inner(result)
        for name, kind, value in entries:
            found = fit(value(inner), kind, scope.env)
            if not name:
                return found
            result[name] = found
        return result

    return evaluate


def list_(reader: Reader, element: Element, where: str) -> Compiled:
    items = [reader.logic(one, where) for one in element if local(one) in EXPRESSIONS]
    return lambda scope: [item(scope) for item in items]


def relation(reader: Reader, element: Element, where: str) -> Compiled:
    columns = [(column.get("name", ""), reader.type(column.get("typeRef"))) for column in children(element, "column")]
    rows = [
        [reader.logic(cell, f"{where}, row {index}") for cell in row if local(cell) in EXPRESSIONS]
        for index, row in enumerate(children(element, "row"), 1)
    ]

    def evaluate(scope: Scope) -> Any:
        return [
            {name: fit(cell(scope), kind, scope.env) for (name, kind), cell in zip(columns, row, strict=False)}
            for row in rows
        ]

    return evaluate


def function(reader: Reader, element: Element, where: str, also: Type = ANY) -> Compiled:
    """A function definition, also the encapsulated logic of a business knowledge model, whose type it is `also` of."""
    parameters = [
        (one.get("name", ""), reader.type(one.get("typeRef"))) for one in children(element, "formalParameter")
    ]
    names = tuple(name for name, _ in parameters)
    is_dotted = any("." in name for name in names)
    body_element = expression_in(element)
    language = next((value for name, value in element.attrib.items() if etree.QName(name).localname == "kind"), "FEEL")
    if language not in ("FEEL", "F"):
        message = f"The {where} is a function of the kind {_KINDS.get(language, language)}; only FEEL is run here."
        reader.problem(element, message, "Write the function in FEEL, or compute the value outside and give it in.")
        body_element = None
    body = reader.logic(body_element, where) if body_element is not None else None
    result = reader.type(element.get("typeRef")).answer
    types = tuple(type_name(one) for _, one in parameters)
    answers = type_name(result) or type_name(also.answer)

    def evaluate(closure: Scope) -> Function:
        def run(scope: Scope, positional: list[Any], named: dict[str, Any]) -> Any:
            if body is None:
                scope.env.warn("the function has no logic that is run here")
                return None
            given = arguments(parameters, scope, positional, named)
            if given is None:
                return None
            # The caller's environment writes down what a table inside of the function sees.
            inside = Scope(closure.values, scope.env, closure.parent, outside=closure.outside).inner(
                _with_paths(given) if is_dotted else given
            )
            return fit(fit(body(inside), result, scope.env), also.answer, scope.env)

        return Function(names, run, "", types, answers)

    return evaluate


def _with_paths(given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name; one that is called `person.age` is also read as a path."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        first, point, rest = name.partition(".")
        if point and first not in given:
            found.setdefault(first, {})[rest] = value
    return {first: _with_paths(inner) for first, inner in found.items()} | dict(given)


_KINDS = {"J": "Java", "P": "PMML"}


def arguments(
    parameters: Sequence[tuple[str, Type]], scope: Scope, positional: list[Any], named: dict[str, Any]
) -> dict[str, Any] | None:
    """The arguments by name, each as one of its type; None with a warning if they are not those that are asked for."""
    names = [name for name, _ in parameters]
    given = named or dict(zip(names, positional, strict=False))
    if set(given) != set(names) or len(positional) > len(names):
        scope.env.warn(f"the function takes {len(names)} arguments: {', '.join(names)}")
        return None
    fitted = {name: fit(given[name], kind, scope.env, f"the argument “{name}”") for name, kind in parameters}
    if any(fitted[name] is None and given[name] is not None for name in names):
        return None
    return fitted


def invocation(reader: Reader, element: Element, where: str) -> Compiled:
    called = expression_in(element)
    target = reader.logic(called, where) if called is not None else _null
    bindings: list[tuple[str, Compiled]] = []
    for binding in children(element, "binding"):
        parameter, value = child(binding, "parameter"), expression_in(binding)
        if parameter is not None and value is not None:
            name = parameter.get("name", "")
            bindings.append((name, reader.logic(value, f"{where}, binding “{name}”")))

    def evaluate(scope: Scope) -> Any:
        return call(target(scope), scope, [], {name: value(scope) for name, value in bindings})

    return evaluate


def conditional(reader: Reader, element: Element, where: str) -> Compiled:
    condition, then, otherwise = (_part(reader, element, name, where) for name in ("if", "then", "else"))

    def evaluate(scope: Scope) -> Any:
        chosen = condition(scope)
        if chosen is not None and not isinstance(chosen, bool):
            scope.env.warn("the condition must be true or false")
            return None
        return then(scope) if chosen else otherwise(scope)

    return evaluate


def filter_(reader: Reader, element: Element, where: str) -> Compiled:
    source, match = _part(reader, element, "in", where), _part(reader, element, "match", where)

    def evaluate(scope: Scope) -> Any:
        found = source(scope)
        if found is None:
            return None
        kept = []
        for item in found if isinstance(found, list) else [found]:
            scope.env.step()
            members = dict(item) if isinstance(item, Mapping) else {}
            answer = match(scope.inner({"item": item} | members))
            if not isinstance(answer, bool):
                scope.env.warn("the filter's condition must be true or false")
                return None
            if answer:
                kept.append(item)
        return kept

    return evaluate


def iterator(reader: Reader, element: Element, where: str) -> Compiled:
    """A boxed `for`, `some` or `every`: as the same in FEEL."""
    kind = local(element)
    over: Iterators = [(element.get("iteratorVariable", ""), _part(reader, element, "in", where), None)]
    if kind == "for":
        looks_back = any("partial" in (one.text or "") for one in element.iter())
        return for_each(over, _part(reader, element, "return", where), looks_back=looks_back)
    return quantified(over, _part(reader, element, "satisfies", where), every=kind == "every")


def _part(reader: Reader, element: Element, name: str, where: str) -> Compiled:
    holder = child(element, name)
    inner = expression_in(holder) if holder is not None else None
    return reader.logic(inner, f"{where}, “{name}”") if inner is not None else _null


def _null(scope: Scope) -> Any:
    return None


BOXED: dict[str, Callable[[Reader, Element, str], Compiled]] = {
    "literalExpression": literal,
    "context": context,
    "list": list_,
    "relation": relation,
    "functionDefinition": function,
    "invocation": invocation,
    "conditional": conditional,
    "filter": filter_,
    "for": iterator,
    "some": iterator,
    "every": iterator,
}
