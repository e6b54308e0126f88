"""Somebody who has a keyboard and nothing else: Tab to where something is, then write, choose or press."""

from __future__ import annotations

from playwright.sync_api import Page

_IS_THERE = "(wanted) => document.activeElement?.matches(wanted) ?? false"
_MOST = 80


class Keyboard:
    def __init__(self, page: Page) -> None:
        self.page, self.strokes = page, 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.strokes += 1

    def go(self, key: str) -> None:
        """Press what leads to another page, and wait for that."""
        with self.page.expect_navigation():
            self.press(key)

    def to(self, wanted: str) -> None:
        """Forward to the first element that fits, from the top past the menu; fails if Tab never comes there."""
        if self.page.evaluate("document.activeElement === document.body"):
            self.press("Tab")
            if self.page.evaluate(_IS_THERE, ".skip"):
                self.press("Enter")
        for _ in range(_MOST):
            if self.page.evaluate(_IS_THERE, wanted):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {wanted} on {self.page.url}")

    def write(self, name: str, text: str) -> None:
        self.to(f'[name="{name}"]')
        self.page.keyboard.insert_text(text)

    def choose(self, name: str, value: str) -> None:
        """One of some round buttons, or of a list."""
        if self.page.locator(f'select[name="{name}"]').count():
            self.to(f'[name="{name}"]')
            self._down(f'select[name="{name}"]:has(option[value={_quoted(value)}]:checked)')
            return
        self.to(f'[name="{name}"]')
        self.press("Space")
        self._down(f'[name="{name}"][value={_quoted(value)}]')

    def press_at(self, wanted: str, key: str = "Enter") -> None:
        self.to(wanted)
        self.press(key)

    def _down(self, wanted: str) -> None:
        for _ in range(_MOST):
            if self.page.evaluate(_IS_THERE, wanted):
                return
            self.press("ArrowDown")
        raise AssertionError(f"No arrow leads to {wanted} on {self.page.url}")


def _quoted(value: str) -> str:
    escaped = value.replace('"', '\\"')
    return f'"{escaped}"'
