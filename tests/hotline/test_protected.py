"""What is declared as protected leaves nothing out that people write freely, and is handed on under no other name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from service import bpmn
from service.app import PROJECT, shipped
from service.bpmn.model import Element, MultiInstance
from service.feel import Expression
from service.hotline import protected

PROTECTED = protected.names()
PLAIN = set(yaml.safe_load((PROJECT / "regulation/plain.yaml").read_text("utf-8")))
# Made of what is protected, and telling nothing of it: units that are missing, whether a person is named.
HARMLESS = {"missing_units", "liability_subject"}


def components(of: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in of.get("components", ()):
        yield one
        yield from components(one)


def handed_on(one: Element) -> Iterator[tuple[str, Expression]]:
    yield from ((target, source.expression) for target, source in (*one.inputs, *one.outputs) if source.expression)
    if one.script:
        yield one.result_variable, one.script
    if isinstance(one.loop, MultiInstance):
        yield one.loop.member, one.loop.collection
        if one.loop.output_element:
            yield one.loop.output, one.loop.output_element


def test_every_field_that_is_written_freely_is_declared() -> None:
    free = {
        one["key"]
        for name, content in shipped()
        for one in (components(json.loads(content)) if name.endswith(".form") else ())
        if one["type"] in ("textfield", "textarea") and not (one.get("readonly") or one.get("disabled"))
    }
    assert not free - PROTECTED - PLAIN
    assert not PLAIN & PROTECTED


def test_nothing_protected_is_handed_on_under_a_name_that_is_not() -> None:
    models = [bpmn.read_model(content, name) for name, content in shipped() if name.endswith(".bpmn")]
    found = [
        (model.id, one.id, target)
        for model in models
        for one in model.elements.values()
        for target, source in handed_on(one)
        if PROTECTED & set(source.names) and target.partition(".")[0] not in PROTECTED | HARMLESS
    ]
    assert not found
