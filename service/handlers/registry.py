"""Which job types are done in process, and by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.handlers import JobHandler, publish_message, send_notice
from service.handlers.publish_message import Publish
from service.handlers.send_notice import Post


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out into the world that handlers need."""

    post: Post
    publish: Publish


HANDLERS: Mapping[str, Callable[[Ways], JobHandler]] = {
    "send-notice": lambda ways: send_notice.handler(ways.post),
    "publish-message": lambda ways: publish_message.handler(ways.publish),
}


def all_handlers(ways: Ways) -> Mapping[str, JobHandler]:
    """Job type → handler."""
    return {type_: make(ways) for type_, make in HANDLERS.items()}
