"""`python -m tests.vocabulary`: writes docs/vocabulary.md anew."""

from __future__ import annotations

from tests.vocabulary import page

if __name__ == "__main__":
    page.PAGE.parent.mkdir(exist_ok=True)
    page.PAGE.write_text(page.written(), encoding="utf-8")
    print(page.PAGE)
