"""Who may change the rules, and how long everybody sees it coming.

OpenZeppelin's AccessManager with a delay: what the governor wants is scheduled, waits, and is then
done; the guardian may cancel it until then, and may suspend a member or pause a token at once, for
stopping is all it can do. Nothing here goes round the delay: granting a role waits as well, and so
does taking a contract out of governance's hands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from eth_hash.auto import keccak

from entrepot.bindings import access_manager as words
from entrepot.bindings import encumbrances, participants, settlement_token
from entrepot.chain.codec import decode_event, encode_call
from entrepot.chain.deployment import Deployment
from entrepot.chain.errors import DeploymentDiffers, RangeTooLarge
from entrepot.chain.node import Node
from entrepot.kit.abi import Address, Call, Event

ADMIN_ROLE = 0
GOVERNOR_ROLE = 1
LENDING_ROLE = 2
GUARDIAN_ROLE = 3
LABELS = {GOVERNOR_ROLE: "GOVERNOR", LENDING_ROLE: "LENDING", GUARDIAN_ROLE: "GUARDIAN"}

GOVERNED: dict[str, tuple[type[Call], ...]] = {
    "Participants": (
        participants.Register,
        participants.RenewKyc,
        participants.ChangeRoles,
        participants.ChangeAccount,
        participants.Reinstate,
        participants.Remove,
        participants.RecoverAdmin,
    ),
    "SettlementToken": (
        settlement_token.AdmitVault,
        settlement_token.DismissVault,
        settlement_token.Unpause,
        settlement_token.ForcedTransferCall,
        settlement_token.SetFrozenTokens,
    ),
}
"""What only the governor may call, after the delay."""

BRAKES: dict[str, tuple[type[Call], ...]] = {
    "Participants": (participants.Suspend,),
    "SettlementToken": (settlement_token.Pause,),
}
"""What the guardian may call, at once: it stops, and only the governor lets go on."""

LENDING: tuple[type[Call], ...] = (
    encumbrances.Reserve,
    encumbrances.Link,
    encumbrances.Commit,
    encumbrances.Free,
)
"""What only an admitted lending contract may call on Encumbrances."""

ADMINISTRATION: tuple[type[Call], ...] = (
    words.LabelRole,
    words.GrantRole,
    words.RevokeRole,
    words.SetRoleAdmin,
    words.SetRoleGuardian,
    words.SetGrantDelay,
    words.SetTargetAdminDelay,
    words.SetTargetFunctionRole,
    words.SetTargetClosed,
    words.UpdateAuthority,
)
"""The access manager's own. They need ADMIN whatever role they are given; naming GOVERNOR for them
makes GOVERNOR's guardian theirs too, who could not cancel them otherwise."""

HISTORY: tuple[type[Event], ...] = (
    words.RoleGranted,
    words.RoleRevoked,
    words.RoleGrantDelayChanged,
    words.TargetAdminDelayUpdated,
)

Target = tuple[Address, Call]


def found(manager: Address, contracts: dict[str, Address]) -> Iterator[Target]:
    """The first calls of all: names, who may call what, and the lending contract."""
    for role, label in LABELS.items():
        yield manager, words.LabelRole(role_id=role, label=label)
    yield from restrict(manager, "Participants", contracts["Participants"])
    yield _restricted(manager, contracts["Encumbrances"], LENDING, LENDING_ROLE)
    yield _restricted(manager, manager, ADMINISTRATION, GOVERNOR_ROLE)
    yield _granted(manager, LENDING_ROLE, contracts["Financing"], 0)


def restrict(manager: Address, contract: str, target: Address) -> Iterator[Target]:
    """The calls that put a contract under governance."""
    yield _restricted(manager, target, GOVERNED[contract], GOVERNOR_ROLE)
    yield _restricted(manager, target, BRAKES[contract], GUARDIAN_ROLE)


