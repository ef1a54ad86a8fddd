"""A command whose key is the caller's own: prepared here, signed by its wallet or HSM, sent by us.

What is signed is each call of the command, as Participants.callSigned has it (ADR 0025). A command
comes to the same calls whenever it is made in the same words, so nothing is kept between preparing
and signing: the command is made again, and what was signed must be what it now comes to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast

import coincurve
from eth_hash.auto import keccak

from entrepot.bindings.participants import CallSigned, NonceOfView
from entrepot.bindings.settlement_token import Approve as ApproveSpending
from entrepot.chain import ids, typed_data
from entrepot.chain.codec import decode_call
from entrepot.domain.errors import Conflict, InvalidInput, NotPermitted
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.steps.submission.caller import Caller, CallSignature
from entrepot.store.tables import Outbox

REGISTRY = "Participants"
VALID_FOR_S = 30 * 60
SECP256K1_HALF = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


@dataclass(frozen=True, slots=True)
class Signing:
    """Who sends the call, to what, and the call: the signed one around the command's own."""

    sender: Address
    target: Address
    call: CallSigned


@dataclass(frozen=True, slots=True, kw_only=True)
class CallToSign:
    """deadline: unix seconds of chain time. typed_data: whose EIP-712 hash the digest is."""

    nonce: int
    deadline: int
    digest: bytes
    typed_data: dict[str, Any]


class Sent(Protocol):
    """A call of a command, by whom it is to be sent."""

    @property
    def sender(self) -> bytes: ...


def by_step(caller: Caller, steps: Sequence[Sent]) -> list[CallSignature | None]:
    """The signature of each call; None where none is needed, because nothing is signed so, or
    another key than the caller's acts. InvalidInput when there are more or fewer than calls,
    NotPermitted when a passkey's are missing, which nobody here can make."""
    own = sum(step.sender == caller.signer for step in steps)
    if not caller.signatures:
        if own and caller.passkey:
            raise NotPermitted(
                "you act by a passkey, and only your own device signs with it",
                "do this in the console",
            )
        return [None] * len(steps)
    if len(caller.signatures) != own:
        raise InvalidInput(
            f"{len(caller.signatures)} signatures for {own} calls: prepare the command again"
        )
    given = iter(caller.signatures)
    return [next(given) if step.sender == caller.signer else None for step in steps]


def signed(
    world: World, caller: Caller, target: Address, data: bytes, signature: CallSignature
) -> Signing:
    """The call with the caller's signature around it, to be sent by the keeper, which may nothing.

    NotPermitted for a token without a key, Conflict when the signature is another key's, or over
    another call than the command now comes to. Nonce and deadline are the contract's to judge, and
    a passkey's assertion whoever took it has verified.
    """
    if caller.signer is None:
        raise NotPermitted("this token speaks for no key", "use one issued for a signing key")
    if data.startswith(ApproveSpending.abi.selector):
        raise NotPermitted(
            "a deposit is only moved by its own account, which no signed call stands for",
            "send this with a key that is kept here",
        )
    asked = to_sign(world, caller.signer, target, data, signature.nonce, signature.deadline)
    if not caller.passkey and recovered(asked.digest, signature.signature) != caller.key:
        raise Conflict(
            "the signature is not the token's key's over what this command comes to now",
            "prepare it again, and sign what you get with that key",
        )
    call = CallSigned(
        signer=caller.signer,
        target=target,
        data=data,
        deadline=signature.deadline,
        signature=signature.signature,
    )
    return Signing(world.keeper, world.deployment[REGISTRY], call)


def to_sign(
    world: World, signer: bytes, target: Address, data: bytes, nonce: int, deadline: int
) -> CallToSign:
    """What the signer signs for this call to be made in its name."""
    registry, chain_id = world.deployment[REGISTRY], world.deployment.chain_id
    asked = typed_data.call(chain_id, registry, signer, target, data, nonce, deadline)
    return CallToSign(
        nonce=nonce, deadline=deadline, digest=asked.digest, typed_data=asked.document
    )


def next_nonce(world: World, signer: bytes) -> tuple[int, int]:
    """The nonce of the signer's next call, and a deadline that leaves time to sign it."""
    view = NonceOfView(key_id=ids.key_id(signer))
    nonce = world.node.call(world.deployment[REGISTRY], view)
    return nonce, world.node.block().timestamp + VALID_FOR_S


def wording(row: Outbox) -> tuple[bytes, bytes]:
    """The target and the data that a row asks for, whoever sends it."""
    if not row.calldata.startswith(CallSigned.abi.selector):
        return row.target, row.calldata
    call = cast("CallSigned", decode_call(REGISTRY, row.calldata))
    return call.target, call.data


def recovered(digest: bytes, signature: bytes) -> Address | None:
    """Whose 65 bytes r, s, v these are over the digest; None when they are no signature of
    secp256k1, or the twin with s in the upper half that OpenZeppelin refuses (EIP-2)."""
    if len(signature) != 65 or signature[64] not in (27, 28):
        return None
    if int.from_bytes(signature[32:64]) > SECP256K1_HALF:
        return None
    compact = signature[:64] + bytes([signature[64] - 27])
    try:
        key = coincurve.PublicKey.from_signature_and_message(compact, digest, hasher=None)
    except ValueError:
        return None
    return Address(keccak(key.format(compressed=False)[1:])[-20:])
