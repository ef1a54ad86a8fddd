"""The scenario's own input files are what the readers are tried on."""

from pathlib import Path

import pytest

INPUTS = Path(__file__).parents[4] / "hardhat-free-devnet" / "scenarios" / "inputs"


@pytest.fixture
def inputs() -> Path:
    """Folder of the scenarios' input files."""
    return INPUTS
