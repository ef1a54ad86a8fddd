"""What an audit asks."""

from dataclasses import dataclass
from typing import Any

from entrepot.kit.abi import Address, View


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask which contract, and what our row would answer."""

    about: str
    contract: Address
    view: View[Any]
    ours: Any
