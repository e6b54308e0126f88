"""What people say and write in a made-up matter: each says it in words of their own, about a place of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import yaml

_FILE = Path(__file__).with_name("subjects.yaml")


class Wording:
    """`said`: kind of words → of what a text of that kind is put together, one of each list after the other."""

    def __init__(self, said: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._said = said

    def of(self, kind: str, chance: Random, **told: str) -> str:
        """`told` and a number of days stand in the words as `{name}`."""
        told["days"] = str(chance.randrange(2, 40))
        return "".join([chance.choice(choices).format_map(told) for choices in self._said[kind]])


def read() -> tuple[list[dict[str, Any]], Wording]:
    """The subjects of the file beside this module, and the words about them."""
    told = yaml.safe_load(_FILE.read_text("utf-8"))
    return told["subjects"], Wording(told["words"])
