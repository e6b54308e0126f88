"""`publish-message`: other processes hear of a matter, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.handlers import Job, publish_message
from service.hotline import notices
from tests.diagrams import diagram, end, message_root, user
from tests.diagrams import message as message_node
from tests.world import World


def test_it_goes_by_the_matters_number_and_the_jobs_key() -> None:
    told: list[tuple[str, str, str, Mapping[str, Any]]] = []
    job = Job(7, "publish-message", 1, 1, "report-fraud", {"message": "fraud-suspected"}, {"matter_no": "WF1"}, 3)
    publish_message.handler(lambda *given: told.append(given))(job)
    assert told == [("fraud-suspected", "WF1", "7", {"matter_no": "WF1"})]


def test_published_twice_it_starts_one_process(world: World) -> None:
    begin = message_node("startEvent", "begin")
    world.deploy(
        diagram("fraud", [begin, user("look"), end()], ["begin -> look", "look -> done"], root=message_root("fraud"))
    )
    publish = notices.publish(world.database, world.engine)
    for _ in range(2):
        publish("fraud", "WF1", "7", {"matter": "WF1"})
    assert world.count("ACTIVE") == 1
