"""What every test shares: how hard Hypothesis tries, and which folders go first."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

LONG = ("walk", "simulator", "console", "steps", "differential")
"""Folders whose single files take a minute or so. Dealt out first, they leave no process idle at
the end while another is still at its last file."""


settings.register_profile("default", derandomize=True, deadline=None)
settings.register_profile("full", max_examples=2_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Brings the long folders to the front, in their order; the rest stays as it is."""
    items.sort(key=lambda item: _rank(item.path))


def _rank(path: Path) -> int:
    folder = path.relative_to(Path(__file__).parent).parts[0]
    return LONG.index(folder) if folder in LONG else len(LONG)
