"""By what an officer signs: their own device, their own wallet, or the key that is kept here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from fastapi import Request

from entrepot.console.passkeys import Passkeys
from entrepot.console.sessions import Officer
from entrepot.domain.errors import InvalidInput
from entrepot.kit.abi import Address
from entrepot.steps import World
from entrepot.store.session import Session

Means = Literal["passkey", "wallet", "kept"]

WALLET_BYTES = 65


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """What the page's script hands to the officer's device, as JSON. account: the wallet's."""

    asked: str
    account: str = ""


class Signable(Protocol):
    """A digest, and for wallets the typed data that it is the hash of."""

    @property
    def digest(self) -> bytes: ...

    @property
    def typed_data(self) -> dict[str, Any]: ...


def means_of(world: World, officer: Officer) -> Means | None:
    """A passkey that is on the ledger before any other key; None for who decides nothing."""
    holder = officer.holder
    if not officer.may_decide:
        return None
    if holder.passkey:
        return "passkey"
    return "kept" if Address(holder.key or b"") in world.signers.addresses() else "wallet"


def to_sign(
    request: Request, passkeys: Passkeys, means: Means | None, officer: Officer, what: Signable
) -> ToSign | None:
    """None where nothing is asked of the officer's device."""
    holder = officer.holder
    if means == "passkey":
        options = passkeys.to_sign(request, holder.credential_id or b"", what.digest)
        return ToSign(asked=options)
    if means == "wallet":
        asked = json.dumps(what.typed_data)
        return ToSign(asked=asked, account=f"0x{(holder.key or b'').hex()}")
    return None


def signature(
    request: Request,
    session: Session,
    passkeys: Passkeys,
    means: Means | None,
    officer: Officer,
    digest: bytes,
    answer: str,
) -> bytes | None:
    """What came back from the device, as the contract takes it; None when the key is kept here.

    NotKnown when a device signed something else, or not as it should; InvalidInput when a wallet's
    answer is no signature.
    """
    if means == "passkey":
        person_id = officer.holder.person_id or b""
        return passkeys.signed(request, session, person_id, digest, _read(answer))
    return _of_wallet(answer) if means == "wallet" else None


def _read(answer: str) -> dict[str, Any]:
    try:
        found = json.loads(answer)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _of_wallet(answer: str) -> bytes:
    """65 bytes r, s, v; some devices count v from 0, and the contract from 27."""
    try:
        found = bytes.fromhex(answer.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != WALLET_BYTES:
        raise InvalidInput("the wallet's answer is no signature of 65 bytes")
    return found[:-1] + bytes([found[-1] + 27]) if found[-1] < 2 else found
