"""The contracts on a devnet of their own, with members whose keys a test may use."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from stdnum import lei
from stdnum.iso7064 import mod_97_10

from entrepot.bindings.ids import ParticipantId
from entrepot.bindings.participants import AddKey, Register
from entrepot.bindings.roles import Permission, PermissionSet, Role, RoleSet
from entrepot.chain import governance
from entrepot.chain.answers import Receipt
from entrepot.chain.codec import decode_event, encode_call
from entrepot.chain.deployment import Deployment
from entrepot.chain.node import HttpNode
from entrepot.chain.sender import FREE, broadcast, gas_for
from entrepot.chain.signer import LocalSigner, PrivateKey, Signer, Transaction
from entrepot.kit.abi import Address, Call, Event
from entrepot.kit.hashing import sha256

FOREVER = 2**39
TIMEOUT_S = 10.0
DELAY_S = 1


def signer(name: str) -> LocalSigner:
    """The same key for the same name, on every run."""
    return LocalSigner(secret(name))


def secret(name: str) -> PrivateKey:
    return PrivateKey(sha256(f"test key of {name}".encode()))


def participant_id(name: str) -> ParticipantId:
    """An LEI with right check digits that nobody has."""
    stem = f"TEST{name.upper():0<14}"[:18]
    number = stem + mod_97_10.calc_check_digits(stem)
    return ParticipantId(lei.validate(number).encode())


@dataclass(frozen=True, slots=True)
class Ledger:
    node: HttpNode
    deployment: Deployment
    governor: Signer
    guardian: Signer

    def next_time(self) -> int:
        """The least that the next block's time can be."""
        return self.node.block("latest").timestamp + 1

    def act(self, by: Signer, to: Address, call: Call) -> list[Event]:
        """Sends the call and returns the events of our contracts, once it is mined."""
        receipt = self.send(by, to, call)
        assert receipt.succeeded
        ours = set(self.deployment.addresses())
        return [decode_event(log.topics, log.data) for log in receipt.logs if log.address in ours]

    def send(self, by: Signer, to: Address, call: Call) -> Receipt:
        nonce = self.node.nonce(by.address, "pending")
        data = encode_call(call)
        gas = gas_for(self.node, by.address, to, data, time=self.next_time())
        transaction = Transaction(chain_id=1337, nonce=nonce, to=to, data=data, gas=gas, fees=FREE)
        signed = by.sign_transaction(transaction)
        broadcast(self.node, signed.raw)
        return await_receipt(self.node, signed.hash)

    def govern(self, to: Address, call: Call) -> list[Event]:
        """The governor's call, announced first: the next block is a second later."""
        manager = self.deployment["AccessManager"]
        self.act(self.governor, manager, governance.scheduled(to, call))
        return self.act(self.governor, to, call)

    def admit(self, name: str, roles: Iterable[Role]) -> tuple[ParticipantId, LocalSigner]:
        """A member, and a key of it that may do everything."""
        who, key = participant_id(name), signer(name)
        everything = PermissionSet(sum(1 << permission for permission in Permission))
        admission = Register(
            participant_id=who,
            roles=RoleSet(sum(1 << role for role in roles)),
            jurisdiction=b"NL",
            kyc_expires_at=FOREVER,
            group=who,
            account=key.address,
            admin_signer=signer(f"{name}'s administrator").address,
        )
        members = self.deployment["Participants"]
        self.govern(members, admission)
        grant = AddKey(signer=key.address, permissions=everything)
        self.act(signer(f"{name}'s administrator"), members, grant)
        return who, key


def await_receipt(node: HttpNode, transaction: bytes) -> Receipt:
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        if (receipt := node.receipt(transaction)) is not None:
            return receipt
        time.sleep(0.01)
    raise AssertionError(f"not mined within {TIMEOUT_S} s")
