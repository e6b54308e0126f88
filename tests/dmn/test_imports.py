"""Models that import each other: their names, types, knowledge and inputs."""

from __future__ import annotations

from typing import Any

from service import dmn, feel
from tests.dmn.drawing import NOW, decision, import_, input_data, literal, model, needs

PERSON = (
    '<itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef></itemComponent>'
    '<itemComponent name="born"><typeRef>date</typeRef></itemComponent></itemDefinition>'
)
GREET = (
    '<businessKnowledgeModel id="greet" name="Say Hello"><encapsulatedLogic><formalParameter name="who" '
    f'typeRef="tPerson" />{literal(chr(34) + "Hello " + chr(34) + " + who.name")}</encapsulatedLogic>'
    "</businessKnowledgeModel>"
)
WELCOME = decision("welcome", needs("Input", "#Guest name") + literal('"Welcome, " + Guest name'))
PEOPLE = model(PERSON + GREET, "people")
HOUSE = model(input_data("Guest name", "string") + WELCOME, "house")


def files(**xml: bytes) -> dict[str, dmn.ReadFile]:
    return dmn.examine_together([(f"{name}.dmn", content) for name, content in xml.items()])


def said(found: dict[str, dmn.ReadFile], reference: str, **variables: Any) -> Any:
    """What a decision of the first file answers, which must be without problems."""
    first = next(iter(found.values()))
    assert first.model
    assert first.problems == ()
    return feel.to_json(dmn.evaluate(first.model, reference, variables, feel.Environment(now=lambda: NOW)).output)


def problems(found: dict[str, dmn.ReadFile]) -> list[str]:
    return [problem.message for one in found.values() for problem in one.problems]


def greeting(name: str, called: str, kind: str) -> bytes:
    guest = f'<inputData id="guest" name="guest"><variable name="guest" typeRef="{kind}" /></inputData>'
    required = needs("Input", "#guest") + needs("Knowledge", "people#greet")
    return model(import_(name, "people") + guest + decision("greeting", required + literal(called)), "main")


def test_what_is_imported_is_known_below_the_name_of_the_import() -> None:
    found = files(main=greeting("my people", "my people.Say Hello(guest)", "my people.tPerson"), people=PEOPLE)
    assert said(found, "greeting", guest={"name": "Wang", "born": "2001-02-03"}) == "Hello Wang"
    assert said(found, "greeting", guest={"name": "Wang"}) is None  # it is no person without a birthday


def test_an_import_without_a_name_is_known_as_if_it_were_here() -> None:
    found = files(main=greeting("", "Say Hello(guest)", "tPerson"), people=PEOPLE)
    assert said(found, "greeting", guest={"name": "Wang", "born": None}) == "Hello Wang"


def test_inputs_of_imported_models_come_below_the_import_or_beside_all() -> None:
    street = import_("house", "house") + decision(
        "walk", needs("Decision", "house#welcome") + literal('house.welcome + "!"')
    )
    town = import_("street", "street") + decision(
        "visit", needs("Decision", "street#walk") + literal('street.walk + "!"')
    )
    found = files(town=model(town, "town"), street=model(street, "street"), house=HOUSE)
    assert said(found, "visit", **{"Guest name": "Li"}) == "Welcome, Li!!"
    assert said(found, "visit", street={"house": {"Guest name": "Li"}}) == "Welcome, Li!!"


def test_imported_input_data_is_read_below_the_name_of_the_import() -> None:
    asks = import_("house", "house") + decision(
        "asks", needs("Input", "house#Guest name") + literal("upper case(house.Guest name)")
    )
    assert said(files(main=model(asks, "main"), house=HOUSE), "asks", house={"Guest name": "Li"}) == "LI"


def test_types_that_are_imported_are_asked_for_in_feel() -> None:
    asks = import_("my", "people") + decision("is", literal('{name: "a", born: null} instance of my.tPerson'))
    assert said(files(main=model(asks, "main"), people=PEOPLE), "is") is True


def test_an_import_that_is_nowhere_names_its_namespace() -> None:
    told = problems(files(main=model(import_("x", "far") + decision("d", literal("1")), "main")))
    assert told == [
        "The import “x” is of the namespace “far”, which is neither of a model here nor of one that is deployed."
    ]


def test_models_that_import_each_other_in_a_circle_are_told_with_the_circle() -> None:
    one, two = (import_("b", "b") + decision("x", literal("1")), import_("a", "a") + decision("y", literal("1")))
    assert any("a.dmn → b.dmn → a.dmn" in one for one in problems(files(a=model(one, "a"), b=model(two, "b"))))


def test_a_namespace_of_two_files_is_no_place_to_import_from() -> None:
    main = model(import_("p", "people") + decision("d", literal("1")), "main")
    told = problems(files(main=main, people=PEOPLE, others=PEOPLE))
    assert told == ["The import “p” is of the namespace “people”, which people.dmn and others.dmn have in common."]


def test_only_decision_models_are_imported() -> None:
    schema = '<import name="s" namespace="n" importType="http://www.w3.org/2001/XMLSchema" />'
    assert "only decision models are imported" in problems(files(main=model(schema + decision("d", literal("1")))))[0]
