"""What the waits of a stored run see, without restoring it."""

from __future__ import annotations

from typing import Any

from service.bpmn import state
from service.bpmn.scopes import Scopes
from service.errors import NotFound


class VisibleVariables:
    """The variables of a stored run, read once for however many of its waits. Raises StuckError for a damaged state."""

    def __init__(self, dumped: bytes) -> None:
        _, scopes, tokens = state.load(dumped)
        with state.readable():
            self._scopes = Scopes.load(scopes)
            self._seen_from = {str(number): data.get("own", data["scope"]) for number, _, _, _, data in tokens}

    def of(self, wait_id: str) -> dict[str, Any]:
        """All that a wait sees. Raises NotFound for a wait that is gone."""
        if wait_id not in self._seen_from:
            raise NotFound(f"The process does not wait at {wait_id} any more.", wait_id=wait_id)
        with state.readable():
            return dict(self._scopes.seen_from(self._seen_from[wait_id]))
