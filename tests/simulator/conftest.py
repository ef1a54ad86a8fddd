"""One database server for all simulations."""

from collections.abc import Iterator

import pytest

from entrepot.devnet.simulator.runs import databases
from entrepot.devnet.simulator.simulation import Fresh


@pytest.fixture(scope="session")
def fresh() -> Iterator[Fresh]:
    """Opens an empty database."""
    with databases() as opened:
        yield opened
