"""Governance of a deployment: everything waits, the guardian cancels, and no way leads round it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from entrepot.bindings import access_manager as words
from entrepot.bindings.participants import Register, Reinstate, Suspend, WrongState
from entrepot.bindings.roles import RoleSet
from entrepot.bindings.settlement_token import Pause, PausedView, Unpause
from entrepot.chain import governance
from entrepot.chain.codec import encode_call
from entrepot.chain.deploying import deploy, verify
from entrepot.chain.deployment import Deployment, TokenTerms
from entrepot.chain.errors import CallReverted, DeploymentDiffers
from entrepot.chain.governance import ADMIN_ROLE, GOVERNOR_ROLE, GUARDIAN_ROLE, LENDING_ROLE
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.sender import FREE, broadcast, gas_for
from entrepot.chain.signer import Signer, Transaction
from entrepot.devnet.sequencer import Mode, Sequencer
from entrepot.kit.abi import Address, Call, Revert
from tests.chain.ledger import FOREVER, participant_id, signer

pytestmark = pytest.mark.anvil

DELAY_S = 2 * 24 * 60 * 60
SETBACK_S = 5 * 24 * 60 * 60
"""After how long AccessManager lets a changed delay count."""
WEEK_S = 7 * 24 * 60 * 60

GOVERNOR, GUARDIAN, ACCOMPLICE = signer("governor"), signer("guardian"), signer("accomplice")
SOMEBODY = participant_id("somebody")
REGISTER = Register(
    participant_id=SOMEBODY,
    roles=RoleSet(1),
    jurisdiction=b"NL",
    kyc_expires_at=FOREVER,
    group=SOMEBODY,
    account=signer("somebody").address,
    admin_signer=signer("somebody's administrator").address,
)


@dataclass(frozen=True)
class Rule:
    """A deployment on a chain whose time moves when it is told to."""

    chain: Sequencer
    node: HttpNode
    made: Deployment

    def at(self, contract: str) -> Address:
        return self.made.tokens[0].address if contract == "token" else self.made[contract]

    def act(self, by: Signer, contract: str, call: Call) -> None:
        """CallReverted when the next block would refuse it."""
        to, data = self.at(contract), encode_call(call)
        next_time = self.node.block("latest").timestamp + 1
        transaction = Transaction(
            chain_id=1337,
            nonce=self.node.nonce(by.address),
            to=to,
            data=data,
            gas=gas_for(self.node, by.address, to, data, time=next_time),
            fees=FREE,
        )
        signed = by.sign_transaction(transaction)
        broadcast(self.node, signed.raw)
        self.chain.mine()
        receipt = self.node.receipt(signed.hash)
        assert receipt is not None
        assert receipt.succeeded

    def announce(self, contract: str, call: Call, by: Signer = GOVERNOR) -> None:
        self.act(by, "AccessManager", governance.scheduled(self.at(contract), call))

    def govern(self, contract: str, call: Call) -> None:
        self.announce(contract, call)
        self.chain.advance(DELAY_S)
        self.act(GOVERNOR, contract, call)

    def refusal(self, by: Signer, contract: str, call: Call) -> Revert:
        with pytest.raises(CallReverted) as refused:
            self.act(by, contract, call)
        return refused.value.revert


@pytest.fixture
def rule() -> Iterator[Rule]:
    with Sequencer(mode=Mode.MANUAL) as chain:
        node = HttpNode(Rpc(chain.url))
        made = deploy(
            node,
            signer("deployer"),
            governor=GOVERNOR.address,
            guardian=GUARDIAN.address,
            delay_s=DELAY_S,
            tokens=[TokenTerms(issuer=participant_id("bank"), currency="USD", decimals=2)],
            mine=chain.mine,
        )
        yield Rule(chain, node, made)
        node.rpc.close()


def examine(rule: Rule) -> None:
    """As `entrepot deploy --verify` does."""
    verify(rule.node, rule.made)
    governance.check_history(rule.node, rule.made)


def test_p4_nobody_admits_a_member_at_once(rule: Rule) -> None:
    refused = rule.refusal(GOVERNOR, "Participants", REGISTER)
    assert isinstance(refused, words.AccessManagerNotScheduled)
    rule.announce("Participants", REGISTER)
    rule.chain.advance(DELAY_S - 2)
    assert isinstance(rule.refusal(GOVERNOR, "Participants", REGISTER), words.AccessManagerNotReady)
    rule.chain.mine()
    rule.act(GOVERNOR, "Participants", REGISTER)


def test_what_nobody_comes_back_to_for_a_week_is_void(rule: Rule) -> None:
    rule.announce("Participants", REGISTER)
    rule.chain.advance(DELAY_S + WEEK_S)
    assert isinstance(rule.refusal(GOVERNOR, "Participants", REGISTER), words.AccessManagerExpired)


def test_the_guardian_cancels_what_is_announced(rule: Rule) -> None:
    grant = words.GrantRole(role_id=GOVERNOR_ROLE, account=ACCOMPLICE.address, execution_delay=0)
    opened = words.SetTargetFunctionRole(
        target=rule.at("Participants"), selectors=(Suspend.abi.selector,), role_id=GOVERNOR_ROLE
    )
    dismissed = words.RevokeRole(role_id=GUARDIAN_ROLE, account=GUARDIAN.address)
    calls: list[tuple[str, Call]] = [
        ("Participants", REGISTER),
        ("AccessManager", grant),
        ("AccessManager", opened),
        ("AccessManager", dismissed),
    ]
    for contract, call in calls:
        rule.announce(contract, call)
        cancel = words.Cancel(
            caller=GOVERNOR.address, target=rule.at(contract), data=encode_call(call)
        )
        for stranger in (ACCOMPLICE, signer("deployer")):
            refused = rule.refusal(stranger, "AccessManager", cancel)
            assert isinstance(refused, words.AccessManagerUnauthorizedCancel)
        rule.act(GUARDIAN, "AccessManager", cancel)
    rule.chain.advance(DELAY_S)
    for contract, call in calls:
        refused = rule.refusal(GOVERNOR, contract, call)
        assert isinstance(refused, words.AccessManagerNotScheduled)


def test_the_guardian_stops_at_once_and_can_do_no_more(rule: Rule) -> None:
    rule.govern("Participants", REGISTER)
    rule.act(GUARDIAN, "Participants", Suspend(participant_id=SOMEBODY))
    rule.act(GUARDIAN, "token", Pause())
    assert rule.node.call(rule.at("token"), PausedView())
    calls: list[tuple[str, Call]] = [
        ("Participants", REGISTER),
        ("Participants", Reinstate(participant_id=SOMEBODY)),
        ("token", Unpause()),
    ]
    for contract, call in calls:
        refused = rule.refusal(GUARDIAN, contract, call)
        assert refused == words.AccessManagedUnauthorized(caller=GUARDIAN.address)
        announced = governance.scheduled(rule.at(contract), call)
        refused = rule.refusal(GUARDIAN, "AccessManager", announced)
        assert isinstance(refused, words.AccessManagerUnauthorizedCall)
    again = Suspend(participant_id=SOMEBODY)
    assert isinstance(rule.refusal(GUARDIAN, "Participants", again), WrongState)
    rule.govern("token", Unpause())
    assert not rule.node.call(rule.at("token"), PausedView())


def test_p4_a_new_governor_without_a_delay_waits_twice(rule: Rule) -> None:
    """Once to be granted, which everybody sees, and once more before the role counts."""
    rule.chain.advance(SETBACK_S)
    grant = words.GrantRole(role_id=GOVERNOR_ROLE, account=ACCOMPLICE.address, execution_delay=0)
    refused = rule.refusal(GOVERNOR, "AccessManager", grant)
    assert isinstance(refused, words.AccessManagerNotScheduled)
    rule.govern("AccessManager", grant)
    assert isinstance(
        rule.refusal(ACCOMPLICE, "Participants", REGISTER), words.AccessManagedUnauthorized
    )
    rule.chain.advance(DELAY_S - 2)
    assert isinstance(
        rule.refusal(ACCOMPLICE, "Participants", REGISTER), words.AccessManagedUnauthorized
    )
    with pytest.raises(DeploymentDiffers, match="role 1 is held by"):
        governance.check_history(rule.node, rule.made)


def test_p4_a_governor_cannot_shorten_its_own_delay_at_once(rule: Rule) -> None:
    shorter = words.GrantRole(role_id=GOVERNOR_ROLE, account=GOVERNOR.address, execution_delay=0)
    rule.govern("AccessManager", shorter)
    rule.announce("Participants", REGISTER)
    assert isinstance(rule.refusal(GOVERNOR, "Participants", REGISTER), words.AccessManagerNotReady)
    rule.chain.advance(DELAY_S)
    with pytest.raises(DeploymentDiffers, match="less than"):
        verify(rule.node, rule.made)


def test_p4_an_administrator_without_a_delay_still_waits_for_a_contracts_rules(
    rule: Rule,
) -> None:
    rule.chain.advance(SETBACK_S)
    admin = words.GrantRole(role_id=ADMIN_ROLE, account=ACCOMPLICE.address, execution_delay=0)
    rule.govern("AccessManager", admin)
    rule.chain.advance(DELAY_S)
    opened = words.SetTargetFunctionRole(
        target=rule.at("Participants"), selectors=(Register.abi.selector,), role_id=2**64 - 1
    )
    refused = rule.refusal(ACCOMPLICE, "AccessManager", opened)
    assert isinstance(refused, words.AccessManagerNotScheduled)
    shortened = words.SetTargetAdminDelay(target=rule.at("Participants"), new_delay=0)
    rule.act(ACCOMPLICE, "AccessManager", shortened)  # which counts in five days
    refused = rule.refusal(ACCOMPLICE, "AccessManager", opened)
    assert isinstance(refused, words.AccessManagerNotScheduled)
    grant = words.GrantRole(role_id=GOVERNOR_ROLE, account=ACCOMPLICE.address, execution_delay=0)
    rule.act(ACCOMPLICE, "AccessManager", grant)
    assert isinstance(
        rule.refusal(ACCOMPLICE, "Participants", REGISTER), words.AccessManagedUnauthorized
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (words.SetGrantDelay(role_id=GUARDIAN_ROLE, new_delay=5), "a role is granted after less"),
        (words.SetRoleGuardian(role_id=GOVERNOR_ROLE, guardian=ADMIN_ROLE), "can't cancel"),
        (words.SetRoleAdmin(role_id=LENDING_ROLE, admin=GUARDIAN_ROLE), "granted by others"),
        (words.RevokeRole(role_id=GUARDIAN_ROLE, account=GUARDIAN.address), "the guardian does"),
        (words.RevokeRole(role_id=GOVERNOR_ROLE, account=GOVERNOR.address), "governor does not"),
        (
            words.GrantRole(role_id=LENDING_ROLE, account=ACCOMPLICE.address, execution_delay=0),
            "role 2 is held by",
        ),
    ],
    ids=lambda value: value.abi.name if isinstance(value, Call) else "",
)
def test_verify_tells_what_governance_has_changed(rule: Rule, change: Call, told: str) -> None:
    verify(rule.node, rule.made)
    rule.govern("AccessManager", change)
    with pytest.raises(DeploymentDiffers, match=told):
        examine(rule)


def test_verify_tells_a_contract_whose_rules_no_longer_wait(rule: Rule) -> None:
    for contract in ("Participants", "Encumbrances", "AccessManager", "token"):
        call = words.SetTargetAdminDelay(target=rule.at(contract), new_delay=5)
        rule.govern("AccessManager", call)
        with pytest.raises(DeploymentDiffers, match="rules are changed after less"):
            governance.check_history(rule.node, rule.made)
        restored = words.SetTargetAdminDelay(target=rule.at(contract), new_delay=DELAY_S)
        rule.govern("AccessManager", restored)
        governance.check_history(rule.node, rule.made)


def test_verify_tells_a_closed_contract_and_a_foreign_governor(rule: Rule) -> None:
    stranger = replace(rule.made, governor=ACCOMPLICE.address)
    with pytest.raises(DeploymentDiffers, match="does not hold role 0"):
        verify(rule.node, stranger)
    closed = words.SetTargetClosed(target=rule.at("token"), closed=True)
    rule.govern("AccessManager", closed)
    with pytest.raises(DeploymentDiffers, match="closed"):
        verify(rule.node, rule.made)


def test_operation_id_is_the_access_managers(rule: Rule) -> None:
    for data in (b"", b"\x01\x02\x03\x04", bytes(32), encode_call(REGISTER)):
        at = rule.at("Participants")
        asked = words.HashOperationView(caller=GOVERNOR.address, target=at, data=data)
        theirs = rule.node.call(rule.at("AccessManager"), asked)
        assert governance.operation_id(GOVERNOR.address, at, data) == theirs
