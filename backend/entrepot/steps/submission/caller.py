"""Who asks, and what is answered at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from entrepot.bindings.ids import ParticipantId
from entrepot.kit.abi import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSignature:
    """The caller's own signature over one call, see own_key.

    signature: 65 bytes r, s, v. deadline: unix seconds of chain time, the last at which it counts.
    """

    signature: bytes
    nonce: int
    deadline: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One key of one participant, as its token introduces it.

    key: the address that calls are sent from; None when the token may only read.
    passkey: the ERC-7913 signer of the person's passkey, when that is what they decide with.
    label: what the token is called, for people and logs; no name of a person.
    regulates: whether the participant is an active regulator, which reads everything.
    signatures: of the command's calls, in their order, when the key is not kept here.
    """

    participant_id: ParticipantId
    key: Address | None
    scopes: frozenset[str]
    label: str
    signatures: tuple[CallSignature, ...] = ()
    passkey: bytes | None = None
    regulates: bool = False

    @property
    def signer(self) -> bytes | None:
        """The ERC-7913 signer that the caller acts by: a passkey before a key."""
        return self.passkey or self.key

    @property
    def lei(self) -> str:
        """The participant, as people write it (ISO 17442)."""
        return self.participant_id.decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The operation that was written, or the one that asked for the very same before.

    result: what is known beforehand, as JSON: the ids of what will come to be.
    """

    operation_id: str
    result: dict[str, Any] = field(default_factory=dict[str, Any])
