"""The browser of the console's tests: the machine's Chromium, or the one bootstrap unpacked."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

OURS = Path(__file__).parents[2] / ".tools/bin/chromium"
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-default-browser-check",
    "--no-first-run",
)


def find_browser() -> str:
    """The path of a Chromium; fails with the command that brings one."""
    found = str(OURS) if OURS.exists() else shutil.which("chromium")
    if not found:
        raise FileNotFoundError("no Chromium here: run scripts/bootstrap.py --browser")
    return found


@contextmanager
def open_browser() -> Iterator[Browser]:
    """A headless browser, closed at the end; without its sandbox, which root cannot have."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), chromium_sandbox=False, args=list(QUIET)
        )
        try:
            yield browser
        finally:
            browser.close()
