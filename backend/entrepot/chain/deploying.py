"""How the contracts come to live on a chain, and whether those found there are ours.

A deployer is a key that does nothing else, ever: its n-th transaction is the n-th step of the plan,
so its nonce says how far a deployment has come, and every address is known beforehand. Running it
again goes on where it stopped, or does nothing. At the end the deployer has no right left.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_hash.auto import keccak

from entrepot.bindings import access_manager, encumbrances, participants, settlement_token
from entrepot.chain.artifacts import artifact
from entrepot.chain.codec import encode_call
from entrepot.chain.deployment import Deployment, Token, TokenTerms
from entrepot.chain.errors import DeploymentDiffers, NodeUnavailable, WrongChain
from entrepot.chain.node import Node
from entrepot.chain.sender import FeePolicy, broadcast, fees_now, gas_for
from entrepot.chain.signer import Signer, Transaction
from entrepot.kit.abi import Address, Call

ADMIN_ROLE = 0
GOVERNOR_ROLE = 1
LENDING_ROLE = 2

GOVERNED: dict[str, tuple[type[Call], ...]] = {
    "Participants": (
        participants.Register,
        participants.RenewKyc,
        participants.ChangeRoles,
        participants.ChangeAccount,
        participants.Suspend,
        participants.Reinstate,
        participants.Remove,
    ),
    "SettlementToken": (
        settlement_token.AdmitVault,
        settlement_token.DismissVault,
        settlement_token.ForcedTransferCall,
        settlement_token.SetFrozenTokens,
    ),
}
"""What only the consortium's governance may call."""

LENDING: tuple[type[Call], ...] = (
    encumbrances.Reserve,
    encumbrances.Link,
    encumbrances.Commit,
    encumbrances.Free,
)
"""What only an admitted lending contract may call on Encumbrances."""

POLL_S = 0.02


def deploy(
    node: Node,
    deployer: Signer,
    *,
    governor: Address,
    tokens: Sequence[TokenTerms] = (),
    policy: FeePolicy = FeePolicy.FREE,
    mine: Callable[[], object] = lambda: None,
    timeout_s: float = 60.0,
) -> Deployment:
    """Brings the contracts onto the chain, or finds that they are there.

    governor: who gets the administration and the GOVERNOR role; a multi-signature account or a
    timelock in earnest. mine: called while a receipt is awaited, for chains that mine when told.
    Raises DeploymentDiffers when the deployer has done something else before.
    """
    plan = _Plan(deployer.address, 0)
    contracts = _contracts(plan)
    made = tuple(_token(plan, contracts, terms) for terms in tokens)
    _hand_over(plan, contracts["AccessManager"], governor)
    fresh = node.nonce(deployer.address) == 0
    head = node.block("latest").number
    _carry_out(node, deployer, plan, policy, mine, timeout_s)
    deployment = Deployment(
        chain_id=node.chain_id(),
        genesis_hash=node.genesis_hash(),
        first_block=head + 1 if fresh else _born(node, contracts["AccessManager"]),
        contracts=contracts,
        libraries=plan.libraries,
        tokens=made,
    )
    verify(node, deployment)
    return deployment


def deploy_token(
    node: Node,
    governor: Signer,
    deployment: Deployment,
    terms: TokenTerms,
    *,
    policy: FeePolicy = FeePolicy.FREE,
    mine: Callable[[], object] = lambda: None,
    timeout_s: float = 60.0,
) -> Deployment:
    """The deployment with one more token, Financing admitted as its vault; unchanged when the
    bank has one in that currency. The governor needs the administration, as `deploy` gave it.
    """
    if deployment.token(terms.issuer, terms.currency) is not None:
        return deployment
    plan = _Plan(governor.address, node.nonce(governor.address))
    token = _token(plan, deployment.contracts, terms)
    _carry_out(node, governor, plan, policy, mine, timeout_s)
    grown = replace(deployment, tokens=(*deployment.tokens, token))
    verify(node, grown)
    return grown


