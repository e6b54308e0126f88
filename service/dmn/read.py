"""The file to the model: XML of DMN 1.1 to 1.5, with every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from service import feel
from service.dmn.boxed import BOXED, Element, child, children, expression_in, function, local, text_of
from service.dmn.item_definitions import ItemDefinitions
from service.dmn.lint import lint
from service.dmn.model import Decision, DecisionModel, DecisionService, Import, InputData, Knowledge
from service.dmn.named_types import named_types
from service.dmn.spelling import read_by, spelled
from service.dmn.table_xml import decision_table
from service.dmn.tables import DecisionTable
from service.dmn.types import ANY, Type, fit
from service.errors import ModelRejected, Problem
from service.feel import Expression, UnaryTests
from service.feel.environment import Compiled, Scope
from service.feel.nodes import FunctionOf, Node, TypeName
from service.xml_gate import parse_upload

MODEL_NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
LOGIC: Mapping[str, Callable[[_Reader, Element, str], Compiled]] = {**BOXED, "decisionTable": decision_table}
# What may be required, by its element, in people's words.
_PARTS = {
    "inputData": "input",
    "decision": "decision",
    "businessKnowledgeModel": "business knowledge model",
    "decisionService": "decision service",
}
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

Find = Callable[[str], DecisionModel | None]


class ImportFailed(LookupError):
    """What a `Find` raises to say more than that there is no model: why, and how to mend it."""


def read_model(xml: bytes, filename: str, find: Find = lambda _: None) -> DecisionModel:
    """Read a decision model; raises ModelRejected with all its errors, each with decision, row and column."""
    model, problems = examine(xml, filename, find)
    errors = [problem for problem in problems if not problem.is_warning]
    if errors:
        raise ModelRejected(errors)
    return model


def examine(
    xml: bytes, filename: str, find: Find = lambda _: None, *, deeply: bool = False
) -> tuple[DecisionModel, tuple[Problem, ...]]:
    """A model with its problems; what is wrong in it evaluates to null. `find` knows other models by namespace.

    Deeply, its tables are analysed too, which takes longer than to read them. Raises ModelRejected if it is no DMN at
    all.
    """
    reader = _Reader(root_of(xml, filename), filename, find)
    model = reader.model()
    if deeply:
        lint(reader, model)
    return model, tuple(reader.problems)


def root_of(xml: bytes, filename: str) -> Element:
    """The root of a DMN file; raises ModelRejected if it is none."""
    root = parse_upload(xml, filename)
    if local(root) != "definitions" or root.nsmap.get(root.prefix) not in MODEL_NAMESPACES:
        mend = "Save it as DMN 1.3 from a decision modeler."
        raise ModelRejected([Problem(root.get("id", ""), "This is no DMN 1.1 to 1.5 file.", mend, filename)])
    return root


class _Reader:
    def __init__(self, root: Element, filename: str, find: Find) -> None:
        self.root, self.filename = root, filename
        self.problems: list[Problem] = []
        self.tables: dict[str, DecisionTable] = {}
        self.namespace = root.get("namespace", "")
        self._give_ids()
        self.imports = tuple(self._imports(find))
        own = (name for one in root.iter() if isinstance(one.tag, str) and (name := self._name(one)))
        foreign = (name for one in self.imports for name in (one.name, *one.model.names))
        self.names = frozenset(name for name in (*own, *foreign) if "." not in name)
        self.named_types: Mapping[str, TypeName] = {}
        self.types = ItemDefinitions(root, self.imports, self.tests, self.warning)
        self.type = self.types.type
        self.named_types = named_types(self.types.all(), self.imports)

    def model(self) -> DecisionModel:
        root = self.root
        inputs = {}
        for one in children(root, "inputData"):
            variable = child(one, "variable")
            # What is drawn may be called in the people's words; the value comes under the variable's name.
            name = (variable.get("name") if variable is not None else "") or one.get("name", "")
            inputs[one.get("id", "")] = InputData(one.get("id", ""), name, self.variable_type(one))
        decisions = {one.id: one for one in map(self.decision, children(root, "decision"))}
        knowledge = {one.get("id", ""): self.knowledge(one) for one in children(root, "businessKnowledgeModel")}
        services = {one.get("id", ""): self.service(one) for one in children(root, "decisionService")}
        types = self.types.all()
        if not (decisions or knowledge or services or types or inputs):
            self.problem(root, "There is no decision in this file.", "Draw at least one decision.")
        id_ = root.get("id") or root.get("name") or next(iter(decisions), self.filename)
        model = DecisionModel(
            id_,
            root.get("name", ""),
            self.namespace,
            decisions,
            inputs,
            knowledge,
            services,
            self.imports,
            types,
            self.names,
            self.tables,
            frozenset(one.name for one in inputs.values()),
        )
        self._check_requirements(model)
        return model

    def _check_requirements(self, model: DecisionModel) -> None:
        parts: list[Decision | Knowledge] = [*model.decisions.values(), *model.knowledge.values()]
        required = {one.id: one.required for one in parts}
        for one in model.services.values():
            required[one.id] = (*one.outputs, *one.encapsulated, *one.input_decisions, *one.input_data)
        for id_, needs in required.items():
            for need in needs:
                if model.find(need) is None:
                    message = f"It requires “{need}”, which is not there."
                    self.problem(self._by_id(id_), message, "Draw the arrow again, or import the model that has it.")
        for id_ in _circular(required, required.keys() - model.knowledge.keys()):
            self.problem(self._by_id(id_), "It requires itself, over others.", "Take one arrow of the circle away.")

    def _imports(self, find: Find) -> Iterator[Import]:
        for one in children(self.root, "import"):
            name, namespace, kind = one.get("name", ""), one.get("namespace", ""), one.get("importType", "")
            if kind not in MODEL_NAMESPACES:
                message = (
                    f"The import “{name or namespace}” is of the type “{kind}”; only decision models are imported."
                )
                self.problem(one, message, "Take it away, and write what it brings into the model.")
                continue
            try:
                model, why = find(namespace), "which is neither of a model here nor of one that is deployed"
                mend = "Deploy the model with this namespace, before this one or together with it."
            except ImportFailed as failed:
                model, (why, mend) = None, failed.args
            if model is None:
                self.problem(one, f"The import “{name}” is of the namespace “{namespace}”, {why}.", mend)
            else:
                yield Import(name, namespace, model)

    def _give_ids(self) -> None:
        """Ids are optional in the standard: what has none is known by its name."""
        self._warn_of_ids()
        seen: set[str] = set()
        for one in self.root:
            if local(one) not in _PARTS:
                continue
            id_ = name = one.get("id") or one.get("name") or local(one)
            if one.get("id") and id_ in seen:
                self.problem(one, f"The id “{id_}” is there twice.", "Give one of the two another id.")
            count = 1
            while id_ in seen:
                id_, count = f"{name} {count + 1}", count + 1
            if not one.get("id"):
                message = f"The {_PARTS[local(one)]} “{one.get('name', '')}” has no id."
                self.warning(one, message, f"Give it one; as it is, it is known as “{id_}”.")
            one.set("id", id_)
            seen.add(id_)

    def _warn_of_ids(self) -> None:
        """Whatever has an id: nothing here goes by those of rows and cells, but modelers refuse the file."""
        taken: set[str] = set()
        for one in self.root.iter():
            if not isinstance(one.tag, str):
                continue
            id_ = one.get("id", "")
            is_part = one.getparent() is self.root and local(one) in _PARTS
            if id_ in taken and not is_part:
                message = f"The id “{id_}” is there twice, and modelers do not open the file."
                self.warning(one, message, "Give one of the two another id.")
            if id_:
                taken.add(id_)

    def variable_type(self, element: Element) -> Type:
        variable = child(element, "variable")
        return self.type(variable.get("typeRef")) if variable is not None else ANY

    def decision(self, element: Element) -> Decision:
        name = element.get("name", "") or element.get("id", "")
        variable, logic = child(element, "variable"), expression_in(element)
        where, kind = f"decision “{name}”", self.variable_type(element)
        is_table = logic is not None and local(logic) == "decisionTable"
        compiled: Compiled | None = None
        if logic is not None and is_table:  # stays a table, whatever its type
            compiled = decision_table(self, logic, where)
            kind = self.type(logic.get("typeRef")) if kind is ANY else kind
        elif logic is not None:
            compiled = self.logic(logic, where)
        return Decision(
            id=element.get("id", ""),
            name=name,
            kind=local(logic) if logic is not None else "",
            required=tuple(self._required(element)),
            result_variable=(variable.get("name") if variable is not None else "") or element.get("id", ""),
            logic=compiled,
            type=kind,
            version_tag=_version_tag(element),
            expression=spelled(logic) if not is_table else "",
            reads=read_by(logic, self.names) if logic is not None and not is_table else (),
            authorities=tuple(self._authorities(element)),
        )

    def _authorities(self, element: Element) -> Iterator[tuple[str, str]]:
        for requirement in children(element, "authorityRequirement"):
            for one in children(requirement, "requiredAuthority"):
                id_ = one.get("href", "").rpartition("#")[2]
                source = next((it for it in children(self.root, "knowledgeSource") if it.get("id") == id_), None)
                if source is not None:
                    type_ = child(source, "type")
                    yield id_, (type_.text or "").strip() if type_ is not None else ""

    def knowledge(self, element: Element) -> Knowledge:
        name = element.get("name", "")
        logic = child(element, "encapsulatedLogic")
        where = f"business knowledge model “{name}”"
        compiled = function(self, logic, where, self.variable_type(element)) if logic is not None else _nothing
        return Knowledge(element.get("id", ""), name, tuple(self._required(element)), compiled)

    def service(self, element: Element) -> DecisionService:
        def hrefs(name: str) -> tuple[str, ...]:
            return tuple(self._href(one) for one in children(element, name))

        return DecisionService(
            element.get("id", ""),
            element.get("name", ""),
            hrefs("outputDecision"),
            hrefs("encapsulatedDecision"),
            hrefs("inputDecision"),
            hrefs("inputData"),
            self.variable_type(element),
            _version_tag(element),
        )

    # Expressions -----------------------------------------------------------------------------------------------

    def logic(self, element: Element, where: str) -> Compiled:
        compiled, kind = LOGIC[local(element)](self, element, where), self.type(element.get("typeRef"))
        return compiled if kind is ANY else lambda scope: fit(compiled(scope), kind, scope.env)

    def feel(self, text: str, element: Element, where: str) -> Compiled:
        language = element.get("expressionLanguage") or self.root.get("expressionLanguage") or "feel"
        if "feel" not in language.lower().split("/"):
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
        if "external" in text and _calls_programs(expression.node):
            message = f"The {where} calls a program outside of the model; only FEEL is run here."
            self.problem(element, message, "Write the function in FEEL, or compute the value outside and give it in.")
        self._calls(expression, element, where)
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
        self._calls(tests, element, where)
        return None if tests.is_any else tests

    def _calls(self, compiled: Expression | UnaryTests, element: Element, where: str) -> None:
        for problem in compiled.problems:
            # A function may be defined in the model, or come as a variable.
            of_model = (f"there is no function {name}(" for name in self.names if name in problem)
            if not problem.startswith((*of_model, *(f"{name}(" for name in self.names if name in problem))):
                self.warning(element, f"In the {where}, {problem}.", "Correct the call; as it is, it gives null.")

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
                        yield self._href(one)

    def _href(self, element: Element) -> str:
        namespace, _, id_ = str(element.get("href", "")).rpartition("#")
        is_imported = any(one.namespace == namespace for one in self.imports)
        return f"{namespace}#{id_}" if is_imported and namespace != self.namespace else id_

    def _by_id(self, id_: str) -> Element | None:
        return next((one for one in self.root if one.get("id") == id_), None)

    @staticmethod
    def _name(element: Element) -> str | None:
        name: str | None = element.get("name") if local(element) in _NAMED else element.get("iteratorVariable")
        return name


def _calls_programs(node: Node) -> bool:
    return (isinstance(node, FunctionOf) and node.external) or any(map(_calls_programs, node.children()))


def _version_tag(element: Element) -> str | None:
    return next((one.get("value") for one in element.iter() if local(one) == "versionTag"), None)


def _circular(required: dict[str, tuple[str, ...]], waiting: Iterable[str]) -> Iterator[str]:
    """Of those that wait for what they require, the ones that wait for themselves.

    Knowledge does not wait: it may call itself, over other knowledge too.
    """
    for start in sorted(waiting):
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
