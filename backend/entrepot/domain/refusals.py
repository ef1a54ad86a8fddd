"""How the model of the contracts refuses: with the reason that the contract itself would give."""

from entrepot.kit.abi import Revert


class Refused(Exception):
    """The contract would refuse; `revert` is its reason. No request meets this: the model decides
    nothing, the contract does."""

    def __init__(self, revert: Revert) -> None:
        super().__init__(str(revert))
        self.revert = revert
