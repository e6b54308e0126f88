"""BPMN: the wall around SpiffWorkflow. Diagrams are read once and run without database or wall clock."""

from service.bpmn.ad_hoc import activate, choose
from service.bpmn.four_eyes import done_elsewhere, not_by
from service.bpmn.migration import MigrationPlan, migrate, standing
from service.bpmn.model import (
    Condition,
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
from service.bpmn.modification import Activation, Move, NothingLeft, begin_at, modify
from service.bpmn.read import read_deployed, read_model, read_models
from service.bpmn.recount import Recounted, recount
from service.bpmn.run import Run
from service.bpmn.standing import RunContext
from service.bpmn.timers import BadTimer, first_schedule, moment, next_schedule
from service.bpmn.visible import VisibleVariables
from service.bpmn.vocabulary import MAX_NAME

__all__ = [
    "MAX_NAME",
    "Activation",
    "BadTimer",
    "Condition",
    "DecisionOutcome",
    "Element",
    "Flow",
    "MigrationPlan",
    "Move",
    "NothingLeft",
    "ProcessModel",
    "Recounted",
    "Reference",
    "Run",
    "RunContext",
    "Schedule",
    "StartEvent",
    "StepEvent",
    "VisibleVariables",
    "Wait",
    "Waits",
    "activate",
    "begin_at",
    "choose",
    "done_elsewhere",
    "first_schedule",
    "migrate",
    "modify",
    "moment",
    "next_schedule",
    "not_by",
    "read_deployed",
    "read_model",
    "read_models",
    "recount",
    "standing",
]
