"""What is wrong with a table is told before it decides: with rows, columns, an example, and the way out."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import product

import pytest

from service import dmn, feel
from tests.dmn import drawing

Columns = Mapping[str, str | tuple[str, str]]  # name → type, or type and allowed values


FEE = drawing.output("fee", "string")


def table(columns: Columns, rows: Sequence[str], policy: str = "UNIQUE", output: str = FEE) -> bytes:
    """A model of one table, each of whose inputs is drawn if it is a name."""
    inputs, data, needs = [], "", ""
    for name, declared in columns.items():
        kind, allowed = declared if isinstance(declared, tuple) else (declared, "")
        inputs.append(drawing.column(name, name, kind, allowed))
        if name.isidentifier():
            data += f'<inputData id="{name}" name="{name}"><variable name="{name}" typeRef="{kind}"/></inputData>'
            needs += f'<informationRequirement><requiredInput href="#{name}"/></informationRequirement>'
    drawn = drawing.table(inputs, [output], rows, f'id="t" hitPolicy="{policy}"')
    return drawing.model(f'{data}<decision id="fee" name="Fee"><variable name="fee"/>{needs}{drawn}</decision>')


def findings(columns: Columns, rows: Sequence[str], policy: str = "UNIQUE", output: str = FEE) -> list[str]:
    return told(table(columns, rows, policy, output))


def told(xml: bytes) -> list[str]:
    problems = dmn.examine(xml, "fee.dmn", deeply=True)[1]
    assert all(one.is_warning and one.element_id and one.mend for one in problems), problems
    return [one.message for one in problems]


CHANNELS = ("string", '"WEB", "APP"')


def test_a_table_in_order_is_told_nothing() -> None:
    rows = ['"WEB" | <= 5 -> "a"', '"WEB" | > 5 -> "b"', '"APP" | - -> "c"']
    assert findings({"channel": CHANNELS, "amount": "number"}, rows) == []


def test_rows_that_fire_together_are_told_with_an_example() -> None:
    rows = ['"WEB" | < 5 -> "a"', '- | [3..7] -> "b"', '- | > 7 -> "c"', '"APP" | < 3 -> "d"']
    assert findings({"channel": CHANNELS, "amount": "number"}, rows) == [
        'Rows 1 and 2 of the decision “Fee” both fire for channel = "WEB", amount = 3, '
        "but the hit policy Unique allows one."
    ]


def test_any_allows_rows_that_fire_together_with_one_output() -> None:
    rows = ['< 5 -> "a"', '<= 3 -> "a"', '>= 4 -> "b"']
    assert findings({"amount": "number"}, [*rows[:2], '>= 5 -> "a"'], "ANY") == [
        "Row 2 of the decision “Fee” never decides: wherever it fires, row 1 fires and comes first."
    ]
    assert findings({"amount": "number"}, [rows[0], rows[2]], "ANY") == [
        "Rows 1 and 2 of the decision “Fee” both fire for amount = 4 with different outputs, "
        "which the hit policy Any forbids."
    ]


@pytest.mark.parametrize("policy", ["FIRST", "F", "first"])
def test_a_hit_policy_is_known_however_it_is_spelled(policy: str) -> None:
    assert findings({"amount": "number"}, ['< 5 -> "a"', '< 3 -> "b"', '>= 5 -> "c"'], policy) == [
        "Row 2 of the decision “Fee” never decides: wherever it fires, row 1 fires and comes first."
    ]


def test_a_gap_is_told_with_an_example_and_all_that_it_holds() -> None:
    rows = ['"WEB" | < 5 -> "a"', '"WEB" | > 9 -> "b"', '"APP" | - -> "c"']
    assert findings({"channel": CHANNELS, "amount": "number"}, rows) == [
        'No row of the decision “Fee” covers channel = "WEB", amount = 5 '
        '(nor any other with channel: "WEB"; amount: [5..9]).'
    ]


@pytest.mark.parametrize("policy", ["FIRST", "PRIORITY", "UNIQUE", "ANY"])
def test_a_gap_matters_to_all_that_must_decide(policy: str) -> None:
    output = drawing.output("fee", "string", '"a", "b"')
    assert findings({"paid": "boolean"}, ['true -> "a"'], policy, output) == [
        "No row of the decision “Fee” covers paid = false."
    ]


def test_a_default_output_or_a_list_of_hits_leaves_no_gap() -> None:
    assert findings({"paid": "boolean"}, ['true -> "a"'], "COLLECT") == []
    assert (
        findings({"paid": "boolean"}, ['true -> "a"'], "UNIQUE", drawing.output("fee", "string", default='"none"'))
        == []
    )


def test_null_must_be_covered_where_a_row_speaks_of_it() -> None:
    columns = {"paid": "boolean", "late": "boolean"}
    assert findings(columns, ['true | - -> "a"', 'false | - -> "b"']) == [
        "The input “late” of the decision “Fee” is “-” in every row."
    ]
    rows = ['true | - -> "a"', 'false | - -> "b"', 'null | true -> "c"']
    assert findings(columns, rows) == ["No row of the decision “Fee” covers paid = null, late = false."]


def test_whole_numbers_and_days_have_no_gap_between_neighbours() -> None:
    assert findings({"count": "integer"}, ['<= 5 -> "a"', '>= 6 -> "b"']) == []
    assert findings({"day": "date"}, ['<= date("2024-02-28") -> "a"', '>= @"2024-02-29" -> "b"']) == []
    assert findings({"amount": "number"}, ['<= 5 -> "a"', '>= 6 -> "b"']) == [
        "No row of the decision “Fee” covers amount = 5.5 (nor any other with amount: (5..6))."
    ]


@pytest.mark.parametrize(
    ("kind", "low", "high", "between"),
    [
        ("date", '@"2024-01-01"', '@"2024-03-01"', '@"2024-01-02"'),
        ("time", '@"08:00:00"', '@"17:00:00"', '@"09:00:00"'),
        ("dayTimeDuration", 'duration("P1D")', 'duration("P3D")', '@"P2D"'),
        ("yearMonthDuration", '@"P1Y"', '@"P3Y"', '@"P2Y"'),
        ("string", '"b"', '"d"', '"b 2"'),
    ],
)
def test_values_of_every_kind_are_put_in_a_row(kind: str, low: str, high: str, between: str) -> None:
    (found,) = findings({"value": kind}, [f'<= {low} -> "a"', f'>= {high} -> "b"'])
    assert found.startswith(f"No row of the decision “Fee” covers value = {between} ")


def test_a_row_under_earlier_rows_never_decides() -> None:
    columns: Columns = {"channel": CHANNELS, "amount": "number"}
    rows = ['- | < 5 -> "b"', '- | >= 5 -> "c"', '"APP" | > 7 -> "d"', '- | - -> "e"']
    assert findings(columns, rows, "FIRST") == [
        "Row 3 of the decision “Fee” never decides: wherever it fires, row 2 fires and comes first.",
    ]
    rows = ['< 5 -> "b"', '>= 5 -> "c"', 'null -> "n"', '- -> "e"']
    assert findings({"amount": "number"}, rows, "FIRST") == [
        "Row 4 of the decision “Fee” never decides: wherever it fires, rows 1, 2 and 3 together fire and come first.",
    ]


def test_a_row_of_lower_priority_that_is_never_alone_never_decides() -> None:
    output = drawing.output("fee", "string", '"high", "low"')
    rows = ['[1..3] -> "low"', '< 5 -> "high"', '>= 5 -> "low"']
    assert findings({"amount": "number"}, rows, "PRIORITY", output) == [
        "Row 1 of the decision “Fee” never decides: wherever it fires, row 2 fires and comes first."
    ]


def test_cells_that_cannot_be_true_are_told_with_what_may_be_meant() -> None:
    columns: Columns = {"channel": CHANNELS, "level": ("number", "1, 2, 3"), "amount": "number"}
    rows = ['"WEBB" | - | - -> "a"', '- | > 3 | - -> "b"', '- | - | "5" -> "c"', '- | - | (5..5) -> "d"']
    assert findings(columns, rows, "COLLECT") == [
        'Row 1 of the decision “Fee”, “channel”: "WEBB" is none of the allowed values ("WEB", "APP"); '
        "it is never true.",
        "Row 2 of the decision “Fee”, “level”: > 3 is none of the allowed values (1, 2, 3); it is never true.",
        'Row 3 of the decision “Fee”, “amount”: "5" is a string, but the column holds a number; it is never true.',
        "Row 4 of the decision “Fee”, “amount”: the interval is empty.",
    ]


def test_outputs_must_be_given_of_their_type_and_allowed() -> None:
    rows = ['1 -> "lwo"', "2 ->", "3 -> 7"]
    output = drawing.output("fee", "string", '"low", "high"')
    assert findings({"level": "number"}, rows, "COLLECT", output) == [
        'Row 1 of the decision “Fee”: the output “fee” is "lwo", which is none of its allowed values ("low", "high").',
        "Row 2 of the decision “Fee” says nothing for the output “fee”.",
        "Row 3 of the decision “Fee”: the output “fee” is 7, but the column gives a string; it becomes null.",
    ]
    (one, *_) = dmn.examine(table({"level": "number"}, rows, "COLLECT", output), "fee.dmn", deeply=True)[1]
    assert one.mend.startswith('Is "low" meant?')


def test_what_a_cell_does_not_say_by_itself_raises_no_alarm() -> None:
    columns: Columns = {"amount": "number", "text": "string", "limit": "number"}
    rows = ['> limit | - | - -> "a"', '<= limit | matches(?, "x") | - -> "b"', '- | not(matches(?, "x")) | > 0 -> "c"']
    assert findings(columns, rows) == []


def test_a_row_said_twice_is_told_once() -> None:
    assert findings({"paid": "boolean"}, ['true -> "a"', 'false -> "b"', 'true -> "a"']) == [
        "Row 3 of the decision “Fee” says the same as row 1."
    ]


def test_an_unknown_name_is_told_with_the_nearest_known() -> None:
    xml = table({"amount": "number"}, ["< 5 -> amuont", ">= 5 -> amount"], output=drawing.output("fee"))
    (problem,) = dmn.examine(xml, "fee.dmn", deeply=True)[1]
    assert problem.message == "In the decision “Fee”, nothing is called “amuont”."
    assert problem.mend.startswith("Is “amount” meant?")


def test_a_table_of_200_rows_by_8_columns_is_analysed_wholly() -> None:
    """A space cut in halves again and again: nothing overlaps, and nothing is missing until a box is taken away."""
    boxes: list[list[tuple[float, float]]] = [[(0, 1024)] * 8]
    while len(boxes) < 200:
        box = boxes.pop(0)
        column = len(boxes) % 8
        low, high = box[column]
        for part in ((low, (low + high) / 2), ((low + high) / 2, high)):
            boxes.append([*box[:column], part, *box[column + 1 :]])
    columns = {f"c{index}": ("number", "[0..1024)") for index in range(8)}
    rows = [" | ".join(f"[{low}..{high})" for low, high in box) + ' -> "a"' for box in boxes]
    assert findings(columns, rows) == []
    (gap,) = findings(columns, rows[:-1])
    assert gap.startswith("No row of the decision “Fee” covers c0 = ")


def test_a_table_that_would_take_too_long_says_so() -> None:
    """Nine pigeons in eight holes: whether a row is left is as hard as it gets."""
    pairs = [(one, other, hole) for one in range(9) for other in range(one) for hole in range(8)]
    rows = [
        " | ".join(str(hole) if index in (one, other) else "-" for index in range(9)) + ' -> "a"'
        for one, other, hole in pairs
    ]
    columns = {f"c{index}": ("number", "0, 1, 2, 3, 4, 5, 6, 7") for index in range(9)}
    assert findings(columns, rows, "FIRST") == ["The table of the decision “Fee” is too large to be analysed wholly."]


SMALL: Columns = {"level": ("integer", "[1..5]"), "paid": "boolean", "kind": ("string", '"a", "b", "c"')}
VALUES: Mapping[str, list[object]] = {"level": [1, 2, 3, 4, 5], "paid": [True, False], "kind": ["a", "b", "c"]}
CELLS = {
    "level": ["-", "-", "3", "< 3", ">= 4", "[2..4]", "(1..3)", "not(2)", "not(> 3)", "1, 5", "null", "> limit"],
    "paid": ["-", "-", "true", "false", "not(true)", "true, null"],
    "kind": ["-", "-", '"a"', '"b", "c"', 'not("a")', '> "a"', "null", 'starts with(?, "a")', 'not("b", null)'],
}


def fired(rows: Sequence[str]) -> dict[tuple[object, ...], tuple[int, ...]]:
    """For every input of the small table the rows that fire."""
    model = dmn.examine(table(SMALL, rows, "COLLECT"), "fee.dmn")[0]
    environment = feel.Environment(now=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    hits = {}
    for values in product(*([*VALUES[name], None] for name in SMALL)):
        variables = dict(zip(SMALL, values, strict=True)) | {"limit": 3}
        (decided,) = dmn.evaluate(model, "fee", variables, environment).evaluated
        hits[values] = tuple(rule.index for rule in decided.matched_rules)
    return hits


@pytest.mark.parametrize("seed", range(40))
def test_what_is_told_of_a_small_table_is_what_all_its_inputs_show(seed: int) -> None:
    dice = random.Random(seed)
    policy = dice.choice(["UNIQUE", "FIRST"])
    cells = [[dice.choice(CELLS[name]) for name in SMALL] for _ in range(dice.randrange(1, 6))]
    rows = [f'{" | ".join(row)} -> "{number}"' for number, row in enumerate(cells)]
    messages, hits = findings(SMALL, rows, policy), fired(rows)
    told = {
        "gap": any(one.startswith("No row") for one in messages),
        "together": any("both fire" in one for one in messages),
        **{
            f"hidden {row}": any(one.startswith(f"Row {row} ") and "never decides" in one for one in messages)
            for row in range(1, len(rows) + 1)
        },
    }
    spoken = [any("null" in row[column] and "not" not in row[column] for row in cells) for column in range(len(SMALL))]
    spoken[2] |= any(row[2] == 'not("b", null)' for row in cells)
    expected = [
        got
        for values, got in hits.items()
        if all(value is not None or named for value, named in zip(values, spoken, strict=True))
    ]
    decided = {min(got) for got in hits.values() if got}
    ever = {row for got in hits.values() for row in got}
    true = {
        "gap": not all(expected),
        "together": policy == "UNIQUE" and any(len(got) > 1 for got in hits.values()),
        **{f"hidden {row}": policy == "FIRST" and row in ever - decided for row in range(1, len(rows) + 1)},
    }
    depends = any("limit" in row[0] or "starts" in row[2] for row in cells)
    wrong = {what for what in told if told[what] != true[what] and (told[what] or not depends)}
    assert wrong == set(), (rows, messages)


def test_whole_numbers_are_asked_for_whole_numbers() -> None:
    assert findings({"count": "integer"}, ['2.5 -> "a"', '- -> "b"'], "FIRST") == [
        "Row 1 of the decision “Fee”, “count”: 2.5 is nothing that the column can hold; it is never true."
    ]


@pytest.mark.parametrize("cell", ["< -9.9E6143", "> 9.9E6143", '> @"999999999-12-31"', '< @"-999999999-01-01"', '> ""'])
def test_the_ends_of_what_values_can_be_are_no_trouble(cell: str) -> None:
    kind = "number" if "E" in cell else "string" if '""' in cell else "date"
    assert findings({"value": kind}, [f'{cell} -> "a"', f'not({cell}) -> "b"']) == []


def test_an_input_that_is_required_but_never_read_is_told() -> None:
    xml = table({"amount": "number", "place": "string"}, ['< 5 | - -> "a"', '>= 5 | "north" -> "b"'], "COLLECT")
    assert told(xml.replace(b"<text>place</text>", b"<text>amount</text>").replace(b"&quot;north&quot;", b"7"))[0] == (
        "The decision “Fee” requires the input “place”, but never reads it."
    )


def test_an_unknown_function_is_told_with_the_nearest_known() -> None:
    assert findings({"text": "string"}, ['string lenght(?) > 3 -> "a"'], "COLLECT") == [
        "In the decision “Fee”, row 1, “text”, there is no function string lenght(…); the nearest is string length(…)."
    ]


def test_what_has_no_order_with_each_other_is_not_compared() -> None:
    columns: Columns = {"amount": "number", "place": "string", "late": "boolean"}
    rows = ["> place | - | - -> if amount = place then 1 else 2", 'amount | - | - -> "a"', '-|"x"|late -> "b"']
    assert [one for one in findings(columns, rows, "COLLECT") if "compared" in one] == [
        "Row 1 of the decision “Fee”, “amount”: a number is compared with a string; it is never true.",
        "Row 1 of the decision “Fee”, output “fee”: a number is compared with a string; it gives null.",
    ]


def graph(rows: Sequence[str]) -> list[str]:
    """What is told of a decision on a grade, which another gives for an amount, and on whether it is paid."""
    grades = ['< 5 -> "low"', '[5..9] -> "middle"', '> 9 -> "high"']
    grading = drawing.table([drawing.column("amount", "amount", "number")], [drawing.output("g", "string")], grades)
    grading = grading.replace('id="row-', 'id="grading-')
    columns = [drawing.column("grade", "grade", "string"), drawing.column("paid", "paid", "boolean")]
    grade, fee = (drawing.decision("grade", grading), drawing.table(columns, [FEE], rows))
    return told(drawing.model(grade + drawing.decision("fee", fee, "grade")))


def test_what_a_required_decision_gives_is_all_that_must_be_covered() -> None:
    rows = ['"low" | true -> "a"', '"low" | false -> "b"', '"middle", "high" | - -> "c"']
    assert graph(rows) == []
    assert graph(rows[1:]) == ['No row of the decision “fee” covers grade = "low", paid = true.']


def test_what_a_required_decision_never_gives_is_told() -> None:
    rows = ['"low", "hihg" | - -> "a"', '"middle" | true -> "b"', '"middle" | false, null -> "c"']
    assert graph(rows) == [
        'Row 1 of the decision “fee”, “grade”: "hihg" is none of the allowed values ("low", "middle", "high"); '
        "it is never true.",
        'No row of the decision “fee” covers grade = "high", paid = false (nor any other with grade: "high").',
    ]


def test_columns_that_depend_on_each_other_raise_no_alarm_for_what_cannot_come() -> None:
    columns: Columns = {"amount": "number", "amount + 1": "number"}
    assert findings(columns, ['< 5 | - -> "a"', '>= 5 | > 5 -> "b"']) == []


def test_lengths_and_counts_are_whole_and_not_below_zero() -> None:
    assert findings({"string length(text)": "number"}, ['< 5 -> "a"', '> 6 -> "b"']) == [
        "No row of the decision “Fee” covers string length(text) = 5 (nor any other with string length(text): 5, 6)."
    ]
