"""Somebody who has no mouse: every key that they press is counted."""

from dataclasses import dataclass

from playwright.sync_api import Page


@dataclass(slots=True)
class Keyboard:
    """The keys of a page. strokes: how many were pressed so far."""

    page: Page
    strokes: int = 0

    def press(self, *keys: str) -> None:
        """One after the other; a combination such as "Shift+Tab" is one stroke."""
        for key in keys:
            self.page.keyboard.press(key)
            self.strokes += 1
