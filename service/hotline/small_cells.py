"""What of a figure everybody may be told: nothing from which few matters, and with them somebody, could be known."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from service.hotline.figure_counts import Counted
from service.hotline.kpis import Figure

_Key = TypeVar("_Key", bound=Hashable)


def is_small(figure: Figure, counted: Counted, least: int) -> bool:
    """Whether a figure counts too few matters: of a rate those that it counts, those that it does not, and both."""
    numerator, denominator = counted.get(figure.id, (0, 0))
    parts = (numerator, denominator - numerator, denominator) if figure.is_rate else (numerator,)
    return any(0 < one < least for one in parts)


def hidden(figure: Figure, parts: Mapping[_Key, Counted], least: int) -> frozenset[_Key]:
    """The parts of a sum that are not told as they are: the small ones, and the smallest others from which and the sum
    they could be worked out."""
    small = {key for key, counted in parts.items() if is_small(figure, counted, least)}
    if figure.is_rate or not small:
        return frozenset(small)
    sizes = {key: counted.get(figure.id, (0, 0))[0] for key, counted in parts.items()}
    for key in sorted(parts.keys() - small, key=lambda one: (sizes[one], str(one))):
        if len(small) > 1 and sum(sizes[one] for one in small) >= least:
            break
        if sizes[key]:
            small.add(key)
    return frozenset(small)


def public(figure: Figure, counted: Counted, least: int, *, is_hidden: bool) -> str:
    """A figure as anybody may read it; of one that is hidden only on which side of `least` it is."""
    numerator, denominator = counted.get(figure.id, (0, 0))
    if not figure.is_rate:
        if not is_hidden:
            return f"{numerator:,}"
        return f"< {least}" if numerator < least else f"≥ {least}"
    if not denominator:
        return "—"
    if not is_hidden:
        return f"{100 * numerator / denominator:.1f} %"
    if denominator < least:
        return f"< {least}"
    edge = 100 * least / denominator
    return f"< {edge:.1f} %" if numerator < least else f"> {100 - edge:.1f} %"
