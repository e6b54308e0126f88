"""`python -m tests.permissions`: writes docs/permissions.md anew."""

from __future__ import annotations

from tests.permissions import page

if __name__ == "__main__":
    page.PAGE.write_text(page.written(), encoding="utf-8")
    print(page.PAGE)
