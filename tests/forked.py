"""What a server of a test has read before it begins: imported by the process that all of them are forked from alone."""

from __future__ import annotations

from service import bpmn, dmn
from service.app import shipped
from tests import read_once

bpmn.read_deployed, dmn.examine = read_once.process_model, read_once.decision_model
for _name, _content in shipped():
    if _name.endswith(".bpmn"):
        for _model in bpmn.read_models(_content, _name):
            bpmn.read_deployed(_content, _name, _model.id)
    elif _name.endswith(".dmn"):
        dmn.examine(_content, _name)
