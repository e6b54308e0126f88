"""Item definitions as types that FEEL can name: `x instance of tMatter` (DMN 1.5, section 7.3.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.dmn.model import Import
from service.dmn.types import Type
from service.feel.nodes import TypeName


def named_types(types: Mapping[str, Type], imports: Sequence[Import]) -> dict[str, TypeName]:
    """The types by the names that FEEL may call them; allowed values do not count for `instance of`."""
    imported = {
        f"{one.name}.{name}" if one.name else name: type_ for one in imports for name, type_ in one.model.types.items()
    }
    return {name: _named(type_, ()) for name, type_ in (imported | dict(types)).items()}


def type_name(type_: Type) -> TypeName | None:
    """What FEEL knows of a type; None for one that says nothing."""
    named = _named(type_, ())
    return None if named.name == "Any" else named


def _named(type_: Type, around: tuple[Type, ...]) -> TypeName:
    if type_ in around:
        return TypeName("Any")  # a type that holds itself holds anything there
    around = (*around, type_)
    if type_.items is not None:
        return TypeName("list", (_named(type_.items, around),))
    if type_.members:
        names = tuple(name for name, _ in type_.members)
        return TypeName("context", tuple(_named(one, around) for _, one in type_.members), names)
    if type_.result is not None:
        parameters = tuple(_named(one, around) for _, one in type_.parameters)
        return TypeName("function", parameters, result=_named(type_.result, around))
    return TypeName(type_.name)
