"""What can go wrong, without HTTP: every surface answers these in its own shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in something that a person drew or sent: where it is, what it is, how to mend it.

    With a warning it is deployed all the same: it means something, though probably not what was meant.
    """

    element_id: str
    message: str
    mend: str = ""
    file: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        where = f"{self.file}: " if self.file else ""
        return f"{where}{self.element_id}: {self.message}" + (f" → {self.mend}" if self.mend else "")


class HotlineError(Exception):
    """The root of everything raised on purpose; `details` are shown to the caller, so never personal data."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotFound(HotlineError):
    """The caller named something that is not there."""


class Conflict(HotlineError):
    """The caller was right once, but something has changed since."""


class Invalid(HotlineError):
    """The caller's input does not fit; `problems` names each field."""

    def __init__(self, message: str, problems: Sequence[Problem] = (), **details: Any) -> None:
        super().__init__(message, **details)
        self.problems = tuple(problems)


class Forbidden(HotlineError):
    """The caller may not do this."""


class ModelRejected(Invalid):
    """A diagram, table or form cannot be deployed; all its problems at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems), problems)


class BpmnError(HotlineError):
    """Foreseen by the diagram: a boundary event with this code goes on."""

    def __init__(self, code: str, message: str = "", variables: dict[str, Any] | None = None) -> None:
        super().__init__(message or code, code=code)
        self.code = code
        self.variables = variables or {}


class StuckError(HotlineError):
    """The model cannot go on at this element.

    `number` is the token that was to go on, where all else can go on without it; None if the step as a whole cannot
    be made, and the state from before it is kept. With `leaves`, its work is done and it was to leave the element.
    """

    def __init__(
        self, element_id: str, message: str, error_type: str = "UNKNOWN", *, number: int | None = None
    ) -> None:
        super().__init__(message, element_id=element_id)
        self.element_id = element_id
        self.error_type = error_type
        self.number, self.leaves = number, False
