"""The signs of a picture of a diagram: what stands in its shapes, and how what is marked looks."""

from __future__ import annotations

from collections.abc import Mapping

MARKED, CURRENT, ADDED, REMOVED, CHANGED = "marked", "current", "added", "removed", "changed"
# How something is marked → its line, its ground, and the sign that says the same beside the colour.
MARKS: Mapping[str, tuple[str, str, str]] = {
    MARKED: ("#b4430f", "#ffe3c7", ""),
    CURRENT: ("#0b5cad", "#d5e7fb", ""),
    ADDED: ("#17663a", "#dff2e6", "+"),
    REMOVED: ("#a3201d", "#fdeceb", "−"),
    CHANGED: ("#7a5200", "#fff4d6", "≠"),
}
INSIDE = {
    "exclusiveGateway": "M-8,-8 L8,8 M-8,8 L8,-8",
    "parallelGateway": "M0,-11 V11 M-11,0 H11",
    "inclusiveGateway": "M-10,0 A10,10 0 1 1 10,0 A10,10 0 1 1 -10,0",
    "eventBasedGateway": "M0,-9 L9,-2 L6,8 H-6 L-9,-2 Z",
    "timerEventDefinition": "M-9,0 A9,9 0 1 1 9,0 A9,9 0 1 1 -9,0 M0,-6 V0 L4,3",
    "messageEventDefinition": "M-8,-5 H8 V6 H-8 Z L0,1 L8,-5",
    "errorEventDefinition": "M-7,7 L-3,-6 L2,2 L7,-8 L3,6 L-2,-2 Z",
    "signalEventDefinition": "M0,-8 L8,6 H-8 Z",
    "escalationEventDefinition": "M0,-8 L6,7 L0,1 L-6,7 Z",
    "conditionalEventDefinition": "M-6,-8 H6 V8 H-6 Z M-4,-4 H4 M-4,0 H4 M-4,4 H4",
    "terminateEventDefinition": "M-7,0 A7,7 0 1 1 7,0 A7,7 0 1 1 -7,0",
    "linkEventDefinition": "M-8,-3 H2 V-7 L8,0 L2,7 V3 H-8 Z",
    "compensateEventDefinition": "M0,-6 V6 L-7,0 Z M7,-6 V6 L0,0 Z",
}
CORNER = {
    "userTask": "M-5,7 C-5,1 5,1 5,7 Z M-3,-3 A3,3 0 1 1 3,-3 A3,3 0 1 1 -3,-3",
    "serviceTask": "M-4,0 A4,4 0 1 1 4,0 A4,4 0 1 1 -4,0 M0,-7 V-4 M0,4 V7 M-7,0 H-4 M4,0 H7 M-5,-5 L-3,-3 M5,5 L3,3 "
    "M5,-5 L3,-3 M-5,5 L-3,3",
    "businessRuleTask": "M-8,-6 H8 V6 H-8 Z M-8,-2 H8 M-8,2 H8 M-3,-2 V6",
    "sendTask": "M-8,-5 H8 V6 H-8 Z L0,1 L8,-5",
    "receiveTask": "M-8,-5 H8 V6 H-8 Z L0,1 L8,-5",
    "scriptTask": "M-6,-7 H5 V7 H-6 Z M-3,-3 H3 M-3,0 H3 M-3,3 H3",
}
