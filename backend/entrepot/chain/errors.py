"""What can go wrong between us and the chain.

ChainError
    NodeUnavailable          nobody answered in time; asking again later is right
        RateLimited TimedOut
        SignerUnavailable    so with what holds our keys; nothing was signed
    NodeLied                 an answer that cannot be true; asking the same node again is not
        SignerLied           what came back is not what was to be signed, or not by that key
    WrongChain               a node of another network
    RpcRefused               the node answered with an error
        AlreadyKnown NonceTooLow NonceTooHigh Underpriced ReplacementUnderpriced
        InsufficientFunds SenderNotAuthorised GasLimitRefused PoolFull
        RangeTooLarge BlockUnknown MethodUnknown
    CallReverted             a contract said no, and why
    GasCapExceeded           a call needs more gas than we allow
    Undecodable              bytes that are not what the bindings say
        UnknownEvent
    DeploymentDiffers        the contracts at the addresses are not ours
    KeyUnknown               no key for this address
"""

from entrepot.kit.abi import Address, Revert


class ChainError(Exception):
    """Anything below."""


class NodeUnavailable(ChainError):
    """The node did not answer, or not in time, or not now."""


class RateLimited(NodeUnavailable):
    """The node asks us to slow down."""


class TimedOut(NodeUnavailable):
    """The node did not answer in time: perhaps it was asked for too much."""


class NodeLied(ChainError):
    """The node's answer contradicts the question or itself."""


class SignerUnavailable(NodeUnavailable):
    """What holds our keys did not answer. Nothing signed by it was stored, so nothing was sent."""


class SignerLied(NodeLied):
    """What holds our keys answered with something else than was to be signed; it is not used."""


class WrongChain(ChainError):
    """The node follows another chain than the one we are pinned to."""


class RpcRefused(ChainError):
    """The node answered with an error of its own."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code, self.message = code, message


class AlreadyKnown(RpcRefused):
    """The node has these very bytes already: as good as sent."""


class NonceTooLow(RpcRefused):
    """A transaction of this nonce has been mined."""


class NonceTooHigh(RpcRefused):
    """The nonce is further ahead than the node keeps transactions."""


class Underpriced(RpcRefused):
    """The fee is below what the node takes."""


class ReplacementUnderpriced(RpcRefused):
    """Another transaction of this nonce waits, and this one does not pay enough more."""


class InsufficientFunds(RpcRefused):
    """The sender cannot pay for the gas."""


class SenderNotAuthorised(RpcRefused):
    """The network's allowlist does not have the sender."""


class GasLimitRefused(RpcRefused):
    """The gas limit is above the block's, or below the least there is."""


class PoolFull(RpcRefused):
    """The node keeps no more transactions for now."""


class RangeTooLarge(RpcRefused):
    """Too many blocks or logs asked for at once: halve and ask again."""


class BlockUnknown(RpcRefused):
    """The node does not have the block or its state any more, or does not know the tag."""


class MethodUnknown(RpcRefused):
    """The node does not offer the method."""


class CallReverted(ChainError):
    """A contract refused; `revert` is its reason."""

    def __init__(self, revert: Revert) -> None:
        super().__init__(str(revert))
        self.revert = revert


class GasCapExceeded(ChainError):
    """A call needs more gas than one transaction of ours may use."""

    def __init__(self, gas: int, cap: int) -> None:
        super().__init__(f"needs {gas} gas, {cap} are allowed")
        self.gas, self.cap = gas, cap


class Undecodable(ChainError):
    """Bytes that do not have the shape the bindings give them."""


class UnknownEvent(Undecodable):
    """A log whose first topic is none of our events."""


class DeploymentDiffers(ChainError):
    """What is deployed, or written down about it, is not what this version was built with."""


class KeyUnknown(ChainError):
    """The signer has no key for the address."""

    def __init__(self, address: Address) -> None:
        super().__init__(f"no key for 0x{address.hex()}")
        self.address = address


_BY_TEXT: tuple[tuple[type[RpcRefused], tuple[str, ...]], ...] = (
    (AlreadyKnown, ("already known", "known transaction", "already imported", "alreadyknown")),
    (ReplacementUnderpriced, ("replacement transaction", "replacementnotallowed")),
    (Underpriced, ("underpriced", "gas price below", "less than block base fee", "feetoolow")),
    (NonceTooLow, ("nonce too low", "oldnonce")),
    (NonceTooHigh, ("nonce too high", "too distant", "noncegap")),
    (SenderNotAuthorised, ("not authorized", "not authorised")),
    (InsufficientFunds, ("insufficient funds", "insufficientfunds", "upfront cost")),
    (RangeTooLarge, ("range exceeds", "block range", "range is too", "returned more than")),
    (RangeTooLarge, ("too many results", "response size", "too many blocks")),
    (GasLimitRefused, ("gas limit", "intrinsic gas", "gas cap")),
    (PoolFull, ("pool is full", "pool full")),
    (BlockUnknown, ("unknown block", "block not found", "header not found", "blockoutofrange")),
    (BlockUnknown, ("missing trie node", "state is not available", "data unavailable")),
)
"""First match wins. Nodes share codes for different things, so the text is asked first."""

_BY_CODE: dict[int, type[RpcRefused]] = {
    -39001: BlockUnknown,
    -32001: NonceTooLow,
    -32005: GasLimitRefused,
    -32006: NonceTooHigh,
    -32007: SenderNotAuthorised,
    -32009: Underpriced,
    -32601: MethodUnknown,
}
"""Besu's numbers, and JSON-RPC 2.0's for an unknown method."""


def refusal(code: int, message: str) -> ChainError:
    """The error of ours that a node's error answer stands for."""
    text = message.lower()
    if code == 429 or "rate limit" in text or "too many requests" in text:
        return RateLimited(message)
    if code in (-32601, -39001):
        return _BY_CODE[code](code, message)
    for kind, patterns in _BY_TEXT:
        if any(pattern in text for pattern in patterns):
            return kind(code, message)
    return _BY_CODE.get(code, RpcRefused)(code, message)
