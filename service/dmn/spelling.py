"""A boxed expression as one text of FEEL, for people to read, and the variables that it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from service import feel
from service.dmn.boxed import EXPRESSIONS, Element, child, children, expression_in, local, text_of

# What is read of a table is told input by input; its cells only test what is there.
_READ = frozenset({"literalExpression", "inputExpression", "outputEntry", "defaultOutputEntry"})


def spelled(element: Element | None) -> str:
    """The text of a boxed expression; of a table its name alone, as it has a page of its own."""
    inner = element if element is None or local(element) in EXPRESSIONS else expression_in(element)
    if inner is None:
        return ""
    return _SPELLED.get(local(inner), _table)(inner)


def read_by(element: Element, names: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """The variables that a boxed expression reads, each with the members that it goes down to.

    `names` are those that hold signs. What the box itself names is no variable.
    """
    own = {name for one in element.iter() for name in _named(one)}
    paths = (path for one in element.iter() if local(one) in _READ for path in _paths(text_of(one), names))
    return tuple(dict.fromkeys(path for path in paths if path[0] not in own))


def _paths(text: str, names: Collection[str]) -> tuple[tuple[str, ...], ...]:
    try:
        return feel.compile_expression(text, names).reads if text else ()
    except feel.FeelSyntaxError:  # told when it is compiled
        return ()


def _named(element: Element) -> Iterator[str]:
    if local(element) == "formalParameter" or (
        local(element) == "variable" and local(element.getparent()) == "contextEntry"
    ):
        yield element.get("name", "")
    elif element.get("iteratorVariable"):
        yield from (element.get("iteratorVariable"), "partial")
    elif local(element) == "filter":
        yield "item"


def _context(element: Element) -> str:
    entries, result = [], ""
    for entry in children(element, "contextEntry"):
        variable, value = child(entry, "variable"), spelled(entry)
        if variable is None:
            result = f" → {value}"
        else:
            entries.append(f"{variable.get('name', '')}: {value}")
    return f"{{{', '.join(entries)}}}{result}"


def _list(element: Element) -> str:
    return f"[{', '.join(spelled(one) for one in element if local(one) in EXPRESSIONS)}]"


def _relation(element: Element) -> str:
    columns = [one.get("name", "") for one in children(element, "column")]
    rows = ([spelled(cell) for cell in row if local(cell) in EXPRESSIONS] for row in children(element, "row"))
    shown = (", ".join(f"{name}: {cell}" for name, cell in zip(columns, row, strict=False)) for row in rows)
    return f"[{', '.join(f'{{{row}}}' for row in shown)}]"


def _function(element: Element) -> str:
    parameters = ", ".join(one.get("name", "") for one in children(element, "formalParameter"))
    return f"function({parameters}) {spelled(expression_in(element))}"


def _invocation(element: Element) -> str:
    arguments = []
    for binding in children(element, "binding"):
        parameter = child(binding, "parameter")
        arguments.append(f"{parameter.get('name', '') if parameter is not None else ''}: {spelled(binding)}")
    return f"{spelled(expression_in(element))}({', '.join(arguments)})"


def _conditional(element: Element) -> str:
    return " ".join(f"{name} {spelled(child(element, name))}" for name in ("if", "then", "else"))


def _filter(element: Element) -> str:
    return f"{spelled(child(element, 'in'))}[{spelled(child(element, 'match'))}]"


def _iteration(element: Element) -> str:
    word, name = ("return" if local(element) == "for" else "satisfies"), element.get("iteratorVariable", "")
    body = spelled(child(element, word))
    return f"{local(element)} {name} in {spelled(child(element, 'in'))} {word} {body}"


def _table(element: Element) -> str:
    return f"table {element.get('id', '')}".strip()


_SPELLED: dict[str, Callable[[Element], str]] = {
    "literalExpression": text_of,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
    "invocation": _invocation,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iteration,
    "every": _iteration,
    "some": _iteration,
}
