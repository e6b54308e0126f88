"""The law as it is from 1 January 2027 on, in a story: what policy staff change in the shipped files, and how.

Urgent matters of Kuiwen District have three working days; what is being mediated is not accepted; who does not put a
thing right after the interview is criticised publicly before anybody is held to account. The steps, as they are done
in a modeler, are those of docs/changing-the-law.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from lxml import etree

from service.app import shipped

_DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
_NAMES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
    "zeebe": "http://camunda.org/schema/zeebe/1.0",
}
# How far below the interview the new step is drawn.
_BELOW = 110


def changed_law() -> list[tuple[str, bytes]]:
    """All files of the project with the changes of the story."""
    files = dict(shipped())
    for name, change in _CHANGES.items():
        files[name] = change(files[name])
    files["public-criticism.bpmn"] = _public_criticism(files["listed-supervision.bpmn"])
    return sorted(files.items())


def _parameters(xml: bytes) -> bytes:
    table = _Table(xml, "parameter-list")
    table.add_rule("parameter-handle-kuiwen-urgent", ["", ""], ['"T_HANDLE_KUIWEN_URGENT"', "3"])
    return table.xml


def _deadline(xml: bytes) -> bytes:
    table = _Table(xml, "time-limit")
    table.add_input("division-code", "区划代码", "division_code")
    cells = ["", "", "", "", '"LIFE_PROPERTY", "LIVELIHOOD"', 'starts with(?, "370705")']
    outputs = ['"KUIWEN_URGENT"', "parameters.T_HANDLE_KUIWEN_URGENT", '"WORKING"']
    table.allow("gives-basis", '"KUIWEN_URGENT"')
    table.add_rule("limit-kuiwen-urgent", cells, outputs, before="limit-urgent", clauses="A20.i1")
    return table.xml


def _acceptance(xml: bytes) -> bytes:
    table = _Table(xml, "refusal-grounds")
    table.add_input("in-mediation", "正在调解", "in_mediation", kind="boolean")
    table.allow("gives-ground", '"IN_MEDIATION"')
    table.add_rule("in-mediation", [""] * 7 + ["true"], ['"IN_MEDIATION"'])
    return table.xml


def _level(xml: bytes) -> bytes:
    table = _Table(xml, "supervision-level")
    after = ['"INTERVIEW"', "false", "", "", "", ""]
    criticism = ['"CRITICISM"', '"supervision-dept:SUPERVISION_DEPT"', "parameters.T_RECTIFY_INTERVIEW"]
    table.allow("previous-level", '"CRITICISM"')
    table.allow("gives-level", '"CRITICISM"')
    table.add_rule("level-criticism", after, criticism, before="level-after-interview", clauses="A26.0b")
    table.set_cell("level-after-interview-if-previous-level", '"CRITICISM"')
    return table.xml


def _review_form(form: bytes) -> bytes:
    told = json.loads(form)
    place = next(n for n, one in enumerate(told["components"]) if one.get("key") == "petition_entered")
    field = {"type": "checkbox", "key": "in_mediation", "label": "正在人民调解", "id": "review-acceptance-mediation"}
    told["components"].insert(place + 1, field | {"properties": {"label:en": "It is being mediated"}})
    return json.dumps(told, ensure_ascii=False).encode()


def _intake(xml: bytes) -> bytes:
    root = etree.fromstring(xml)
    (mapping,) = root.xpath('//bpmn:userTask[@id="review-acceptance"]//zeebe:ioMapping', namespaces=_NAMES)
    etree.SubElement(mapping, f"{{{_NAMES['zeebe']}}}output", source="=in_mediation", target="in_mediation")
    return bytes(etree.tostring(root))


def _supervision(xml: bytes) -> bytes:
    """The call of the interview, its flows and their shapes, once more, a row below."""
    root = etree.fromstring(xml)
    mine = 'contains(@id, "supervise-by-interview")'
    for one in root.xpath(f"//bpmn:process/*[{mine}] | //bpmndi:BPMNPlane/*[{mine}]", namespaces=_NAMES):
        one.addnext(_lower(_renamed(one)))
    (lane,) = root.xpath('//bpmn:lane[bpmn:flowNodeRef="supervise-by-interview"]', namespaces=_NAMES)
    for reference in root.xpath(
        '//*[self::bpmn:flowNodeRef or self::bpmn:incoming or self::bpmn:outgoing][contains(text(), "interview")]',
        namespaces=_NAMES,
    ):
        if reference.getparent().get("id") in ("which-level", "how-did-it-end", lane.get("id")):
            reference.addnext(_renamed(reference))
    for place in [lane.get("id"), *root.xpath("//bpmn:participant/@id", namespaces=_NAMES)]:
        for bounds in root.xpath(f'//bpmndi:BPMNShape[@bpmnElement="{place}"]/dc:Bounds', namespaces=_NAMES):
            bounds.set("height", f"{float(bounds.get('height')) + _BELOW:g}")
    return bytes(etree.tostring(root))


def _public_criticism(listed: bytes) -> bytes:
    """The page of the listing under another name."""
    text = listed.decode().replace("listed-supervision", "public-criticism").replace("挂牌", "通报")
    return text.replace("supervision-listed", "supervision-criticised").encode()


def _renamed(element: Any) -> Any:
    told = etree.tostring(element, encoding="unicode", with_tail=False)
    for old, new in (
        ("supervise-by-interview", "supervise-by-criticism"),
        ("interview-supervision", "public-criticism"),
        ('"INTERVIEW"', '"CRITICISM"'),
        ("&quot;INTERVIEW&quot;", "&quot;CRITICISM&quot;"),
        ("约谈", "通报"),
    ):
        told = told.replace(old, new)
    return etree.fromstring(told)


def _lower(element: Any) -> Any:
    """A shape as a whole, of an edge what is level with the step."""
    points = element.xpath(".//di:waypoint", namespaces=_NAMES)
    level = max((float(one.get("y")) for one in points), default=0)
    for one in [*element.xpath(".//dc:Bounds", namespaces=_NAMES), *points]:
        if one not in points or float(one.get("y")) == level:
            one.set("y", f"{float(one.get('y')) + _BELOW:g}")
    return element


class _Table:
    """A decision table, changed as a modeler changes it: a column with an empty cell in each row, a row, a cell."""

    def __init__(self, xml: bytes, decision_id: str) -> None:
        self._root = etree.fromstring(xml)
        self._table = next(
            one for one in self._root.iter(f"{_DMN}decisionTable") if one.getparent().get("id") == decision_id
        )

    @property
    def xml(self) -> bytes:
        return bytes(etree.tostring(self._root))

    def add_input(self, id_: str, label: str, expression: str, *, kind: str = "string") -> None:
        added = deepcopy(self._table.findall(f"{_DMN}input")[-1])
        added.set("id", f"{self._table.get('id')}-{id_}")
        added.set("label", label)
        (told,) = added.findall(f"{_DMN}inputExpression")
        told.set("id", f"{added.get('id')}-expression")
        told.set("typeRef", kind)
        told[0].text = expression
        for values in added.findall(f"{_DMN}inputValues"):
            added.remove(values)
        self._table.findall(f"{_DMN}input")[-1].addnext(added)
        for rule in self._table.findall(f"{_DMN}rule"):
            rule.findall(f"{_DMN}inputEntry")[-1].addnext(_entry("inputEntry", f"{rule.get('id')}-if-{id_}", ""))
        decision = self._table.getparent()
        needed = etree.Element(f"{_DMN}informationRequirement", id=f"{decision.get('id')}-needs-{id_}-input")
        etree.SubElement(needed, f"{_DMN}requiredInput", href=f"#{id_}-input")
        self._table.addprevious(needed)
        fact = etree.Element(f"{_DMN}inputData", id=f"{id_}-input", name=label)
        etree.SubElement(fact, f"{_DMN}variable", id=f"{id_}-variable", name=expression, typeRef=kind)
        self._root.findall(f"{_DMN}decision")[-1].addnext(fact)

    def allow(self, column: str, value: str) -> None:
        """One more value that a column may hold."""
        told = next(one for one in self._table if one.get("id") == f"{self._table.get('id')[:-6]}-{column}")
        (values,) = [one for one in told if etree.QName(one).localname.endswith("Values")]
        values[0].text += f", {value}"

    def add_rule(
        self, id_: str, inputs: Sequence[str], outputs: Sequence[str], *, before: str = "", clauses: str = ""
    ) -> None:
        rule = etree.Element(f"{_DMN}rule", id=id_)
        words = etree.SubElement(rule, f"{_DMN}description")
        words.text = f"自2027年1月1日起 [{clauses}]" if clauses else "自2027年1月1日起"
        rule.extend(_entry("inputEntry", f"{id_}-if-{number}", cell) for number, cell in enumerate(inputs))
        rule.extend(_entry("outputEntry", f"{id_}-then-{number}", cell) for number, cell in enumerate(outputs))
        if before:
            next(one for one in self._table if one.get("id") == before).addprevious(rule)
        else:
            self._table.append(rule)

    def set_cell(self, id_: str, cell: str) -> None:
        entry = next(one for one in self._table.iter() if one.get("id") == id_)
        entry[0].text = cell


def _entry(kind: str, id_: str, cell: str) -> Any:
    entry = etree.Element(f"{_DMN}{kind}", id=id_)
    etree.SubElement(entry, f"{_DMN}text").text = cell
    return entry


_CHANGES: Mapping[str, Callable[[bytes], bytes]] = {
    "parameters.dmn": _parameters,
    "deadline.dmn": _deadline,
    "acceptance.dmn": _acceptance,
    "supervision-level.dmn": _level,
    "review-acceptance.form": _review_form,
    "hotline-intake.bpmn": _intake,
    "supervision.bpmn": _supervision,
}