def verify(node: Node, deployment: Deployment) -> None:
    """That the node follows this chain, the code at each address is ours, and the rights are set.

    WrongChain or DeploymentDiffers otherwise.
    """
    if node.chain_id() != deployment.chain_id or node.genesis_hash() != deployment.genesis_hash:
        raise WrongChain(f"this node is not on chain {deployment.chain_id} of that genesis")
    places = [*deployment.libraries.items(), *deployment.contracts.items()]
    places += [("SettlementToken", token.address) for token in deployment.tokens]
    for name, address in places:
        _check_code(node, name, address, deployment.libraries)
    manager = deployment["AccessManager"]
    rights = [
        (access_manager.GetTargetFunctionRoleView(target=at, selector=call.abi.selector), role)
        for at, calls, role in _rights(deployment)
        for call in calls
    ]
    if node.call_all([(manager, ask) for ask, _ in rights]) != [role for _, role in rights]:
        raise DeploymentDiffers("a restricted call is open to another role than it should be")
    lends = access_manager.HasRoleView(role_id=LENDING_ROLE, account=deployment["Financing"])
    if not node.call(manager, lends).is_member:
        raise DeploymentDiffers("Financing may not encumber goods")


def contract_address(sender: Address, nonce: int) -> Address:
    """Where the contract created by this transaction will live: keccak256(rlp([sender, nonce]))."""
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    spelled = number if 0 < nonce < 0x80 else bytes([0x80 + len(number)]) + number
    body = bytes([0x80 + 20]) + sender + spelled
    return Address(keccak(bytes([0xC0 + len(body)]) + body)[12:])


@dataclass(frozen=True, slots=True)
class _Step:
    to: Address | None
    data: bytes
    label: str


class _Plan:
    """Transactions of one sender, from one nonce on, in their order."""

    def __init__(self, sender: Address, first_nonce: int) -> None:
        self.sender, self.first_nonce = sender, first_nonce
        self.steps: list[_Step] = []
        self.libraries: dict[str, Address] = {}

    def create(self, contract: str, *args: Any) -> Address:
        """Libraries that the contract is linked with come first, each once."""
        code = artifact(contract)
        for library in code.links:
            if library not in self.libraries:
                self.libraries[library] = self.create(library)
        address = contract_address(self.sender, self.first_nonce + len(self.steps))
        creation = code.creation(*args, libraries=self.libraries)
        self.steps.append(_Step(None, creation, contract))
        return address

    def call(self, to: Address, call: Call) -> None:
        self.steps.append(_Step(to, encode_call(call), call.abi.path))


def _contracts(plan: _Plan) -> dict[str, Address]:
    manager = plan.create("AccessManager", plan.sender)
    members = plan.create("Participants", manager)
    orders = plan.create("TradeOrders", members)
    evidence = plan.create("Evidence", members, orders)
    titles = plan.create("Titles", members, orders)
    register = plan.create("Encumbrances", manager)
    financing = plan.create("Financing", members, orders, evidence, titles, register)
    for role, label in ((GOVERNOR_ROLE, "GOVERNOR"), (LENDING_ROLE, "LENDING")):
        plan.call(manager, access_manager.LabelRole(role_id=role, label=label))
    _restrict(plan, manager, members, GOVERNED["Participants"], GOVERNOR_ROLE)
    _restrict(plan, manager, register, LENDING, LENDING_ROLE)
    _grant(plan, manager, LENDING_ROLE, financing)
    return {
        "AccessManager": manager,
        "Participants": members,
        "TradeOrders": orders,
        "Evidence": evidence,
        "Titles": titles,
        "Encumbrances": register,
        "Financing": financing,
    }


def _token(plan: _Plan, contracts: Mapping[str, Address], terms: TokenTerms) -> Token:
    """The vault is admitted while that is still the administration's own right."""
    lei = terms.issuer.decode("ascii")
    address = plan.create(
        "SettlementToken",
        contracts["AccessManager"],
        contracts["Participants"],
        terms.issuer,
        terms.currency.encode("ascii"),
        terms.decimals,
        f"{terms.currency} at {lei}",
        terms.currency,
    )
    plan.call(address, settlement_token.AdmitVault(vault=contracts["Financing"]))
    manager = contracts["AccessManager"]
    _restrict(plan, manager, address, GOVERNED["SettlementToken"], GOVERNOR_ROLE)
    return Token(
        issuer=terms.issuer, currency=terms.currency, decimals=terms.decimals, address=address
    )


