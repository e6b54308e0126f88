"""A diagram is read with all that it says about its elements, or refused as a whole."""

from __future__ import annotations

from itertools import pairwise

import pytest

from service import bpmn
from service.errors import ModelRejected
from tests.bpmn.test_run import Player
from tests.diagrams import Node, body, diagram, end, start, user

PROPERTIES = (
    '<zeebe:properties><zeebe:property name="legalBasis" value="Art. 20" />'
    '<zeebe:property name="status" value="IN_HANDLING" /></zeebe:properties>'
)
LANES = (
    '<bpmn:laneSet id="lanes"><bpmn:lane id="unit" name="承办单位">'
    "<bpmn:flowNodeRef>work</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    "<bpmn:extensionElements><zeebe:versionTag value='2026.1' /></bpmn:extensionElements>"
)
DRAWN = diagram(
    "p",
    [
        start(),
        Node(
            "userTask",
            "work",
            f"<zeebe:userTask />{PROPERTIES}",
            "<bpmn:documentation>How</bpmn:documentation>",
            name="办 理\n事项",
        ),
        end(),
    ],
    ["begin -> work", "work -> done"],
    inside=LANES,
)


def test_what_is_said_about_an_element_is_kept() -> None:
    model = bpmn.read_model(DRAWN, "p.bpmn")
    work = model.elements["work"]
    assert (model.id, model.version_tag, model.xml) == ("p", "2026.1", DRAWN)
    assert (work.name, work.lane, work.documentation) == ("办 理 事项", "承办单位", "How")
    assert work.properties == {"legalBasis": "Art. 20", "status": "IN_HANDLING"}
    assert (work.incoming, work.outgoing, work.parent_id) == (("f1",), ("f2",), "p")


REFUSED = {
    "another platform": (DRAWN.replace(b"Camunda Cloud", b"Camunda Platform"), "made for Camunda Platform"),
    "no executable process": (DRAWN.replace(b'isExecutable="true"', b""), "no executable process"),
    "no BPMN": (b"<definitions/>", "no BPMN"),
    "an element that is not run": (DRAWN.replace(b"bpmn:userTask", b"bpmn:complexGateway"), "complexGateway"),
    "an extension of another engine": (
        DRAWN.replace(b"<zeebe:userTask />", b'<c:x xmlns:c="http://camunda.org/schema/1.0/bpmn" />'),
        "not of Camunda 8|is not",
    ),
}


@pytest.mark.parametrize(("xml", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_run_as_drawn_is_refused(xml: bytes, reason: str) -> None:
    with pytest.raises(ModelRejected, match=reason):
        bpmn.read_model(xml, "p.bpmn")


def test_a_diagram_without_a_platform_is_taken_as_one_for_camunda_8() -> None:
    plain = DRAWN.replace(b' modeler:executionPlatform="Camunda Cloud"', b"")
    assert bpmn.read_model(plain, "p.bpmn").id == "p"


def test_a_long_diagram_is_read_in_the_order_of_its_length() -> None:
    """Two thousand tasks in a row, drawn from the end to the begin: no check may go through all for each."""
    names = [f"t{index}" for index in range(2_000)]
    nodes = [end(), *(user(name) for name in reversed(names)), start()]
    chain = ["begin", *names, "done"]
    flows = [f"{first} -> {second}" for first, second in pairwise(chain)]
    assert len(bpmn.read_model(diagram("p", nodes, flows), "p.bpmn").elements) == 2_002


def test_conditions_are_tried_in_the_order_of_the_flows_in_the_file() -> None:
    nodes = [start(), Node("exclusiveGateway", "which"), end("one"), end("two"), end("three")]
    xml = diagram("p", nodes, ["begin -> which", "which -> one if x", "which -> two if x", "which -> three default"])
    named = b"<bpmn:outgoing>f2</bpmn:outgoing><bpmn:outgoing>f3</bpmn:outgoing>"
    swapped = b"<bpmn:outgoing>f3</bpmn:outgoing><bpmn:outgoing>f2</bpmn:outgoing>"
    assert named in xml
    player = Player(xml.replace(named, swapped), x=True)
    assert player.flows == ["f1", "f2"]


def test_each_executable_process_of_a_file_is_read_by_itself() -> None:
    inside = body([start("go"), end("gone")], ["go -> gone"], "g")
    other = f'<bpmn:process id="q" isExecutable="true">{inside}</bpmn:process>'
    drawn = f'<bpmn:process id="outside" isExecutable="false">{body([start("x")], [], "x")}</bpmn:process>'
    pools = '<bpmn:collaboration id="c"><bpmn:participant id="one" processRef="p" /></bpmn:collaboration>'
    xml = DRAWN.decode().replace("</bpmn:definitions>", f"{other}{drawn}{pools}</bpmn:definitions>").encode()
    first, second = bpmn.read_models(xml, "both.bpmn")
    assert (first.id, sorted(first.elements)) == ("p", ["begin", "done", "work"])
    assert (second.id, sorted(second.elements)) == ("q", ["go", "gone"])
    assert bpmn.read_deployed(xml, "both.bpmn", "q").elements == second.elements
