"""One chain with the contracts on it, shared by the tests that only add to it."""

from collections.abc import Iterator

import pytest

from entrepot.chain.deploying import deploy
from entrepot.chain.deployment import TokenTerms
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.devnet.sequencer import Sequencer
from tests.chain.ledger import DELAY_S, Ledger, participant_id, signer


@pytest.fixture(scope="session")
def chain() -> Iterator[Sequencer]:
    """Mines whatever is sent, at once."""
    with Sequencer() as running:
        yield running


@pytest.fixture(scope="session")
def node(chain: Sequencer) -> Iterator[HttpNode]:
    rpc = Rpc(chain.url)
    yield HttpNode(rpc)
    rpc.close()


@pytest.fixture(scope="session")
def ledger(node: HttpNode) -> Ledger:
    governor = signer("governor")
    dollars = TokenTerms(issuer=participant_id("bank"), currency="USD", decimals=2)
    guardian = signer("guardian")
    deployment = deploy(
        node,
        signer("deployer"),
        governor=governor.address,
        guardian=guardian.address,
        delay_s=DELAY_S,
        tokens=[dollars],
    )
    return Ledger(node, deployment, governor, guardian)
