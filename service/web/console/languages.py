"""The two languages: the words in the templates are English, the catalogue beside this module has the Chinese ones."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, Response, after_this_request, g, request

LANGUAGES = ("zh", "en")
COOKIE = "language"

_FOLDER = Path(__file__).with_name("translations")


def teach(app: Flask) -> None:
    """Let the app's templates speak the language of each request."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals["in_language"] = _same_page
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: _catalogue().gettext(text) if language() == "zh" else text,
        ngettext,
        newstyle=True,
    )


def language() -> str:
    """The language that was chosen for this request or before, else the browser's; Chinese if it tells none."""
    if "language" not in g:
        asked = request.args.get("lang", "")
        g.language = next(
            (one for one in (asked, request.cookies.get(COOKIE, "")) if one in LANGUAGES),
            request.accept_languages.best_match(LANGUAGES, "zh"),
        )
        if asked in LANGUAGES:
            after_this_request(_remember)
    chosen: str = g.language
    return chosen


def _same_page(code: str) -> str:
    """The query that shows what is shown now in another language."""
    return "?" + urlencode({**request.args.to_dict(), "lang": code})


def translated(text: str) -> str:
    """Words of the catalogue in the language of this request."""
    # Of nothing a catalogue tells its own head.
    return str(_catalogue().gettext(text)) if text and language() == "zh" else text


def _remember(answer: Response) -> Response:
    answer.set_cookie(COOKIE, language(), max_age=31_536_000, httponly=True, samesite="Lax")
    return answer


def ngettext(one: str, many: str, number: int) -> str:
    """The same of what is counted, as `%(num)s` in it is to be filled in."""
    if language() == "zh":
        return str(_catalogue().ngettext(one, many, number))
    return one if number == 1 else many


@cache
def _catalogue() -> Translations:
    with (_FOLDER / "zh.po").open("rb") as file:
        read = read_po(file, locale="zh", abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return Translations(compiled)
