"""The JavaScript of pages: what esbuild has made of `frontend/`. A page works without its module, only less handily."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, url_for
from markupsafe import Markup

_BUILT = Path(__file__).with_name("static") / "dist"


def teach(app: Flask) -> None:
    """Let pages load their module: `{{ module("tasks") }}`."""
    app.jinja_env.globals["module"] = module
    app.jinja_env.globals["styles"] = styles


def is_built(name: str) -> bool:
    return (_BUILT / f"{name}.js").is_file()


def module(name: str) -> Markup:
    """The tag that loads a page's module; nothing where it was not built."""
    if not is_built(name):
        return Markup()
    source = url_for("console.static", filename=f"dist/{name}.js")
    return Markup('<script type="module" src="{}"></script>').format(source)


def styles(name: str) -> Markup:
    """The tag that loads the styles that a page's module brings; nothing where there are none."""
    if not (_BUILT / f"{name}.css").is_file():
        return Markup()
    return Markup('<link rel="stylesheet" href="{}">').format(url_for("console.static", filename=f"dist/{name}.css"))
