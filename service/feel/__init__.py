"""FEEL, the expression language of DMN: text compiled to closures, with no way to Python."""

from service.feel import iteration  # fills the compiler with for, some, every, filters, paths
from service.feel.calls import calls
from service.feel.environment import Environment, WorkingDays
from service.feel.expressions import Expression, UnaryTests, compile_expression, compile_unary_tests
from service.feel.nodes import TypeName
from service.feel.outside import checked
from service.feel.scanner import FeelSyntaxError
from service.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths, to_python
from service.feel.texts import parse_duration, parse_literal, show, to_json
from service.feel.values import FeelLimit, Function, Range, equal, from_python, kind

__all__ = [
    "Date",
    "DateTime",
    "DaysTime",
    "Environment",
    "Expression",
    "FeelLimit",
    "FeelSyntaxError",
    "Function",
    "Range",
    "Time",
    "TypeName",
    "UnaryTests",
    "WorkingDays",
    "YearsMonths",
    "calls",
    "checked",
    "compile_expression",
    "compile_unary_tests",
    "equal",
    "from_python",
    "iteration",
    "kind",
    "parse_duration",
    "parse_literal",
    "show",
    "to_json",
    "to_python",
]
