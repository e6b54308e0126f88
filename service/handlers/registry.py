"""Which job types are done in process, and by what."""

from __future__ import annotations

from collections.abc import Mapping

from service.handlers import JobHandler, publish_message, send_notice
from service.handlers.publish_message import Publish
from service.handlers.send_notice import Post


def all_handlers(*, post: Post, publish: Publish) -> Mapping[str, JobHandler]:
    """Job type → handler, given the ways out into the world."""
    return {
        "send-notice": send_notice.handler(post),
        "publish-message": publish_message.handler(publish),
    }
