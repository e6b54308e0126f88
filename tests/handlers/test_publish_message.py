"""`publish-message`: other processes hear of a matter, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from service import bpmn
from service.app import shipped
from service.handlers import Job, publish_message
from service.hotline import notices
from tests.diagrams import diagram, end, message_root, user
from tests.diagrams import message as message_node
from tests.world import World


def test_it_goes_by_the_matters_number_and_the_jobs_key_and_tells_what_it_names_alone() -> None:
    told: list[tuple[str, str, str, Mapping[str, Any], timedelta]] = []
    known = {"matter_no": "WF1", "round": 2, "text": "the lift has stopped"}
    for headers in ({"message": "redo"}, {"message": "redo", "tells": "round unit_id", "days": "365"}):
        publish_message.handler(lambda *given: told.append(given))(Job(7, "any", 1, 1, "order", headers, known, 3))
    assert told == [
        ("redo", "WF1", "7", {"matter_no": "WF1"}, timedelta(days=1)),
        ("redo", "WF1", "7", {"matter_no": "WF1", "round": 2}, timedelta(days=365)),
    ]


def test_what_is_told_is_read_by_who_waits() -> None:
    told, heard = set[tuple[str, str]](), set[tuple[str, str]]()
    for name, content in shipped():
        for one in bpmn.read_model(content, name).elements.values() if name.endswith(".bpmn") else ():
            if one.job and one.job.type.text == "publish-message":
                told |= {(one.headers["message"], variable) for variable in one.headers.get("tells", "").split()}
            if one.message and one.type == "startEvent":
                read = {
                    variable for _, source in one.outputs if source.expression for variable in source.expression.names
                }
                heard |= {(one.message.name.text, variable) for variable in read}
    assert ("supervision-requested", "unit_id") in told
    assert not told - heard


def test_published_twice_it_starts_one_process(world: World) -> None:
    begin = message_node("startEvent", "begin")
    world.deploy(
        diagram("fraud", [begin, user("look"), end()], ["begin -> look", "look -> done"], root=message_root("fraud"))
    )
    publish = notices.publish(world.database, world.engine)
    for _ in range(2):
        publish("fraud", "WF1", "7", {"matter": "WF1"}, timedelta(days=1))
    assert world.count("ACTIVE") == 1
