"""Regular expressions are those of XPath: what matches, what is refused, and how long a hostile one may take."""

from __future__ import annotations

import pytest

from tests.feel.speaking import environment, evaluate

MATCHES = [
    # text, pattern, flags, expected (None: no pattern of XPath)
    ("aA", r"(a)\1", "i", True),
    ("ab", r"(a)\1", "", False),
    ("abcabc", r"^(a(b)c)\1$", "", True),
    ("h", r"(.)\2", "", None),
    ("a", r"(a\1)", "", None),
    ("a", r"[\1]", "", None),
    ("a", r"\0", "", None),
    ("x", "[A-Z-[OI]]", "i", True),
    ("i", "[A-Z-[OI]]", "i", False),
    ("b", "[^a-c-[d]]", "", False),
    ("e", "[^a-c-[d]]", "", True),
    ("Q", "[^Q]", "i", False),
    ("\u212a", "k", "i", True),
    ("hello", r"^\p{IsBasicLatin}+$", "", True),
    ("α", r"\P{IsBasicLatin}", "", True),
    ("hello", r"\p{ I s B a s i c L a t i n }+", "x", True),
    ("hello", r"\p{ IsBasicLatin}+", "", None),
    ("hello", r"\p{IsNowhere}", "", None),
    ("hello", r"\p{Letter}", "", None),
    ("热线", r"^\p{Lo}{2}$", "", True),
    ("hello world", "he ll o[ ]worl d", "x", True),
    ("hello world", r"hello\ sworld", "x", True),
    ("a1", r"^\i\c*$", "", True),
    ("1a", r"^\i", "", False),
    ("1a", r"^\I\C?", "", True),
    ("é-", r"^\w$", "", False),
    ("_", r"\w", "", True),
    ("_", r"[^\W]", "", True),
    ("-", r"\w", "", False),
    ("x-y", r"^[\w-]+$", "", True),
    ("5", r"[\D]", "", False),
    (" ", r"[\S]", "", False),
    ("a\nb", "a.b", "", False),
    ("a\rb", "a.b", "", False),
    ("a\nb", "a.b", "s", True),
    ("abc\n", "c$", "", False),
    ("abc\nd", "c$", "m", True),
    ("ab\ncd\n", "^$", "m", False),
    ("\nab\ncd\n", "^$", "m", True),
    ("ab\ncd\n", "d$", "m", True),
    ("a.b", "a.b", "q", True),
    ("axb", "a.b", "q", False),
    ("A.B", "a.b", "qi", True),
    ("🐎", "^.$", "", True),
    ("🐎", "^[🐀-🐿]$", "", True),
    ("", "()", "", True),
    ("b", "a|b|", "", True),
    ("-", "[a-]", "", True),
    ("-", "[-a]", "", True),
    ("^", r"[\^]", "", True),
    ("\t", r"[\t]", "", True),
    ("a@b:c", r"^a\@b[\:]c$", "", True),
    ("a", r"\y", "", None),
    ("a", r"\t\n\r\|\.\?\*\+\(\)\{\}\-\[\]\^\$\\", "", False),
    ("aaa", "^a{2,}?a$", "", True),
    *(("a", pattern, "", None) for pattern in ("*", "a**", "a{2,1}", "a{,2}", "a{", "a}", "]", "[]", "[^]", "[", "(a")),
    *(("a", pattern, "", None) for pattern in ("a)", "[z-a]", "[a[b]]", "[a-[b]c]", r"\b", "\\", "(?=a)", r"[a-\d]")),
    ("a", "a", "z", None),
    ("a", "a", " ", None),
]


@pytest.mark.parametrize(("text", "pattern", "flags", "expected"), MATCHES)
def test_a_pattern_matches_as_in_xpath(text: str, pattern: str, flags: str, expected: bool | None) -> None:
    env = environment()
    assert evaluate("matches(t, p, f)", {"t": text, "p": pattern, "f": flags}, env) is expected
    assert bool(env.warnings) is (expected is None)


REPLACED = [
    ("abcd", "(ab)|(a)", "[1=$1][2=$2]", "", "[1=ab][2=]cd"),
    ("abc", "b", "<$0>", "", "a<b>c"),
    ("abc", "(b)", "$12", "", "ab2c"),
    ("abc", "b", r"\$\\", "", r"a$\c"),
    ("a.c", ".", "$", "q", "a$c"),
    ("abc", "b", "$x", "", None),
    ("abc", "b", "\\", "", None),
    ("abc", "x*", "-", "", None),
    ("aaBB", r"(.)\1", "<$1>", "", "<a><B>"),
    ("a\nb\n", "^", "> ", "m", None),
]


@pytest.mark.parametrize(("text", "pattern", "new", "flags", "expected"), REPLACED)
def test_what_a_pattern_finds_is_replaced(text: str, pattern: str, new: str, flags: str, expected: str | None) -> None:
    assert evaluate("replace(t, p, r, f)", {"t": text, "p": pattern, "r": new, "f": flags}) == expected


@pytest.mark.parametrize(
    ("text", "pattern"),
    [("a" * 40 + "b", r"^(a+)+(x?)\2$"), ("ab" * 5_000, r"(a|b|ab)*(a|b|ab)*\1c"), ("a" * 30_000, r"(a*)*(b)\2")],
)
def test_a_pattern_that_goes_back_without_end_is_cut(text: str, pattern: str) -> None:
    env = environment()
    assert evaluate("matches(t, p)", {"t": text, "p": pattern}, env) in (None, False)
    assert env.steps < 2_000_000


@pytest.mark.parametrize("pattern", ["((a{100}){100}){100}", r"((a{100}){100}){100}(b)\2", "[a-[b]]" * 30])
def test_a_pattern_that_is_too_large_is_refused(pattern: str) -> None:
    env = environment()
    assert evaluate("matches(t, p)", {"t": "a", "p": pattern}, env) is None
    assert "too large" in env.warnings[0] or "more than" in env.warnings[0]
