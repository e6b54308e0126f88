"""The JavaScript and styles of pages: what esbuild has made of `frontend/`, and how browsers keep it.

A page works without its module, only less handily.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for
from flask_compress import Compress
from markupsafe import Markup

_STATIC = Path(__file__).with_name("static")
_BUILT = _STATIC / "dist"
_ENDPOINT = "console.static"
_A_YEAR = 31_536_000
# What modules share, and what they load later, is named by esbuild with a digest of what it holds.
_DIGEST = re.compile(r"-[A-Z0-9]{8}\.js$")
# What programs read is not compressed: it would cost each of their many small requests more than the line does.
_COMPRESSED = ["text/html", "text/css", "text/javascript", "image/svg+xml"]


def teach(app: Flask) -> None:
    """Let pages load their module: `{{ module("tasks") }}`; and let browsers keep what does not change."""
    app.jinja_env.globals["module"] = module
    app.jinja_env.globals["styles"] = styles
    app.url_defaults(_name_version)
    app.after_request(_keep)
    app.config.setdefault("COMPRESS_MIMETYPES", _COMPRESSED)
    Compress(app)


def is_built(name: str) -> bool:
    return (_BUILT / f"{name}.js").is_file()


def module(name: str) -> Markup:
    """The tag that loads a page's module; nothing where it was not built."""
    if not is_built(name):
        return Markup()
    source = url_for(_ENDPOINT, filename=f"dist/{name}.js")
    return Markup('<script type="module" src="{}"></script>').format(source)


def styles(name: str) -> Markup:
    """The tag that loads the styles that a page's module brings; nothing where there are none."""
    if not (_BUILT / f"{name}.css").is_file():
        return Markup()
    return Markup('<link rel="stylesheet" href="{}">').format(url_for(_ENDPOINT, filename=f"dist/{name}.css"))


def _name_version(endpoint: str, values: dict[str, Any]) -> None:
    path = _STATIC / str(values.get("filename"))
    if endpoint == _ENDPOINT and path.is_file():
        values["v"] = _version(path, path.stat().st_mtime_ns)


@lru_cache(1_000)
def _version(path: Path, _changed: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


def _keep(answer: Response) -> Response:
    """A file whose address names its version or its digest need never be asked for again."""
    file = (request.view_args or {}).get("filename", "")
    if request.endpoint == _ENDPOINT and answer.status_code == 200 and ("v" in request.args or _DIGEST.search(file)):
        answer.cache_control.no_cache = None
        answer.cache_control.public, answer.cache_control.max_age, answer.cache_control.immutable = True, _A_YEAR, True
    return answer
