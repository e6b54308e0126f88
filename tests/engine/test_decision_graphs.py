"""Decision models in deployments: what they import, and by which ids they are asked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from service import dmn, feel
from service.dmn import tck
from service.dmn.model import Part
from service.engine import Engine, decisions, deployments
from service.errors import ModelRejected
from tests.dmn.drawing import decision, import_, literal, model, needs
from tests.world import PROTECTION, World

pytestmark = pytest.mark.of_one_store

_NUMBERS = ("0082", "0085", "0086", "0088", "0089", "0091")
Variables = Mapping[str, Any]
STANDARD = Path(os.environ.get("DMN_TCK") or Path(__file__).parents[3] / "shared" / "dmn-tck")
OWN = Path(__file__).parents[1] / "dmn" / "kit"
KITS = [kit for kit in (OWN, STANDARD) if kit.is_dir()]
# Where ids, imports, services or types matter.
ASKED = [folder for kit in KITS for folder in tck.folders(kit) if kit == OWN or folder.name[:4] in _NUMBERS]
LIMIT = import_("rules", "rules") + decision("judge", needs("Decision", "rules#limit") + literal("rules.limit * 2"))
JUDGE = model(LIMIT, "court")


def rules(limit: int, namespace: str = "rules") -> bytes:
    return model(decision("limit", literal(str(limit))), namespace)


def said(world: World, decision_id: str, engine: Engine | None = None, /, **variables: Any) -> Any:
    with world.database.read() as connection:
        evaluated = decisions.evaluate(connection, engine or world.engine, variables, decision_id=decision_id)
        decisions.spelled_out(connection, world.engine, evaluated.record)
        return evaluated.output


def restarted(world: World) -> Engine:
    return Engine(clock=world.engine.clock, protection=PROTECTION)


def versions(deployed: deployments.Deployment) -> dict[str, int]:
    return {row["decision_id"]: row["version"] for row in deployed.decision_definitions}


def test_a_model_imports_from_its_own_deployment_in_any_order(world: World) -> None:
    world.deploy(judge_dmn=JUDGE, rules_dmn=rules(5))
    assert said(world, "judge") == said(world, "judge", restarted(world)) == 10


def test_a_model_imports_what_is_deployed_already(world: World) -> None:
    world.deploy(rules_dmn=rules(5))
    world.deploy(judge_dmn=JUDGE)
    assert said(world, "judge") == said(world, "judge", restarted(world)) == 10


def test_what_was_imported_is_pinned_until_the_importing_model_is_deployed_again(world: World) -> None:
    world.deploy(judge_dmn=JUDGE, rules_dmn=rules(5))
    world.deploy(rules_dmn=rules(7))
    assert said(world, "judge") == said(world, "judge", restarted(world)) == 10
    assert versions(world.deploy(judge_dmn=JUDGE)) == {"judge": 2}
    assert versions(world.deploy(judge_dmn=JUDGE)) == {"judge": 2}
    assert said(world, "judge") == said(world, "judge", restarted(world)) == 14


def test_an_import_that_is_nowhere_is_refused(world: World) -> None:
    with pytest.raises(ModelRejected, match="is of the namespace") as refused:
        world.deploy(judge_dmn=JUDGE)
    assert "namespace “rules”" in refused.value.problems[0].message
    assert "Deploy the model with this namespace" in refused.value.problems[0].mend


def test_the_record_tells_of_imported_decisions_too(world: World) -> None:
    world.deploy(judge_dmn=JUDGE, rules_dmn=rules(5))
    with world.database.read() as connection:
        told = decisions.evaluate(connection, world.engine, {}, decision_id="judge")
        known = decisions.definitions(connection, told.definition["requirements_key"])
    assert [(one["decision_id"], one["output"]) for one in told.record["evaluated"]] == [
        ("rules#limit", 5),
        ("judge", 10),
    ]
    assert {id_: row["decision_id"] for id_, row in known.items()} == {"judge": "judge", "rules#limit": "limit"}


def test_a_service_is_asked_like_a_decision(world: World) -> None:
    service = '<decisionService id="all" name="All"><outputDecision href="#limit" /></decisionService>'
    deployed = world.deploy(rules_dmn=model(decision("limit", literal("5")) + service, "rules"))
    assert versions(deployed) == {"limit": 1, "all": 1}
    assert said(world, "all") == 5


def test_ids_that_two_namespaces_have_in_common_are_known_with_theirs(world: World) -> None:
    deployed = world.deploy(a_dmn=rules(1, "a"), b_dmn=rules(2, "b"))
    assert versions(deployed) == {"a#limit": 1, "b#limit": 1}
    assert (said(world, "a#limit"), said(world, "b#limit")) == (1, 2)
    assert [one.element_id for one in deployed.warnings] == ["limit", "limit"]


def test_an_id_that_two_files_of_one_namespace_have_in_common_is_refused(world: World) -> None:
    with pytest.raises(ModelRejected):
        world.deploy(a_dmn=rules(1, "a"), b_dmn=rules(2, "a"))


def files(folder: Path) -> list[tuple[str, bytes]]:
    return [(one.name, one.read_bytes()) for one in sorted(folder.glob("*.dmn"))]


@pytest.mark.parametrize("kit", KITS, ids=lambda kit: kit.name)
def test_every_file_of_the_standards_kit_can_be_deployed_but_those_of_java(kit: Path) -> None:
    folders = {folder.name: folder for folder in tck.folders(kit)}
    refused = {name for name, folder in folders.items() if deployments.examine(files(folder))[1]}
    assert refused == folders.keys() & tck.LEFT_OUT.keys()


@pytest.mark.parametrize("folder", ASKED, ids=lambda folder: folder.name)
def test_the_standards_files_decide_as_deployed_what_they_decide_alone(world: World, folder: Path) -> None:
    with world.database.write() as connection:
        deployed = deployments.deploy(connection, world.engine, files(folder), by="kit")
    ids = {row["decision_id"].rpartition("#")[2]: row["decision_id"] for row in deployed.decision_definitions}

    def decide(model: dmn.DecisionModel, part: Part, variables: Variables) -> dmn.DecisionResult:
        alone = dmn.evaluate(model, part.id, variables, world.engine.environment())
        assert feel.to_json(alone.output) == said(world, ids[part.id], **variables)
        return alone

    assert [one.told for one in tck.play(folder, decide) if not one.passed] == []
