"""Item definitions to types, each once: structures, lists, functions, limits, and those of imported models."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service import feel
from service.dmn.boxed import Element, child, children
from service.dmn.model import DecisionModel, Import
from service.dmn.types import ANY, Type, base_type

_FEEL = (
    "http://www.omg.org/spec/FEEL/20140401",
    "http://www.omg.org/spec/DMN/20180521/FEEL/",
    "https://www.omg.org/spec/DMN/20191111/FEEL/",
    "https://www.omg.org/spec/DMN/20211108/FEEL/",
    "https://www.omg.org/spec/DMN/20230324/FEEL/",
)

Tests = Callable[[Element | None, str], feel.UnaryTests | None]
Warn = Callable[[Element | None, str, str], None]


class ItemDefinitions:
    """The types of one file by name; `tests` reads unary tests, `warn` hears of names that mean nothing."""

    def __init__(self, root: Element, imports: Sequence[Import], tests: Tests, warn: Warn) -> None:
        self.root, self.imports, self.tests, self.warn = root, imports, tests, warn
        self.definitions = {one.get("name", ""): one for one in children(root, "itemDefinition")}
        self.types: dict[str, Type] = {}
        self.unknown: set[str] = set()

    def all(self) -> dict[str, Type]:
        return {name: self.type(name) for name in self.definitions}

    def type(self, reference: str | None) -> Type:
        """The type that is named so; any for no name, and with a warning for an unknown one."""
        if not reference:
            return ANY
        found = self._own(reference) or base_type(reference) or self._qualified(reference) or self._imported(reference)
        if found is None and reference not in self.unknown:
            self.unknown.add(reference)
            mend = "Define it in the data types, or choose another; as it is, everything fits."
            self.warn(self.root, f"There is no data type “{reference}”.", mend)
        return found or ANY

    def _own(self, name: str) -> Type | None:
        if name not in self.definitions:
            return None
        if name not in self.types:
            self.types[name] = Type()  # stands for itself where it holds itself
            self.types[name].become(self._item(self.definitions[name]))
        return self.types[name]

    def _qualified(self, reference: str) -> Type | None:
        """A name with a prefix, as DMN 1.1 writes all of them."""
        prefix, colon, name = reference.partition(":")
        namespace = self.root.nsmap.get(prefix or None)
        if not colon:
            return None
        if namespace in _FEEL or prefix in ("feel", "xsd", "xs"):
            return base_type(name)
        imported = next((one.model for one in self.imports if one.namespace == namespace), None)
        return imported.type(name) if imported else self._own(name) or base_type(name)

    def _imported(self, reference: str) -> Type | None:
        here = DecisionModel("", "", "", {}, {}, {}, {}, tuple(self.imports))
        return here.type(reference)

    def _item(self, element: Element) -> Type:
        name = element.get("name", "")
        reference, function = child(element, "typeRef"), child(element, "functionItem")
        members = tuple((one.get("name", ""), self._item(one)) for one in children(element, "itemComponent"))
        base = self.type((reference.text or "").strip()) if reference is not None else ANY
        if members:
            base = Type("context", members)
        elif function is not None:
            base = self._function(function)
        allowed = self.tests(child(element, "allowedValues"), f"allowed values of “{name}”")
        if allowed:
            base = base.limited(allowed)
        if element.get("isCollection") == "true":
            base = Type("list", items=base)
        constraint = self.tests(child(element, "typeConstraint"), f"constraint of “{name}”")
        return base.limited(constraint) if constraint else base

    def _function(self, element: Element) -> Type:
        parameters = tuple(
            (one.get("name", ""), self.type(one.get("typeRef"))) for one in children(element, "parameters")
        )
        return Type("function", function=True, parameters=parameters, result=self.type(element.get("outputTypeRef")))
