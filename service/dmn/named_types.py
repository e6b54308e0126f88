"""Item definitions as types that FEEL can name: `x instance of tMatter` (DMN 1.5, section 7.3.3)."""

from __future__ import annotations

from collections.abc import Mapping

from service.dmn.boxed import Element, child, children
from service.dmn.types import base_type
from service.feel.nodes import TypeName

_ANY = TypeName("Any")


def named_types(definitions: Mapping[str, Element]) -> dict[str, TypeName]:
    """The type of every item definition by its name; allowed values do not count for `instance of`."""
    known: dict[str, TypeName] = {}

    def named(reference: str | None) -> TypeName:
        if not reference:
            return _ANY
        if reference in definitions and reference not in known:
            known[reference] = _ANY  # a type that holds itself holds anything there
            known[reference] = item(definitions[reference])
        if reference in known:
            return known[reference]
        base = base_type(reference)
        return TypeName(base.name) if base else _ANY

    def item(element: Element) -> TypeName:
        components, function = children(element, "itemComponent"), child(element, "functionItem")
        if components:
            members = tuple(one.get("name", "") for one in components)
            found = TypeName("context", tuple(map(item, components)), members)
        elif function is not None:
            parameters = tuple(named(one.get("typeRef")) for one in children(function, "parameters"))
            found = TypeName("function", parameters, result=named(function.get("outputTypeRef")))
        else:
            reference = child(element, "typeRef")
            found = named((reference.text or "").strip() if reference is not None else None)
        return TypeName("list", (found,)) if element.get("isCollection") == "true" else found

    return {name: named(name) for name in definitions}
