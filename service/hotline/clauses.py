"""The clauses of the regulation: each with its article, who it is about, and a short sentence in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from service.errors import Invalid

FOLDER = "regulation"
PROJECT = Path(__file__).parents[2]
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Clause:
    """`paragraph` is ¶ with its number, or the number of an item in brackets; `said` and `actor` are by language."""

    id: str
    article: int
    paragraph: str
    actor: Mapping[str, str]
    said: Mapping[str, str]


def read(folder: Path = PROJECT) -> dict[str, Clause]:
    """The clauses by their ids, in the order of the law; raises Invalid for a file that tells them wrongly."""
    file = folder / FOLDER / "clauses.yaml"
    found: dict[str, Clause] = {}
    try:
        told = yaml.safe_load(file.read_text("utf-8"))
        for one in told["clauses"]:
            if one["id"] in found:
                raise Invalid(f"{file.name} tells the clause {one['id']} twice. Give each an id of its own.")
            said = {language: str(one[language]) for language in LANGUAGES}
            actor = {language: str(told["actors"][one["actor"]][language]) for language in LANGUAGES}
            found[one["id"]] = Clause(one["id"], int(one["article"]), str(one["paragraph"]), actor, said)
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}. A project keeps its clauses there.") from None
    except (yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"{file.name} does not tell the clauses: {error!r}. Each has id, article, paragraph, …") from None
    return found
