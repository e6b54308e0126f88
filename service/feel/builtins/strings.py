"""Built-ins for text."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from service.feel.builtins.define import NoResult, define, place
from service.feel.environment import Scope
from service.feel.pattern_text import BadPattern
from service.feel.patterns import Pattern, compile_pattern
from service.feel.texts import show

MAX_TEXT = 1_000_000
# A pattern may have to be compiled: that is as much work as this many steps.
_COST = 20


@define("substring(string: string, start position: number, length?: number?)")
def _substring(scope: Scope, text: str, start: Decimal, length: Decimal | None) -> str:
    first = place(start, len(text))
    if first == 0:
        raise NoResult("the start position is outside of the text")
    begin = first - 1 if first > 0 else len(text) + first
    if length is None:
        return text[begin:]
    if length < 1:
        raise NoResult("the length must be at least 1")
    return text[begin : begin + int(length)]


@define("string length(string: string)")
def _length(scope: Scope, text: str) -> Decimal:
    return Decimal(len(text))


@define("upper case(string: string)")
def _upper(scope: Scope, text: str) -> str:
    return text.upper()


@define("lower case(string: string)")
def _lower(scope: Scope, text: str) -> str:
    return text.lower()


@define("is blank(string: string)")
def _is_blank(scope: Scope, text: str) -> bool:
    return not text.strip()


@define("to base64(value: string)")
def _to_base64(scope: Scope, text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@define("trim(string: string)")
def _trim(scope: Scope, text: str) -> str:
    return text.strip()


@define("substring before(string: string, match: string)")
def _before(scope: Scope, text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


@define("substring after(string: string, match: string)")
def _after(scope: Scope, text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


@define("contains(string: string, match: string)")
def _contains(scope: Scope, text: str, match: str) -> bool:
    return match in text


@define("starts with(string: string, match: string)")
def _starts(scope: Scope, text: str, match: str) -> bool:
    return text.startswith(match)


@define("ends with(string: string, match: string)")
def _ends(scope: Scope, text: str, match: str) -> bool:
    return text.endswith(match)


def _pattern(scope: Scope, pattern: str, flags: str | None) -> Pattern:
    scope.env.step(_COST)
    try:
        return compile_pattern(pattern, flags or "", scope.env.step)
    except BadPattern as error:
        raise NoResult(str(error)) from error


@define("matches(input: string, pattern: string, flags?: string?)")
def _matches(scope: Scope, text: str, pattern: str, flags: str | None) -> bool:
    return _pattern(scope, pattern, flags).found_in(text, scope.env.step)


@define("replace(input: string, pattern: string, replacement: string, flags?: string?)")
def _replace(scope: Scope, text: str, pattern: str, replacement: str, flags: str | None) -> str:
    compiled = _pattern(scope, pattern, flags)
    if compiled.matches_nothing:
        raise NoResult(f"“{pattern}” matches a text of length 0, which cannot be replaced")
    template = [replacement] if "q" in (flags or "") else list(_template(replacement, compiled.groups))
    parts, end, size = [], 0, 0
    for found in compiled.all_in(text, scope.env.step):
        scope.env.step()
        parts.append(text[end : found.start()])
        parts += [part if isinstance(part, str) else found.group(part) or "" for part in template]
        size += len(parts[-1]) + len(replacement)
        if size > MAX_TEXT:
            raise NoResult("the result is too long")
        end = found.end()
    return "".join([*parts, text[end:]])


def _template(replacement: str, groups: int) -> Iterator[str | int]:
    """The parts of a replacement: text, or the number of a group; `$12` is `$1` and a 2 with fewer groups."""
    index = 0
    while index < len(replacement):
        sign, following = replacement[index], replacement[index + 1 : index + 2]
        if sign == "\\" and following in ("\\", "$") and following:
            yield following
            index += 2
        elif sign == "$" and following.isascii() and following.isdigit():
            digits = following
            index += 2
            while (more := replacement[index : index + 1]).isdigit() and int(digits + more) <= groups:
                digits += more
                index += 1
            yield int(digits) if int(digits) <= groups else ""
        elif sign in "\\$":
            raise NoResult("“$” and “\\” in a replacement need a “\\” before them")
        else:
            yield sign
            index += 1


@define("split(string: string, delimiter: string)")
def _split(scope: Scope, text: str, delimiter: str) -> list[str]:
    compiled = _pattern(scope, delimiter, None)
    if compiled.matches_nothing:
        raise NoResult(f"“{delimiter}” matches a text of length 0, which cannot divide")
    parts, end = [], 0
    for found in compiled.all_in(text, scope.env.step):
        parts.append(text[end : found.start()])
        end = found.end()
    return [*parts, text[end:]]


@define("extract(string: string, pattern: string)")
def _extract(scope: Scope, text: str, pattern: str) -> list[str]:
    return [found.group() for found in _pattern(scope, pattern, None).all_in(text, scope.env.step)]


@define("string join(list: list, delimiter?: string?)")
def _join(scope: Scope, items: list[Any], delimiter: str | None) -> str:
    kept = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in kept):
        raise NoResult("the list must hold text only")
    if sum(len(item) + len(delimiter or "") for item in kept) > MAX_TEXT:
        raise NoResult("the result is too long")
    return (delimiter or "").join(kept)


@define("string join(list: list, delimiter: string?, prefix: string, suffix: string)")
def _join_between(scope: Scope, items: list[Any], delimiter: str | None, prefix: str, suffix: str) -> str:
    return f"{prefix}{_join(scope, items, delimiter)}{suffix}"


@define("string(from: any)")
def _string(scope: Scope, value: Any) -> str | None:
    return None if value is None else show(value)
