"""Sends what the OpenAPI descriptions allow and what they do not, and looks at what is answered.

`python -m tests.fuzz [--examples 200] [--seed N] [--store postgresql] [--only TEXT]` does it for long and prints the
seed; the tests do a little of it, always the same.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import CheckContext, CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api import Api
from tests.described import close_answers
from tests.samples import Samples
from tests.stores import STORES, Stores

SURFACES = ("/v2", "/hotline/v1")


def does_not_break(context: CheckContext, response: Any, case: Any) -> bool | None:
    """503 and 504 say that somebody has to wait, which is no fault."""
    return None if response.status_code in (503, 504) else not_a_server_error(context, response, case)


# That what fits is accepted is not asked: what belongs together, and cursors, no schema can say.
CHECKS: list[CheckFunction] = [
    does_not_break,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


class Fuzz:
    """An app that something runs in, and its descriptions."""

    def __init__(self, database_url: str) -> None:
        # One thread: then nobody has a seat to wait on, and every request is answered at once.
        self.api = Api(database_url, threads=1)
        self.api.app.wsgi_app = self._from_here(self.api.app.wsgi_app)  # type: ignore[method-assign]
        self.answered: Counter[int] = Counter()
        self._samples = Samples(self.api)
        matter = self.api.client.post("/hotline/v1/matters", json={"text": "The street lamp is out."}).json
        self._matter = {"number": matter["number"], "code": matter["query_code"]} if matter else {}

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
        close_answers(raw)
        for found in described.get_all_operations():
            operation: Any = found.ok()  # type: ignore[union-attr]  # a description that is amiss fails right here
            if only in f"{operation.method.upper()} {operation.path}":
                yield operation

    def try_(self, operation: Any, examples: int, number: int) -> None:
        """Raises what schemathesis finds amiss, with a request that shows it."""
        chance = random.Random(number)
        if operation.method != "get" and not operation.path.endswith("/search"):
            self._samples.live()  # what was there may have been done or ended meanwhile
        self.answered.clear()
        for mode in MODES:
            try:
                self._send(operation, mode, examples, number, chance)
            except Unsatisfiable:
                # What takes nothing, or any text, cannot be asked wrongly.
                if mode is MODES[0]:
                    raise

    def _send(
        self, operation: Any, mode: schemathesis.GenerationMode, examples: int, number: int, chance: random.Random
    ) -> None:
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
            self._make_real(case, chance, is_wrong=mode is not MODES[0])
            case.call_and_validate(checks=CHECKS)

        send()

    def _make_real(self, case: Any, chance: random.Random, *, is_wrong: bool) -> None:
        """Name what is there, half of the time: a key that is there is hardly ever made up, nor a filter that fits.

        What is wrong somewhere stays as it is, but for a path that fits, or nothing might be left that is wrong.
        """
        path: dict[str, Any] = case.path_parameters or {}
        noun = case.operation.path.split("/")[2]
        fits = not is_wrong or re.fullmatch("-?[0-9]{1,19}(-[0-9]+)?", str(path.get("key")))
        if "key" in path and fits and chance.random() < 0.8:
            path["key"] = chance.choice(self._samples.keys_of(noun) or [path["key"]])
        path |= {name: value for name, value in self._matter.items() if name in path and chance.random() < 0.5}
        if is_wrong or not isinstance(case.body, dict):
            return
        if case.operation.path.endswith("/search") and chance.random() < 0.5:
            case.body = {name: value for name, value in case.body.items() if name == "sort"}
        self._name_real_keys(case.body, chance)
        for name in [one[:-2] for one in case.body if one.endswith("Id")]:
            if f"{name}Key" in case.body:  # one of the two says which
                del case.body[name + chance.choice(("Id", "Key"))]

    def _name_real_keys(self, inside: Any, chance: random.Random) -> None:
        match inside:
            case dict():
                for name, value in inside.items():
                    known = self._samples.keys.get(name)
                    if known and isinstance(value, str) and chance.random() < 0.8:
                        inside[name] = chance.choice(known)
                    else:
                        self._name_real_keys(value, chance)
            case list():
                for one in inside:
                    self._name_real_keys(one, chance)


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
                try:
                    fuzz.try_(operation, asked.examples, asked.seed)
                    print("ok", operation.label, dict(fuzz.answered), flush=True)
                except (Exception, BaseExceptionGroup) as error:
                    failed += 1
                    print("FAILED", operation.label, *causes(error), sep="\n", flush=True)
    return min(failed, 1)


def causes(error: BaseException) -> Iterator[str]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from causes(one)
    else:
        yield f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
