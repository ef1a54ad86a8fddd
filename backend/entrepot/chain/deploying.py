"""How the contracts come to live on a chain, and whether those found there are ours.

A deployer is a key that does nothing else, ever: its n-th transaction is the n-th step of the plan,
so its nonce says how far a deployment has come, and every address is known beforehand. Running it
again goes on where it stopped, or does nothing. At the end the deployer has no right left, and
whoever governs has to wait (`governance`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_hash.auto import keccak

from entrepot.bindings import access_manager, settlement_token
from entrepot.chain import governance
from entrepot.chain.artifacts import artifact
from entrepot.chain.codec import encode_call
from entrepot.chain.deployment import Deployment, Token, TokenTerms
from entrepot.chain.errors import CallReverted, DeploymentDiffers, NodeUnavailable, WrongChain
from entrepot.chain.node import Node
from entrepot.chain.sender import FeePolicy, broadcast, fees_now, gas_for
from entrepot.chain.signer import Signer, Transaction
from entrepot.kit.abi import Address

POLL_S = 0.02
DELAY_S = 2 * 24 * 60 * 60
"""How long governance waits if nobody says otherwise: two days, in which somebody looks."""


def deploy(
    node: Node,
    deployer: Signer,
    *,
    governor: Address,
    guardian: Address,
    delay_s: int = DELAY_S,
    tokens: Sequence[TokenTerms] = (),
    policy: FeePolicy = FeePolicy.FREE,
    mine: Callable[[], object] = lambda: None,
    timeout_s: float = 60.0,
) -> Deployment:
    """Brings the contracts onto the chain, or finds that they are there.

    governor: who gets the administration and the GOVERNOR role, both with a delay of delay_s
    seconds; a multi-signature account in earnest. guardian: another account, that may cancel what
    the governor schedules. mine: called while a receipt is awaited, for chains that mine when told.
    Raises DeploymentDiffers when the deployer has done something else before.
    """
    if delay_s < 1 or len({deployer.address, governor, guardian}) < 3:
        raise ValueError("governance takes three different accounts and a delay")
    plan = _Plan(deployer.address, 0)
    contracts = _contracts(plan)
    made = tuple(_token(plan, contracts, terms) for terms in tokens)
    for token in made:
        plan.calls(_admit(contracts, token.address))
    manager = contracts["AccessManager"]
    targets = [contracts["Participants"], contracts["Encumbrances"], *(t.address for t in made)]
    plan.calls(governance.hand_over(manager, targets, plan.sender, governor, guardian, delay_s))
    fresh = node.nonce(deployer.address) == 0
    head = node.block("latest").number
    _carry_out(node, deployer, plan, policy, mine, timeout_s)
    deployment = Deployment(
        chain_id=node.chain_id(),
        genesis_hash=node.genesis_hash(),
        first_block=head + 1 if fresh else _born(node, manager),
        contracts=contracts,
        libraries=plan.libraries,
        governor=governor,
        guardian=guardian,
        delay_s=delay_s,
        tokens=made,
    )
    verify(node, deployment)
    governance.check_history(node, deployment)
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
    bank has one in that currency. The governor needs the administration, as `deploy` gave it, and
    waits as long as it must: `timeout_s` is on top of the delay.
    """
    if deployment.token(terms.issuer, terms.currency) is not None:
        return deployment
    calls = 4
    first = node.nonce(governor.address)
    plan = _Plan(governor.address, first)
    address = contract_address(governor.address, first + calls)
    governed = list(_govern_token(deployment, address))
    manager = deployment["AccessManager"]
    plan.calls((manager, governance.scheduled(target, call)) for target, call in governed)
    token = _token(plan, deployment.contracts, terms)
    plan.calls(governed, waits=True)
    _carry_out(node, governor, plan, policy, mine, timeout_s + deployment.delay_s)
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
    governance.check(node, deployment)


def contract_address(sender: Address, nonce: int) -> Address:
    """Where the contract created by this transaction will live: keccak256(rlp([sender, nonce]))."""
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8, "big")
    spelled = number if 0 < nonce < 0x80 else bytes([0x80 + len(number)]) + number
    body = bytes([0x80 + 20]) + sender + spelled
    return Address(keccak(bytes([0xC0 + len(body)]) + body)[12:])


@dataclass(frozen=True, slots=True)
class _Step:
    """waits: it is refused until its time has come."""

    to: Address | None
    data: bytes
    label: str
    waits: bool = False


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

    def calls(self, calls: Iterable[governance.Target], *, waits: bool = False) -> None:
        for to, call in calls:
            self.steps.append(_Step(to, encode_call(call), call.abi.path, waits))


def _contracts(plan: _Plan) -> dict[str, Address]:
    manager = plan.create("AccessManager", plan.sender)
    members = plan.create("Participants", manager)
    orders = plan.create("TradeOrders", members)
    evidence = plan.create("Evidence", members, orders)
    titles = plan.create("Titles", members, orders)
    register = plan.create("Encumbrances", manager)
    financing = plan.create("Financing", members, orders, evidence, titles, register)
    passkeys = plan.create("ERC7913WebAuthnVerifier")
    contracts = {
        "AccessManager": manager,
        "Participants": members,
        "TradeOrders": orders,
        "Evidence": evidence,
        "Titles": titles,
        "Encumbrances": register,
        "Financing": financing,
        "ERC7913WebAuthnVerifier": passkeys,
    }
    plan.calls(governance.found(manager, contracts))
    return contracts


def _token(plan: _Plan, contracts: Mapping[str, Address], terms: TokenTerms) -> Token:
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
    return Token(
        issuer=terms.issuer, currency=terms.currency, decimals=terms.decimals, address=address
    )


def _admit(contracts: Mapping[str, Address], token: Address) -> Iterator[governance.Target]:
    """The vault is admitted while that is still the administration's own right."""
    yield token, settlement_token.AdmitVault(vault=contracts["Financing"])
    yield from governance.restrict(contracts["AccessManager"], "SettlementToken", token)


def _govern_token(deployment: Deployment, token: Address) -> Iterator[governance.Target]:
    yield from _admit(deployment.contracts, token)
    yield governance.delayed(deployment["AccessManager"], token, deployment.delay_s)


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
            gas=_gas(node, signer, step, mine, timeout_s),
            fees=fees_now(node, policy),
        )
        signed = signer.sign_transaction(transaction)
        broadcast(node, signed.raw)
        if not _mined(node, signed.hash, mine, timeout_s):
            raise DeploymentDiffers(f"{step.label}, step {nonce}, was mined and failed")


def _gas(
    node: Node, signer: Signer, step: _Step, mine: Callable[[], object], timeout_s: float
) -> int:
    """What the step needs in the next block; a scheduled one once that is late enough."""
    deadline = time.monotonic() + timeout_s
    while True:
        next_time = node.block("latest").timestamp + 1 if step.waits else None
        try:
            return gas_for(node, signer.address, step.to, step.data, time=next_time)
        except CallReverted as error:
            early = isinstance(error.revert, access_manager.AccessManagerNotReady)
            if not early or time.monotonic() > deadline:
                raise
        mine()
        time.sleep(POLL_S)


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
