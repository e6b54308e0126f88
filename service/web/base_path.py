"""Behind a proxy that serves the service under a path of its own: links and addresses begin with that path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def under(base: str, app: Wsgi) -> Wsgi:
    """The app under a base path, whether the proxy hands that on or cuts it off."""

    def serve(asked: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = asked["PATH_INFO"]
        if path == base or path.startswith(f"{base}/"):
            path = path[len(base) :] or "/"
        return app({**asked, "SCRIPT_NAME": base, "PATH_INFO": path}, start)

    return serve
