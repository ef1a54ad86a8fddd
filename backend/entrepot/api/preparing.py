"""Prefer: prepare: what a command comes to, for the caller's own wallet or HSM to sign.

The same request is then sent again with the signatures in Entrepot-Signatures, a list (RFC 9651) of
one item for each call, in their order: "0x<r s v>";nonce=4;deadline=1795000000
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from entrepot.chain.codec import decode_call
from entrepot.domain.errors import InvalidInput, NotPermitted
from entrepot.kit.abi import Address, to_plain
from entrepot.steps import World
from entrepot.steps.submission import operations, own_key
from entrepot.steps.submission.caller import Accepted, Caller, CallSignature
from entrepot.store.session import Session
from entrepot.store.tables import Outbox
from entrepot.views.deeds import deed_in_words

C = TypeVar("C")

HEADER: Final = "Entrepot-Signatures"
CALLS_MAX: Final = 16
_ITEM = re.compile(
    r'\s*"0x(?P<signature>[0-9a-fA-F]{130})"\s*;\s*nonce=(?P<nonce>\d{1,15})'
    r"\s*;\s*deadline=(?P<deadline>\d{1,15})\s*"
)


def prepared(
    world: World, caller: Caller, verb: Callable[[World, Session, Caller, C], Accepted], command: C
) -> dict[str, Any]:
    """The calls to sign, as EIP-712 typed data with its digest and in words; nothing is kept.

    Refusals are raised as if it were done. NodeUnavailable when the chain can't tell the nonce.
    """
    if caller.key is None:
        raise NotPermitted("this token speaks for no key", "use one issued for a signing key")
    with world.store.trying() as session:
        accepted = verb(world, session, caller, command)
        rows = operations.calls(session, accepted.operation_id)
    own = [row for row in rows if row.sender == caller.key]
    nonce, deadline = own_key.next_nonce(world, caller.key)
    return {
        "prepared": [
            _to_sign(world, caller.key, row, nonce + place, deadline)
            for place, row in enumerate(own)
        ],
        "result": accepted.result,
    }


def _to_sign(world: World, key: Address, row: Outbox, nonce: int, deadline: int) -> dict[str, Any]:
    asked = own_key.to_sign(world, key, Address(row.target), row.calldata, nonce, deadline)
    call = decode_call(row.verb.partition(".")[0], row.calldata)
    return {
        "verb": row.verb,
        "words": deed_in_words(row.verb),
        "arguments": to_plain(call),
        "digest": _hex(asked.digest),
        "typed_data": asked.typed_data,
    }


def signatures(header: str | None) -> tuple[CallSignature, ...]:
    """Those that a request brings; InvalidInput when they are not written as above."""
    if header is None:
        return ()
    items = header.split(",")
    found = [_ITEM.fullmatch(item) for item in items[: CALLS_MAX + 1]]
    if len(items) > CALLS_MAX or not all(found):
        raise InvalidInput(
            f'{HEADER}: each of at most {CALLS_MAX} is written "0x<65 bytes>";nonce=N;deadline=N'
        )
    return tuple(
        CallSignature(
            signature=bytes.fromhex(item["signature"]),
            nonce=int(item["nonce"]),
            deadline=int(item["deadline"]),
        )
        for item in found
        if item
    )


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
