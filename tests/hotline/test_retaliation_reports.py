"""A report of retaliation is seen by the leader of the agency and the supervision department alone (Art. 35)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

pytestmark = pytest.mark.of_one_store

DIAGRAM = etree.parse(Path(__file__).parents[2] / "processes/retaliation-report.bpmn")
MAY_SEE = {"AGENCY_LEAD", "supervision-dept:SUPERVISION_DEPT"}


def _said(path: str) -> set[str]:
    return {str(value) for value in DIAGRAM.xpath(path)}


def test_no_task_is_offered_to_anybody_else() -> None:
    offered = _said("//*[local-name()='assignmentDefinition']/@candidateGroups")
    groups = {group.strip('" ') for one in offered for group in one.removeprefix("=[").removesuffix("]").split(",")}
    assert groups == MAY_SEE
    assert _said("//*[local-name()='assignmentDefinition']/@*[name() != 'candidateGroups']") == set()


def test_no_notice_goes_to_the_unit_that_is_reported() -> None:
    assert _said("//*[local-name()='header'][@key='to']/@value") <= MAY_SEE | {"OBJECT"}


def test_no_other_process_is_told_but_the_one_that_holds_to_account() -> None:
    assert _said("//*[local-name()='header'][@key='message']/@value") == {"accountability-requested"}
    assert _said("//*[local-name()='calledElement']/@processId") == set()
