"""Which variables of processes are protected, as `regulation/protected.yaml` declares them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from service.errors import Invalid

PROJECT = Path(__file__).parents[2]
FILE = "regulation/protected.yaml"


@dataclass(frozen=True, slots=True)
class Declared:
    """Names of variables: who somebody is, what was said or written in free words, and what is neither."""

    personal: frozenset[str]
    told: frozenset[str]
    plain: frozenset[str]

    @property
    def protected(self) -> frozenset[str]:
        return self.personal | self.told


def read(folder: Path = PROJECT) -> Declared:
    """Raises Invalid for a file that declares nothing, or a name twice."""
    try:
        told = yaml.safe_load((folder / FILE).read_text("utf-8"))
        names = [[str(name) for name in told[kind]] for kind in ("personal", "told", "plain")]
    except OSError as error:
        raise Invalid(f"{FILE} cannot be read: {error.strerror}. What is protected is declared there.") from None
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise Invalid(f"{FILE} does not declare what is protected: {error!r}.") from None
    every = [name for kind in names for name in kind]
    if twice := sorted({name for name in every if every.count(name) > 1}):
        raise Invalid(f"{FILE} declares {', '.join(twice)} twice. Keep each in one list.")
    return Declared(*map(frozenset, names))
