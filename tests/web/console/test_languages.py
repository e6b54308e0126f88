"""Every word that people read is there in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from service.hotline.matters import STATUSES
from service.hotline.people import AGENCY_ROLES
from service.web.console import words

CONSOLE = Path(words.__file__).parent


def _said() -> Iterator[str]:
    """The words of templates and modules, many as well as one."""
    for method, pattern in (("jinja2", "**.html"), ("python", "**.py")):
        options = {pattern: {"newstyle_gettext": "true"}}
        found = extract_from_dir(CONSOLE, [(pattern, method)], options, {"_": None, "ngettext": (1, 2), "named": None})
        for _, _, message, _, _ in found:
            yield from (message,) if isinstance(message, str) else (message[0],)


def test_nothing_is_left_untranslated_and_nothing_translated_in_vain() -> None:
    with (CONSOLE / "translations" / "zh.po").open("rb") as file:
        catalogue = read_po(file, locale="zh", abort_invalid=True)
    translated = {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue
        if message.id and message.string
    }
    said = set(_said())
    assert len(said) > 30
    assert sorted(said - translated) == []
    assert sorted(translated - said) == []


def test_every_status_and_role_has_a_name() -> None:
    assert set(words.STATUSES) == set(STATUSES)
    assert set(words.ROLES) == AGENCY_ROLES
