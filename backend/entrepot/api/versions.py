"""Dated versions of the API: what a client was built against goes on working.

A change that could break a client comes under a new date; a request that names an older one is
answered as it was then. A request that names none gets the newest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from entrepot.api.problems import VERSION_UNKNOWN, Problem

HEADER: Final = "Entrepot-Version"
VERSIONS: Final = ("2026-11-26",)
"""Oldest first."""


def problem_with(wanted: str | None) -> Problem | None:
    """What is wrong with the version that a request names; None when it can be had."""
    if wanted is None or wanted in VERSIONS:
        return None
    return replace(VERSION_UNKNOWN, mend=f"name one of {', '.join(VERSIONS)}, or none")
