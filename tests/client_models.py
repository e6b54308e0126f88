"""What the Python client of the conventions sends and reads, out of its source: two versions cannot be in one process.

`Client(folder).operations[("POST", "/user-tasks/*/completion")]` has the shapes of what it sends and of what it makes
of each answer.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

Shape: TypeAlias = "Plain | Words | Several | Model | Bag"


@dataclass(frozen=True)
class Plain:
    """text, key, integer, number, boolean, moment, null, file or anything."""

    kind: str


@dataclass(frozen=True)
class Words:
    values: frozenset[str]


@dataclass(frozen=True)
class Several:
    of: tuple[Shape, ...]


@dataclass(frozen=True)
class Bag:
    """An object of names that the client does not know."""


@dataclass(frozen=True, eq=False)
class Model:
    """`fields`: name on the wire → what it may be, one of several; `required`: those that are always there."""

    name: str
    fields: dict[str, tuple[Shape, ...]] = field(default_factory=dict, repr=False)
    required: set[str] = field(default_factory=set, repr=False)


@dataclass(frozen=True)
class Operation:
    """`answers`: status → what is read of it, None if that is no JSON."""

    takes: tuple[Shape, ...]
    query: dict[str, tuple[Shape, ...]]
    answers: dict[int, tuple[Shape, ...] | None]


_PLAIN = {"str": "text", "int": "integer", "float": "number", "bool": "boolean", "Any": "anything", "File": "file"}


def starred(path: str) -> str:
    return re.sub(r"\{\w+\}", "*", path).removeprefix("/v2")


class Client:
    """The client whose package lies in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._models: dict[str, Model | Words | Bag] = {}

    @cached_property
    def sources(self) -> dict[tuple[str, str], str]:
        """Method and path, a star for each parameter → the text of the client's module."""
        return {which: text for which, (_, text) in self._modules.items()}

    @cached_property
    def names(self) -> dict[tuple[str, str], str]:
        """Method and path → the client's function."""
        return {which: name for which, (name, _) in self._modules.items()}

    @cached_property
    def _modules(self) -> dict[tuple[str, str], tuple[str, str]]:
        found = {}
        for file in sorted((self._folder / "api").glob("*/*.py")):
            text = file.read_text()
            method, url = re.search(r'"method": "(\w+)"', text), re.search(r'"url": "([^"]+)"', text)
            if method and url:
                found[method[1].upper(), starred(url[1])] = file.stem, text
        return found

    def operation(self, method: str, path: str) -> Operation:
        text, _, _ = self.sources[method, path].partition("\ndef _build_response(")
        functions = {one.name: one for one in ast.parse(text).body if isinstance(one, ast.FunctionDef)}
        asked = functions["_get_kwargs"].args
        shapes = {
            one.arg: self._shapes(one.annotation, text) for one in [*asked.args, *asked.kwonlyargs] if one.annotation
        }
        query = {wire: shapes[name] for wire, name in re.findall(r'params\["(\w+)"\] = (?:json_)?(\w+)', text)}
        answers: dict[int, tuple[Shape, ...] | None] = {}
        for status, read in re.findall(r"status_code == (2\d\d):\n +(.+)$", text, re.MULTILINE):
            made = re.match(r"\w+ = (\w+)\.from_dict", read)
            answers[int(status)] = (self._named(made[1], text),) if made else None
        return Operation(shapes.get("body", ()), query, answers)

    @cached_property
    def _keys(self) -> frozenset[str]:
        """The types of text that are digits."""
        text = (self._folder / "semantic_types.py").read_text()
        parts = re.split(r"^class (\w+)\(str\):", text, flags=re.MULTILINE)
        return frozenset(name for name, body in zip(parts[1::2], parts[2::2], strict=True) if "^-?[0-9]+$" in body)

    def _shapes(self, told: ast.expr, text: str) -> tuple[Shape, ...]:
        """What an annotation allows, in a module of this text."""
        match told:
            case ast.BinOp(left=left, right=right):
                return self._shapes(left, text) + self._shapes(right, text)
            case ast.Constant(value=None):
                return (Plain("null"),)
            case ast.Subscript(value=ast.Name(id="list"), slice=inside):
                return (Several(self._shapes(inside, text)),)
            case ast.Subscript(value=ast.Name(id="dict")):
                return (Bag(),)
            case ast.Attribute(attr="datetime"):
                return (Plain("moment"),)
            case ast.Name(id="Unset"):
                return ()
            case ast.Name(id=name):
                return (self._named(name, text),)
        raise AssertionError(ast.unparse(told))

    def _named(self, name: str, text: str) -> Shape:
        if name in _PLAIN:
            return Plain(_PLAIN[name])
        module = re.search(rf"from \.{{2,3}}models\.(\w+) import (?:\(\s*)?{name}\b", text)
        if module is None:  # a type of text
            return Plain("key" if name in self._keys else "text")
        if name not in self._models:
            self._read(name, module[1])
        return self._models[name]

    def _read(self, name: str, module: str) -> None:
        text = (self._folder / "models" / f"{module}.py").read_text()
        if "(str, Enum)" in text:
            self._models[name] = Words(frozenset(re.findall(r'^    \w+ = "([^"]+)"', text, re.MULTILINE)))
            return
        (made,) = (one for one in ast.parse(text).body if isinstance(one, ast.ClassDef))
        annotated = {
            one.target.id: one.annotation
            for one in made.body
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
        }
        if set(annotated) == {"additional_properties"}:
            self._models[name] = Bag()
            return
        self._models[name] = model = Model(name)  # before its fields, which may be of its own kind
        # "wire": python in what is always sent, ["wire"] = python in what may be left out
        wire = r'(?:"([^"]+)": |\["([^"]+)"\] = )(?:\(\s*)?(\w+)'
        for always, sometimes, python in re.findall(wire, text):
            if python in annotated:
                model.fields[always or sometimes] = self._shapes(annotated[python], text)
                if "Unset" not in ast.unparse(annotated[python]):
                    model.required.add(always or sometimes)
        assert len(model.fields) == len(set(annotated) - {"additional_properties"}), name
