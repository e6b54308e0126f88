"""Built-ins for text. Regular expressions run on RE2, which takes linear time whatever the pattern."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

import re2

from service.feel.builtins.define import NoResult, define, integer
from service.feel.environment import Scope
from service.feel.texts import show

MAX_TEXT = 1_000_000
# A pattern may have to be compiled: that is as much work as this many steps.
_COST = 20


@define("substring(string: string, start position: number, length?: number?)")
def _substring(scope: Scope, text: str, start: Decimal, length: Decimal | None) -> str:
    first = integer(start, "the start position")
    if first == 0 or abs(first) > len(text):
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


@lru_cache(maxsize=500)
def _pattern(pattern: str, flags: str) -> Any:
    if set(flags) - set("smixq"):
        raise NoResult("the flags may be s, m, i, x, q")
    if "q" in flags:
        pattern = re2.escape(pattern)
    elif "x" in flags:
        pattern = "".join(pattern.split())
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = "i" not in flags
    options.dot_nl = "s" in flags
    if "m" in flags:
        pattern = f"(?m){pattern}"
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise NoResult(f"“{pattern}” is no pattern that can be matched") from error


@define("matches(input: string, pattern: string, flags?: string?)")
def _matches(scope: Scope, text: str, pattern: str, flags: str | None) -> bool:
    scope.env.step(_COST)
    return _pattern(pattern, flags or "").search(text) is not None


@define("replace(input: string, pattern: string, replacement: string, flags?: string?)")
def _replace(scope: Scope, text: str, pattern: str, replacement: str, flags: str | None) -> str:
    scope.env.step(_COST)
    if (len(text) + 1) * (len(replacement) + 1) > 10 * MAX_TEXT:
        raise NoResult("the result may become too long")
    compiled = _pattern(pattern, flags or "")
    if "q" in (flags or ""):
        template = replacement.replace("\\", "\\\\")
    else:
        template = _template(replacement, compiled.groups)
    return str(compiled.sub(template, text))


def _template(replacement: str, groups: int) -> str:
    """XPath's `$1` and `\\$` as RE2's `\\1` and `$`."""
    result, index = "", 0
    while index < len(replacement):
        sign, following = replacement[index], replacement[index + 1 : index + 2]
        if sign == "\\" and following in ("\\", "$") and following:
            result += "\\\\" if following == "\\" else "$"
            index += 2
        elif sign == "$" and following.isdigit():
            result += f"\\g<{following}>" if int(following) <= groups else ""
            index += 2
        elif sign in "\\$":
            raise NoResult("“$” and “\\” in a replacement need a “\\” before them")
        else:
            result += sign
            index += 1
    return result


@define("split(string: string, delimiter: string)")
def _split(scope: Scope, text: str, delimiter: str) -> list[str]:
    scope.env.step(_COST)
    return [str(part) for part in _pattern(delimiter, "").split(text)]


@define("extract(string: string, pattern: string)")
def _extract(scope: Scope, text: str, pattern: str) -> list[str]:
    scope.env.step(_COST)
    return [found.group(0) for found in _pattern(pattern, "").finditer(text)]


@define("string join(list: list, delimiter?: string?)")
def _join(scope: Scope, items: list[Any], delimiter: str | None) -> str:
    kept = [item for item in items if item is not None]
    if not all(isinstance(item, str) for item in kept):
        raise NoResult("the list must hold text only")
    if sum(len(item) + len(delimiter or "") for item in kept) > MAX_TEXT:
        raise NoResult("the result is too long")
    return (delimiter or "").join(kept)


@define("string(from: any)")
def _string(scope: Scope, value: Any) -> str | None:
    return None if value is None else show(value)
