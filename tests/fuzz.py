"""Sends what the OpenAPI descriptions allow and what they do not, and looks at what is answered.

`python -m tests.fuzz [--examples 200] [--seed N] [--store postgresql] [--only TEXT]` does it for long and prints the
seed; the tests do a little of it, always the same.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api import Api
from tests.diagrams import diagram, end, job, message, message_root, script, start, timer, user
from tests.stores import STORES, Stores

SURFACES = ("/v2", "/hotline/v1")
# That what fits is accepted is not asked: what belongs together, and cursors, no schema can say.
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
_NODES = [
    start(),
    script("count", "1 / 3", "third"),
    job("send", "letter"),
    user("look"),
    message("intermediateCatchEvent", "reply"),
    timer("intermediateCatchEvent", "wait", "PT1H"),
    end(),
]
_CASE = diagram(
    "case",
    _NODES,
    ["begin -> count", "count -> send", "send -> look", "look -> reply", "reply -> wait", "wait -> done"],
    root=message_root(),
)


class Fuzz:
    """An app that something runs in, and its descriptions."""

    def __init__(self, database_url: str) -> None:
        # One thread: then nobody has a seat to wait on, and every request is answered at once.
        self.api = Api(database_url, threads=1)
        self.api.app.wsgi_app = self._from_here(self.api.app.wsgi_app)  # type: ignore[method-assign]
        self.answered: Counter[int] = Counter()
        self.api.deployed(_CASE)
        self._keys = [self.api.start("case", matter=str(number)) for number in range(3)]
        for one in self.api.take("letter", maxJobsToActivate=1):
            self.api.post(f"/jobs/{one['jobKey']}/completion", status=204)
        for what in ("jobs", "user-tasks", "element-instances", "process-definitions", "incidents"):
            for item in self.api.search(f"/{what}"):
                self._keys += [value for name, value in item.items() if name.endswith("Key") and value]
        self._keys = sorted(set(self._keys), key=int)

    def _from_here(self, serve: Any) -> Any:
        """Every request comes from this machine, which needs no signing in; and is counted by how it is answered."""

        def count(environ: dict[str, Any], begin: Any) -> Any:
            def told(status: str, *more: Any) -> Any:
                self.answered[int(status[:3])] += 1
                return begin(status, *more)

            here = {**environ, "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "localhost"}
            here.pop("HTTP_AUTHORIZATION", None)
            return serve(here, told)

        return count

    def operations(self, surface: str, only: str = "") -> Iterator[Any]:
        described = schemathesis.openapi.from_wsgi(f"{surface}/openapi.json", self.api.app)
        raw = described.raw_schema
        raw.pop("security", None)  # nobody needs to sign in here
        _close_answers(raw)
        for found in described.get_all_operations():
            operation: Any = found.ok()  # type: ignore[union-attr]  # a description that is amiss fails right here
            if only in f"{operation.method.upper()} {operation.path}":
                yield operation

    def try_(self, operation: Any, examples: int, number: int) -> None:
        """Raises what schemathesis finds amiss, with a request that shows it."""
        chance = random.Random(number)
        for mode in MODES:

            @seed(number)
            @settings(
                max_examples=examples,
                deadline=None,
                database=None,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode))
            def send(case: Any) -> None:
                # A key that is there is hardly ever made up.
                if "key" in (case.path_parameters or {}) and chance.random() < 0.5:
                    case.path_parameters["key"] = chance.choice(self._keys)
                case.call_and_validate(checks=CHECKS)

            try:
                send()
            except Unsatisfiable:
                # What takes nothing, or any text, cannot be asked wrongly.
                if mode is MODES[0]:
                    raise


def _close_answers(raw: Any) -> None:
    """Answers hold what is described and nothing else, though it is no promise to clients."""
    schemas = raw["components"]["schemas"]
    operations = [one for item in raw["paths"].values() for name, one in item.items() if name != "parameters"]
    taken = set(_named(schemas, [one.get("requestBody") for one in operations]))
    for name, schema in schemas.items():
        if name not in taken and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)


def _named(schemas: Any, inside: Any, known: frozenset[str] = frozenset()) -> Iterator[str]:
    """The schemas that are referred to, and those that they refer to."""
    if isinstance(inside, dict):
        name = str(inside.get("$ref", "")).rsplit("/", 1)[-1]
        if name in schemas and name not in known:
            yield name
            yield from _named(schemas, schemas[name], known | {name})
        inside = list(inside.values())
    if isinstance(inside, list):
        for one in inside:
            yield from _named(schemas, one, known)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=200, help="of each kind for each operation")
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--store", choices=STORES, default=STORES[0])
    parser.add_argument("--only", default="", help="operations whose method and path hold this")
    asked = parser.parse_args()
    print(f"--seed {asked.seed} --store {asked.store}")
    failed = 0
    with Stores() as stores:
        for surface in SURFACES:
            fuzz = Fuzz(stores.new(asked.store, furnished=True))
            for operation in fuzz.operations(surface, asked.only):
                fuzz.answered.clear()
                try:
                    fuzz.try_(operation, asked.examples, asked.seed)
                    print("ok", operation.label, dict(fuzz.answered), flush=True)
                except (Exception, BaseExceptionGroup) as error:
                    failed += 1
                    print("FAILED", operation.label, *_causes(error), sep="\n", flush=True)
    return min(failed, 1)


def _causes(error: BaseException) -> Iterator[str]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    else:
        yield f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
