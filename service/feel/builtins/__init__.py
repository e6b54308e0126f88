"""The built-in functions (DMN 1.5, section 10.3.4), and those that know working days."""

from service.feel.builtins import camunda, contexts, conversion, lists, numbers, ranges, strings, temporal, working_days
from service.feel.builtins.define import SIGNATURES

__all__ = [
    "SIGNATURES",
    "camunda",
    "contexts",
    "conversion",
    "lists",
    "numbers",
    "ranges",
    "strings",
    "temporal",
    "working_days",
]
