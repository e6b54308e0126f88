"""Decision services: decisions that are asked together, from outside or as a function."""

from __future__ import annotations

from typing import Any

import pytest

from service import dmn, feel
from tests.dmn.drawing import NOW, decision, evaluate, input_data, literal, model, needs

INPUTS = input_data("amount", "number") + input_data("name", "string")
RATE = f'<decision id="rate" name="rate"><variable name="rate" typeRef="number" />{literal("0.1")}</decision>'
FEE = (
    f'<decision id="fee" name="fee"><variable name="fee" />{needs("Decision", "#rate")}{needs("Input", "#amount")}'
    f"{literal('amount * rate')}</decision>"
)
GREETING = (
    f'<decision id="greeting" name="greeting"><variable name="greeting" />{needs("Input", "#name")}'
    f"{literal(chr(34) + 'Dear ' + chr(34) + ' + name')}</decision>"
)


def service(id_: str, *parts: str, kind: str = "") -> str:
    """Each part is `outputDecision rate`, …"""
    drawn = "".join(f'<{role} href="#{one}" />' for role, one in (part.split() for part in parts))
    typed = f' typeRef="{kind}"' if kind else ""
    return f'<decisionService id="{id_}" name="{id_}"><variable name="{id_}"{typed} />{drawn}</decisionService>'


FEES = service("fees", "outputDecision fee", "inputDecision rate", "inputData amount")


def asking(text: str, services: str = FEES) -> bytes:
    asked = decision("asked", needs("Knowledge", "#fees") + needs("Input", "#name") + literal(text))
    return model(INPUTS + RATE + FEE + GREETING + services + asked)


def said(xml: bytes, reference: str, **variables: Any) -> tuple[Any, list[str]]:
    """The output as JSON, and the warnings."""
    read = dmn.read_model(xml, "m.dmn")
    env = feel.Environment(now=lambda: NOW)
    return feel.to_json(dmn.evaluate(read, reference, variables, env).output), env.warnings


def test_a_service_is_asked_by_its_id_and_takes_the_result_of_an_input_decision() -> None:
    assert evaluate(asking("1"), "fees", amount=200, rate=0.5).output == 100
    assert said(asking("1"), "fees", amount=200)[0] is None  # its rate is not decided, but given


def test_several_outputs_are_a_context() -> None:
    both = service("fees", "outputDecision fee", "outputDecision greeting", "inputData amount", "inputData name")
    xml = asking("fees(amount: 100, name: name).greeting", both)
    assert said(xml, "fees", amount=100, name="Wang")[0] == {"fee": 10, "greeting": "Dear Wang"}
    assert evaluate(xml, "asked", name="Wang").output == "Dear Wang"


def test_a_service_is_a_function_of_its_input_data_and_then_its_input_decisions() -> None:
    assert evaluate(asking("fees(200, 0.25)"), "asked").output == 50
    assert evaluate(asking("fees(rate: 0.25, amount: 200)"), "asked").output == 50
    assert evaluate(asking("fees([200], 0.25)"), "asked").output == 50


@pytest.mark.parametrize("call", ["fees(200)", "fees(1, 2, 3)", "fees(amount: 1, speed: 2)", 'fees("much", 1)'])
def test_arguments_that_are_none_of_its_own_make_it_null_with_a_warning(call: str) -> None:
    output, warnings = said(asking(call), "asked")
    assert output is None
    assert any("takes 2 arguments" in one or "is no number" in one for one in warnings)


def test_what_is_given_to_a_service_is_seen_in_it_alone() -> None:
    asked = decision("both", needs("Knowledge", "#fees") + needs("Decision", "#rate") + literal("[fees(10, 2), rate]"))
    xml = model(INPUTS + RATE + FEE + FEES + asked)
    assert said(xml, "both")[0] == [20, 0.1]


def test_what_a_service_answers_is_of_its_type() -> None:
    typed = '<itemDefinition name="tFees"><functionItem outputTypeRef="string" /></itemDefinition>'
    fees = service("fees", "outputDecision rate", kind="tFees")
    output, warnings = said(model(typed + RATE + fees), "fees")
    assert (output, warnings) == (None, ["the service “fees”: 0.1 is no string"])


def test_a_decision_that_is_decided_elsewhere_is_given() -> None:
    judged = '<decision id="judged" name="judged"><variable name="judged" typeRef="date" /></decision>'
    day = decision("day", needs("Decision", "#judged") + literal("judged.day"))
    assert evaluate(model(judged + day), "day", judged="2026-11-03").output == 3


def test_several_decisions_are_evaluated_in_one_run() -> None:
    read = dmn.read_model(asking("fees(200, 0.25)"), "m.dmn")
    results = dmn.evaluate_all(read, ["fee", "rate", "asked"], {"amount": 5}, feel.Environment(now=lambda: NOW))
    assert [feel.to_json(one.output) for one in results] == [0.5, 0.1, 50]
    assert [[told.decision_id for told in one.evaluated] for one in results] == [["rate", "fee"], [], ["fee", "asked"]]


def test_business_knowledge_is_asked_by_its_id() -> None:
    knowledge = (
        '<businessKnowledgeModel id="double" name="double"><encapsulatedLogic>'
        f'<formalParameter name="n" typeRef="number" />{literal("n * 2")}</encapsulatedLogic></businessKnowledgeModel>'
    )
    assert evaluate(model(knowledge), "double", n=4).output == 8


def test_what_is_drawn_is_not_seen_without_its_arrow() -> None:
    xml = model(input_data("drawn") + decision("d", literal("[drawn, loose]")))
    assert said(xml, "d", **{"drawn": 1, "loose": 2})[0] == [None, 2]


def test_business_knowledge_sees_its_parameters_and_not_the_inputs_of_who_calls() -> None:
    parameter = '<formalParameter name="person.age" typeRef="number" />'
    logic = literal("if person.age = null then amount else person.age")
    knowledge = f"<encapsulatedLogic>{parameter}{logic}</encapsulatedLogic>"
    known = f'<businessKnowledgeModel id="age" name="age">{knowledge}</businessKnowledgeModel>'
    asked = decision("d", needs("Knowledge", "#age") + needs("Input", "#amount") + literal("[age(4), age(null)]"))
    assert said(model(INPUTS + known + asked), "d", amount=9)[0] == [4, None]
