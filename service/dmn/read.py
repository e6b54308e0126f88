"""The file to the model: XML of DMN 1.1 to 1.5, with every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from service import feel
from service.dmn.boxed import BOXED, Element, child, children, expression_in, local, text_of
from service.dmn.lint import lint
from service.dmn.model import Decision, DecisionModel, DecisionService, InputData, Knowledge
from service.dmn.named_types import named_types
from service.dmn.table_xml import decision_table
from service.dmn.types import ANY, Type, base_type
from service.errors import ModelRejected, Problem
from service.feel import UnaryTests
from service.feel.environment import Compiled, Scope
from service.xml_gate import parse_upload

_NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
LOGIC: Mapping[str, Callable[[_Reader, Element, str], Compiled]] = {**BOXED, "decisionTable": decision_table}
_NAMED = frozenset(
    {
        "inputData",
        "decision",
        "businessKnowledgeModel",
        "decisionService",
        "itemComponent",
        "variable",
        "parameter",
        "formalParameter",
        "column",
        "output",
    }
)


def read_model(xml: bytes, filename: str) -> DecisionModel:
    """Read a decision model; raises ModelRejected with all its errors, each with decision, row and column."""
    model, problems = examine(xml, filename)
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise ModelRejected(errors)
    return model


def examine(xml: bytes, filename: str, *, deeply: bool = False) -> tuple[DecisionModel, tuple[Problem, ...]]:
    """A model with its problems; what is wrong in it evaluates to null. Raises ModelRejected if it is no DMN at all.

    Deeply, its tables are analysed too, which takes longer than to read them.
    """
    root = parse_upload(xml, filename)
    if local(root) != "definitions" or root.nsmap.get(root.prefix) not in _NAMESPACES:
        mend = "Save it as DMN 1.3 from a decision modeler."
        raise ModelRejected([Problem(root.get("id", ""), "This is no DMN 1.1 to 1.5 file.", mend, filename)])
    reader = _Reader(root, filename)
    model = reader.model()
    if deeply:
        lint(reader, model)
    return model, tuple(reader.problems)


class _Reader:
    def __init__(self, root: Element, filename: str) -> None:
        self.root, self.filename = root, filename
        self.problems: list[Problem] = []
        self.names = frozenset(
            name for one in root.iter() if isinstance(one.tag, str) and (name := self._name(one)) and "." not in name
        )
        self.definitions = {one.get("name", ""): one for one in children(root, "itemDefinition")}
        self.named_types = named_types(self.definitions)
        self.types: dict[str, Type] = {}

    def model(self) -> DecisionModel:
        root = self.root
        inputs = {}
        for one in children(root, "inputData"):
            variable = child(one, "variable")
            kind = self.type(variable.get("typeRef")) if variable is not None else ANY
            # What is drawn may be called in the people's words; the value comes under the variable's name.
            name = (variable.get("name") if variable is not None else "") or one.get("name", "")
            inputs[one.get("id", "")] = InputData(one.get("id", ""), name, kind)
        decisions = {one.id: one for one in map(self.decision, children(root, "decision"))}
        knowledge = {one.get("id", ""): self.knowledge(one) for one in children(root, "businessKnowledgeModel")}
        services = {one.get("id", ""): self.service(one) for one in children(root, "decisionService")}
        if not decisions:
            self.problem(root, "There is no decision in this file.", "Draw at least one decision.")
        known = {*inputs, *decisions, *knowledge, *services}
        parts: list[Decision | Knowledge] = [*decisions.values(), *knowledge.values()]
        required = {one.id: one.required for one in parts}
        for id_, needs in required.items():
            for need in needs:
                if need not in known:
                    self.problem(
                        self._by_id(id_), f"It requires “{need}”, which is not there.", "Draw the arrow again."
                    )
        for id_ in _circular(required):
            self.problem(self._by_id(id_), "It requires itself, over others.", "Take one arrow of the circle away.")
        id_ = root.get("id") or next(iter(decisions), "")
        return DecisionModel(
            id_, root.get("name", ""), root.get("namespace", ""), decisions, inputs, knowledge, services
        )

    def decision(self, element: Element) -> Decision:
        name = element.get("name", "") or element.get("id", "")
        variable, logic = child(element, "variable"), expression_in(element)
        if not element.get("id"):
            self.problem(element, f"The decision “{name}” has no id.", "Give it one.")
        tag = next((one.get("value") for one in element.iter() if local(one) == "versionTag"), None)
        return Decision(
            id=element.get("id") or name,
            name=name,
            kind=local(logic) if logic is not None else "",
            required=tuple(self._required(element)),
            result_variable=(variable.get("name") if variable is not None else "") or element.get("id", ""),
            logic=self.logic(logic, f"decision “{name}”") if logic is not None else None,
            type=self.type(variable.get("typeRef")) if variable is not None else ANY,
            version_tag=tag,
        )

    def knowledge(self, element: Element) -> Knowledge:
        name = element.get("name", "")
        logic = child(element, "encapsulatedLogic")
        where = f"business knowledge model “{name}”"
        compiled = BOXED["functionDefinition"](self, logic, where) if logic is not None else _nothing
        return Knowledge(element.get("id", ""), name, tuple(self._required(element)), compiled)

    def service(self, element: Element) -> DecisionService:
        def hrefs(name: str) -> tuple[str, ...]:
            return tuple(_href(one) for one in children(element, name))

        return DecisionService(
            element.get("id", ""),
            element.get("name", ""),
            hrefs("outputDecision"),
            hrefs("encapsulatedDecision"),
            hrefs("inputDecision"),
            hrefs("inputData"),
        )

    # Expressions -----------------------------------------------------------------------------------------------

    def logic(self, element: Element, where: str) -> Compiled:
        return LOGIC[local(element)](self, element, where)

    def feel(self, text: str, element: Element, where: str) -> Compiled:
        language = element.get("expressionLanguage", "feel")
        if not language.lower().rstrip("/").endswith("feel"):
            message = f"The {where} is written in {language}; only FEEL is run here."
            self.problem(element, message, "Write it in FEEL.")
            return _nothing
        if not text:
            return _nothing
        try:
            expression = feel.compile_expression(text, self.names, self.named_types)
        except feel.FeelSyntaxError as error:
            self.problem(element, f"The {where} is no FEEL: {error} in “{text[:80]}”.", "Correct the expression.")
            return _nothing
        for problem in expression.problems:
            # A function may be defined in the model, or come as a variable.
            if not any(name in problem for name in self.names):
                self.warning(element, f"In the {where}, {problem}.", "Correct the call; as it is, it gives null.")
        compiled: Compiled = expression.compiled
        return compiled

    def tests(self, element: Element | None, where: str) -> UnaryTests | None:
        text = text_of(element)
        if element is None or text in ("", "-"):
            return None
        try:
            tests = feel.compile_unary_tests(text, self.names, self.named_types)
        except feel.FeelSyntaxError as error:
            self.problem(element, f"The {where} is no FEEL test: {error} in “{text[:80]}”.", "Correct the cell.")
            return None
        for problem in tests.problems:
            if not any(name in problem for name in self.names):
                self.warning(element, f"In the {where}, {problem}.", "Correct the call; as it is, it gives null.")
        return None if tests.is_any else tests

    # Types -----------------------------------------------------------------------------------------------------

    def type(self, reference: str | None) -> Type:
        if not reference:
            return ANY
        if reference in self.types:
            return self.types[reference]
        if reference in self.definitions:
            self.types[reference] = ANY  # a type that holds itself holds anything there
            self.types[reference] = self._item(self.definitions[reference])
            return self.types[reference]
        return base_type(reference) or ANY

    def _item(self, element: Element) -> Type:
        members = tuple((one.get("name", ""), self._item(one)) for one in children(element, "itemComponent"))
        reference = child(element, "typeRef")
        allowed = self.tests(child(element, "allowedValues"), f"allowed values of “{element.get('name')}”")
        is_list = element.get("isCollection") == "true"
        base = self.type((reference.text or "").strip()) if reference is not None else ANY
        if members:
            base = Type("context", members)
        elif child(element, "functionItem") is not None:
            base = Type("function", function=True)
        if allowed:
            base = Type(base.name, base.members, base.items, allowed, base.function)
        return Type("list", items=base) if is_list else base

    # Small parts -----------------------------------------------------------------------------------------------

    def problem(self, element: Element | None, message: str, mend: str, *, is_warning: bool = False) -> None:
        id_ = ""
        while element is not None and not id_:
            id_, element = element.get("id", ""), element.getparent()
        self.problems.append(Problem(id_, message, mend, self.filename, is_warning))

    def warning(self, element: Element | None, message: str, mend: str) -> None:
        self.problem(element, message, mend, is_warning=True)

    def _required(self, element: Element) -> Iterator[str]:
        for requirement in element:
            if local(requirement) in ("informationRequirement", "knowledgeRequirement"):
                for one in requirement:
                    if local(one).startswith("required"):
                        yield _href(one)

    def _by_id(self, id_: str) -> Element | None:
        return next((one for one in self.root if one.get("id") == id_), None)

    @staticmethod
    def _name(element: Element) -> str | None:
        name: str | None = element.get("name") if local(element) in _NAMED else element.get("iteratorVariable")
        return name


def _href(element: Element) -> str:
    return str(element.get("href", "")).rpartition("#")[2]


def _circular(required: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for start in required:
        seen: set[str] = set()
        ahead = list(required[start])
        while ahead:
            one = ahead.pop()
            if one == start:
                yield start
                break
            if one not in seen:
                seen.add(one)
                ahead.extend(required.get(one, ()))


def _nothing(scope: Scope) -> Any:
    return None
