"""Built-ins for contexts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.feel.builtins.define import NoResult, define
from service.feel.environment import MAX_NESTING, Scope


@define("get value(context: context, key: string)")
@define("get value(m: context, key: string)")
def _get_value(scope: Scope, context: Mapping[str, Any], key: str) -> Any:
    return context.get(key)


@define("get value(context: context, keys: list)")
def _get_deep(scope: Scope, context: Any, keys: list[Any]) -> Any:
    for key in keys:
        if not isinstance(context, Mapping):
            return None
        context = context.get(key)
    return context


@define("get entries(context: context)")
@define("get entries(m: context)")
def _entries(scope: Scope, context: Mapping[str, Any]) -> list[Any]:
    return [{"key": key, "value": value} for key, value in context.items()]


@define("context(entries: list)")
def _context(scope: Scope, entries: list[Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for entry in entries:
        if not isinstance(entry, Mapping) or "value" not in entry or not isinstance(entry.get("key"), str):
            raise NoResult("every entry needs a “key” and a “value”")
        if entry["key"] in result:
            raise NoResult(f"the key “{entry['key']}” comes twice")
        result[entry["key"]] = entry["value"]
    return result


@define("context put(context: context, key: string, value: any)")
def _put(scope: Scope, context: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    return {**context, key: value}


@define("context put(context: context, keys: list, value: any)")
def _put_deep(scope: Scope, context: Mapping[str, Any], keys: list[Any], value: Any) -> dict[str, Any]:
    if not keys or not all(isinstance(key, str) for key in keys):
        raise NoResult("the keys must be a list of text")
    if len(keys) > MAX_NESTING:
        raise NoResult(f"contexts may hold each other no more than {MAX_NESTING} deep")
    if len(keys) == 1:
        return {**context, keys[0]: value}
    inner = context.get(keys[0], {})
    if not isinstance(inner, Mapping):
        raise NoResult(f"“{keys[0]}” is no context")
    return {**context, keys[0]: _put_deep(scope, inner, keys[1:], value)}


@define("context merge(contexts: list)")
def _merge(scope: Scope, contexts: list[Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for context in contexts:
        if not isinstance(context, Mapping):
            raise NoResult("the list must hold contexts only")
        result |= context
    return result
