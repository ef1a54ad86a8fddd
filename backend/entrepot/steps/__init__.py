"""The walk: six steps that meet only in tables, so each can be run alone, late, or twice.

| step       | reads                    | writes                        |
|------------|--------------------------|-------------------------------|
| submission | a request                | documents, operation, outbox  |
| sending    | outbox                   | outbox, lane; the chain       |
| indexing   | the chain                | block, log, every projection  |
| conditions | projections              | decision                      |
| release    | decision                 | outbox                        |
| repayment  | log                      | posting                       |

Beside it, `notification` sends what happened to where members want to be told.

Every step's `service` has `run(world, limit)`: bounded, safe to repeat, one transaction at a time.
"""

from dataclasses import dataclass

from entrepot.chain.deployment import Deployment
from entrepot.chain.node import Node
from entrepot.chain.signer import Signers
from entrepot.kit.abi import Address
from entrepot.kit.clock import Clock
from entrepot.settings import Settings
from entrepot.store.session import Store
from entrepot.store.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a step may touch, built once by `entrepot.wiring`.

    `keeper` is the address that asks for releases: a key without any permission.
    """

    settings: Settings
    store: Store
    node: Node
    signers: Signers
    deployment: Deployment
    keeper: Address
    clock: Clock
    vault: Vault


class Halt(Exception):
    """Something that must not be: stop, say why, and let a person look (P9)."""