def _hand_over(plan: _Plan, manager: Address, governor: Address) -> None:
    """The governor gets every right, and the deployer gives up its own."""
    _grant(plan, manager, GOVERNOR_ROLE, governor)
    _grant(plan, manager, ADMIN_ROLE, governor)
    own = access_manager.RenounceRole(role_id=ADMIN_ROLE, caller_confirmation=plan.sender)
    plan.call(manager, own)


def _restrict(
    plan: _Plan, manager: Address, target: Address, calls: Sequence[type[Call]], role: int
) -> None:
    selectors = tuple(call.abi.selector for call in calls)
    plan.call(
        manager,
        access_manager.SetTargetFunctionRole(target=target, selectors=selectors, role_id=role),
    )


def _grant(plan: _Plan, manager: Address, role: int, account: Address) -> None:
    plan.call(manager, access_manager.GrantRole(role_id=role, account=account, execution_delay=0))


def _rights(deployment: Deployment) -> list[tuple[Address, tuple[type[Call], ...], int]]:
    """Target, calls, and the role that each of them needs."""
    tokens = [(t.address, GOVERNED["SettlementToken"], GOVERNOR_ROLE) for t in deployment.tokens]
    return [
        (deployment["Participants"], GOVERNED["Participants"], GOVERNOR_ROLE),
        (deployment["Encumbrances"], LENDING, LENDING_ROLE),
        *tokens,
    ]


def _carry_out(
    node: Node,
    signer: Signer,
    plan: _Plan,
    policy: FeePolicy,
    mine: Callable[[], object],
    timeout_s: float,
) -> None:
    """Sends the steps that the sender has not sent yet, each after the one before is mined."""
    chain_id, done = node.chain_id(), node.nonce(signer.address)
    _check_done(node, plan, done)
    for nonce, step in enumerate(plan.steps, plan.first_nonce):
        if nonce < done:
            continue
        transaction = Transaction(
            chain_id=chain_id,
            nonce=nonce,
            to=step.to,
            data=step.data,
            gas=gas_for(node, signer.address, step.to, step.data),
            fees=fees_now(node, policy),
        )
        signed = signer.sign_transaction(transaction)
        broadcast(node, signed.raw)
        if not _mined(node, signed.hash, mine, timeout_s):
            raise DeploymentDiffers(f"{step.label}, step {nonce}, was mined and failed")


def _check_done(node: Node, plan: _Plan, done: int) -> None:
    """That what the sender has created so far is what the plan has it create."""
    if done > plan.first_nonce + len(plan.steps):
        raise DeploymentDiffers(f"0x{plan.sender.hex()} has sent more than this deployment")
    for nonce, step in enumerate(plan.steps, plan.first_nonce):
        if nonce < done and step.to is None:
            _check_code(node, step.label, contract_address(plan.sender, nonce), plan.libraries)


def _check_code(
    node: Node, contract: str, address: Address, libraries: Mapping[str, Address]
) -> None:
    if not artifact(contract).matches(node.code_at(address), libraries):
        raise DeploymentDiffers(f"the code at 0x{address.hex()} is not this {contract}")


def _born(node: Node, manager: Address) -> int:
    """The block of the first log that the access manager ever wrote: its creation."""
    head = node.block("latest").number
    logs = node.logs(0, head, [manager], [access_manager.RoleGranted.abi.topic])
    return logs[0].block_number


def _mined(node: Node, transaction: bytes, mine: Callable[[], object], timeout_s: float) -> bool:
    """Waits for the receipt and says whether the transaction succeeded."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        mine()
        if (receipt := node.receipt(transaction)) is not None:
            return receipt.succeeded
        time.sleep(POLL_S)
    raise NodeUnavailable(f"0x{transaction.hex()} was not mined within {timeout_s} s")