def delayed(manager: Address, target: Address, delay_s: int) -> Target:
    """The call that makes whoever changes a contract's rules wait, whatever delay they have."""
    return manager, words.SetTargetAdminDelay(target=target, new_delay=delay_s)


def hand_over(
    manager: Address,
    targets: Sequence[Address],
    deployer: Address,
    governor: Address,
    guardian: Address,
    delay_s: int,
) -> Iterator[Target]:
    """The last calls: guardian and governor get their roles, and the deployer gives up its own."""
    yield manager, words.SetRoleGuardian(role_id=GOVERNOR_ROLE, guardian=GUARDIAN_ROLE)
    for target in (manager, *targets):
        yield delayed(manager, target, delay_s)
    for role in (ADMIN_ROLE, *LABELS):
        yield manager, words.SetGrantDelay(role_id=role, new_delay=delay_s)
    yield _granted(manager, GUARDIAN_ROLE, guardian, 0)
    yield _granted(manager, GOVERNOR_ROLE, governor, delay_s)
    yield _granted(manager, ADMIN_ROLE, governor, delay_s)
    yield manager, words.RenounceRole(role_id=ADMIN_ROLE, caller_confirmation=deployer)


def operation_id(caller: Address, target: Address, data: bytes) -> bytes:
    """What a scheduled call goes by: keccak256(abi.encode(caller, target, data))."""
    padded = data.ljust(-(-len(data) // 32) * 32, b"\0")
    heads = [bytes(12) + caller, bytes(12) + target, (96).to_bytes(32), len(data).to_bytes(32)]
    return keccak(b"".join(heads) + padded)


def scheduled(target: Address, call: Call) -> words.Schedule:
    """The call to the access manager that announces this one, for as soon as the delay allows."""
    return words.Schedule(target=target, data=encode_call(call), when=0)


def check(node: Node, deployment: Deployment) -> None:
    """That roles, delays and guardian are as recorded; DeploymentDiffers otherwise."""
    manager = deployment["AccessManager"]
    asked = list(_expected(deployment))
    answers = node.call_all([(manager, question) for question, _, _ in asked])
    for answer, (_, right, wrong) in zip(answers, asked, strict=True):
        if answer != right:
            raise DeploymentDiffers(wrong)
    _check_standing(node, deployment)


def check_history(node: Node, deployment: Deployment) -> None:
    """That nobody else has ever got a role and kept it, no deployer and no stranger, and that new
    roles and rules wait. Reads what the access manager has told since the first block.

    DeploymentDiffers otherwise.
    """
    events = list(_events(node, deployment))
    _check_holders(events, deployment)
    _check_delays(events, deployment)


def governed_targets(deployment: Deployment) -> list[tuple[str, Address]]:
    """Every contract that asks the access manager, by its name."""
    tokens = [("SettlementToken", token.address) for token in deployment.tokens]
    return [("Participants", deployment["Participants"]), *tokens]


def _expected(deployment: Deployment) -> Iterator[tuple[Any, Any, str]]:
    """Views of the access manager, what they must answer, and what it means when they don't."""
    opened = "a restricted call is open to another role than it should be"
    manager = deployment["AccessManager"]
    roles = [
        (deployment["Encumbrances"], LENDING, LENDING_ROLE),
        (manager, ADMINISTRATION, GOVERNOR_ROLE),
    ]
    for name, target in governed_targets(deployment):
        roles += [(target, GOVERNED[name], GOVERNOR_ROLE), (target, BRAKES[name], GUARDIAN_ROLE)]
    for target, calls, role in roles:
        yield words.IsTargetClosedView(target=target), False, "a contract is closed"
        for call in calls:
            selector = call.abi.selector
            yield words.GetTargetFunctionRoleView(target=target, selector=selector), role, opened
    guardian = words.GetRoleGuardianView(role_id=GOVERNOR_ROLE)
    yield guardian, GUARDIAN_ROLE, "the guardian can't cancel what the governor schedules"
    for role in LABELS:
        admin = words.GetRoleAdminView(role_id=role)
        yield admin, ADMIN_ROLE, f"role {role} is granted by others than the administration"


def _check_standing(node: Node, deployment: Deployment) -> None:
    manager, delay_s = deployment["AccessManager"], deployment.delay_s

    def held(role: int, account: Address) -> words.HasRoleResult:
        return node.call(manager, words.HasRoleView(role_id=role, account=account))

    for role in (ADMIN_ROLE, GOVERNOR_ROLE):
        governor = held(role, deployment.governor)
        if not governor.is_member:
            raise DeploymentDiffers(f"the governor does not hold role {role}")
        if governor.execution_delay < delay_s:
            raise DeploymentDiffers(f"the governor acts after less than {delay_s} s")
    if not held(GUARDIAN_ROLE, deployment.guardian).is_member:
        raise DeploymentDiffers("the guardian does not hold its role")
    if not held(LENDING_ROLE, deployment["Financing"]).is_member:
        raise DeploymentDiffers("Financing may not encumber goods")


def _check_holders(events: Sequence[Event], deployment: Deployment) -> None:
    expected = {
        ADMIN_ROLE: {deployment.governor},
        GOVERNOR_ROLE: {deployment.governor},
        GUARDIAN_ROLE: {deployment.guardian},
        LENDING_ROLE: {deployment["Financing"]},
    }
    holders: dict[int, set[Address]] = {role: set() for role in expected}
    for event in events:
        if isinstance(event, words.RoleGranted):
            holders.setdefault(event.role_id, set()).add(event.account)
        elif isinstance(event, words.RoleRevoked):
            holders.setdefault(event.role_id, set()).discard(event.account)
    for role, accounts in holders.items():
        if accounts != expected.get(role, set()):
            names = ", ".join(sorted("0x" + account.hex() for account in accounts)) or "nobody"
            raise DeploymentDiffers(f"role {role} is held by {names}")


def _check_delays(events: Sequence[Event], deployment: Deployment) -> None:
    """By what was set last: a longer delay counts from five days later on only."""
    delays: dict[int | Address, int] = {}
    for event in events:
        if isinstance(event, words.RoleGrantDelayChanged):
            delays[event.role_id] = event.delay
        elif isinstance(event, words.TargetAdminDelayUpdated):
            delays[event.target] = event.delay
    if any(delays.get(role, 0) < deployment.delay_s for role in (ADMIN_ROLE, *LABELS)):
        raise DeploymentDiffers(f"a role is granted after less than {deployment.delay_s} s")
    if any(delays.get(target, 0) < deployment.delay_s for target in _guarded(deployment)):
        raise DeploymentDiffers(f"rules are changed after less than {deployment.delay_s} s")


def _guarded(deployment: Deployment) -> list[Address]:
    """Every contract whose rules the administration could change."""
    targets = [address for _, address in governed_targets(deployment)]
    return [*targets, deployment["AccessManager"], deployment["Encumbrances"]]


def _events(node: Node, deployment: Deployment) -> Iterator[Event]:
    topics = [kind.abi.topic for kind in HISTORY]
    head = node.block("latest").number
    ranges = [(deployment.first_block, head)]
    while ranges:
        first, last = ranges.pop()
        try:
            logs = node.logs(first, last, [deployment["AccessManager"]], [topics])
        except RangeTooLarge:
            middle = (first + last) // 2
            ranges += [(middle + 1, last), (first, middle)]
            continue
        yield from (decode_event(log.topics, log.data) for log in logs)


def _restricted(
    manager: Address, target: Address, calls: Sequence[type[Call]], role: int
) -> Target:
    selectors = tuple(call.abi.selector for call in calls)
    return manager, words.SetTargetFunctionRole(target=target, selectors=selectors, role_id=role)


def _granted(manager: Address, role: int, account: Address, delay_s: int) -> Target:
    return manager, words.GrantRole(role_id=role, account=account, execution_delay=delay_s)
