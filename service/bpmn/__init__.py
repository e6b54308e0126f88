"""BPMN: the wall around SpiffWorkflow. Diagrams are read once and run without database or wall clock."""

from service.bpmn.migration import MigrationPlan, migrate, plan_problems, standing
from service.bpmn.model import (
    DecisionOutcome,
    Element,
    Flow,
    ProcessModel,
    Reference,
    Schedule,
    StartEvent,
    StepEvent,
    Wait,
    Waits,
)
from service.bpmn.read import read_deployed, read_model
from service.bpmn.recount import recount
from service.bpmn.run import Run
from service.bpmn.standing import RunContext
from service.bpmn.timers import BadTimer, first_schedule, next_schedule
from service.bpmn.visible import VisibleVariables

__all__ = [
    "BadTimer",
    "DecisionOutcome",
    "Element",
    "Flow",
    "MigrationPlan",
    "ProcessModel",
    "Reference",
    "Run",
    "RunContext",
    "Schedule",
    "StartEvent",
    "StepEvent",
    "VisibleVariables",
    "Wait",
    "Waits",
    "first_schedule",
    "migrate",
    "next_schedule",
    "plan_problems",
    "read_deployed",
    "read_model",
    "recount",
    "standing",
]
