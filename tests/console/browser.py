"""The browser of the console's tests: the one that bootstrap unpacked, or the machine's."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

OURS = Path(__file__).parents[2] / ".tools/bin/chromium"
PATIENCE_MS = 20_000  # a page shows in a second what a busy machine shows in ten
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
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), chromium_sandbox=False, args=list(QUIET)
        )
        try:
            yield browser
        finally:
            browser.close()
