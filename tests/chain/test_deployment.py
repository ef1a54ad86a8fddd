"""Deploying: the whole house at once, again, after a crash, over a stranger, and who may what."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entrepot.bindings import access_manager, participants, settlement_token
from entrepot.chain import deploying
from entrepot.chain.artifacts import artifact
from entrepot.chain.codec import encode_call
from entrepot.chain.deploying import contract_address, deploy, deploy_token, verify
from entrepot.chain.deployment import Deployment, TokenTerms
from entrepot.chain.errors import CallReverted, DeploymentDiffers, NodeUnavailable, WrongChain
from entrepot.chain.governance import (
    ADMIN_ROLE,
    BRAKES,
    GOVERNED,
    GOVERNOR_ROLE,
    GUARDIAN_ROLE,
    LENDING,
    LENDING_ROLE,
    check_history,
    scheduled,
)
from entrepot.chain.node import HttpNode
from entrepot.chain.rpc import Rpc
from entrepot.chain.sender import FREE, broadcast, gas_for
from entrepot.chain.signer import Signer, Transaction
from entrepot.devnet.sequencer import Mode, Sequencer
from entrepot.kit.abi import Address
from tests.chain.ledger import DELAY_S, Ledger, participant_id, signer
from tests.chain.test_node import empty

pytestmark = pytest.mark.anvil

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
DOLLARS = TokenTerms(issuer=participant_id("bank"), currency="USD", decimals=2)
YEN = TokenTerms(issuer=participant_id("bank"), currency="JPY", decimals=0)


@pytest.fixture
def manual() -> Iterator[tuple[Sequencer, HttpNode]]:
    with Sequencer(mode=Mode.MANUAL) as chain:
        node = HttpNode(Rpc(chain.url))
        yield chain, node
        node.rpc.close()


def governor() -> Address:
    return signer("governor").address


def guardian() -> Address:
    return signer("guardian").address


def set_up(node: HttpNode, by: str, **more: Any) -> Deployment:
    """A deployment by a key of that name."""
    parties = {"governor": governor(), "guardian": guardian(), "delay_s": DELAY_S}
    return deploy(node, signer(by), **{**parties, **more})


def has_role(ledger: Ledger, role: int, account: Address) -> bool:
    view = access_manager.HasRoleView(role_id=role, account=account)
    return ledger.node.call(ledger.deployment["AccessManager"], view).is_member


def test_deploy_again_does_nothing(ledger: Ledger) -> None:
    node = ledger.node
    head = node.block("latest")
    again = set_up(node, "deployer", tokens=[DOLLARS])
    assert again == ledger.deployment
    assert node.block("latest") == head


def test_deploy_leaves_no_shortcut(ledger: Ledger) -> None:
    deployer = signer("deployer").address
    for role in (ADMIN_ROLE, GOVERNOR_ROLE, LENDING_ROLE, GUARDIAN_ROLE):
        assert not has_role(ledger, role, deployer)
    assert has_role(ledger, ADMIN_ROLE, governor())
    assert has_role(ledger, GOVERNOR_ROLE, governor())
    assert has_role(ledger, LENDING_ROLE, ledger.deployment["Financing"])
    assert not has_role(ledger, LENDING_ROLE, governor())
    assert has_role(ledger, GUARDIAN_ROLE, guardian())
    assert not has_role(ledger, GUARDIAN_ROLE, governor())
    check_history(ledger.node, ledger.deployment)


def test_every_restricted_function_is_given_to_one_role() -> None:
    expected: dict[str, set[str]] = {}
    for name in GOVERNED:
        assert not set(GOVERNED[name]) & set(BRAKES[name])
        expected[name] = {call.abi.name for call in (*GOVERNED[name], *BRAKES[name])}
    expected["Encumbrances"] = {call.abi.name for call in LENDING}
    found: dict[str, set[str]] = {}
    for file in CONTRACTS.rglob("*.sol"):
        functions = re.findall(r"function (\w+)\(([^{;]*)\{", file.read_text())
        restricted = {name for name, head in functions if re.search(r"\brestricted\b", head)}
        if restricted:
            found[file.stem] = restricted
    assert found == expected


def test_deploy_goes_on_where_it_stopped(
    manual: tuple[Sequencer, HttpNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, node = manual
    sent = 0

    def crashing(node: HttpNode, raw: bytes) -> None:
        nonlocal sent
        sent += 1
        if sent in (1, 9, 17):
            raise NodeUnavailable("the machine died before it sent")
        broadcast(node, raw)
        if sent in (3, 12):
            raise NodeUnavailable("the machine died after it sent")

    monkeypatch.setattr(deploying, "broadcast", crashing)
    crashes = 0
    while True:
        try:
            made = set_up(node, "d", tokens=[DOLLARS], mine=chain.mine)
            break
        except NodeUnavailable:
            crashes += 1
    assert crashes == 5
    assert node.nonce(signer("d").address) == sent - crashes
    assert made.first_block == 1
    assert made.token(DOLLARS.issuer, "USD") is not None


def test_deploy_refuses_a_key_that_has_done_something_else(
    manual: tuple[Sequencer, HttpNode],
) -> None:
    chain, node = manual
    broadcast(node, signer("busy").sign_transaction(empty(0)).raw)
    chain.mine()
    with pytest.raises(DeploymentDiffers, match="is not this AccessManager"):
        set_up(node, "busy", mine=chain.mine)
    assert node.nonce(signer("busy").address) == 1


@pytest.mark.parametrize(
    "wrong", [{"delay_s": 0}, {"guardian": governor()}, {"governor": signer("d").address}]
)
def test_deploy_asks_for_three_accounts_and_a_delay(
    manual: tuple[Sequencer, HttpNode], wrong: dict[str, Any]
) -> None:
    _, node = manual
    with pytest.raises(ValueError, match="three different accounts and a delay"):
        set_up(node, "d", **wrong)
    assert node.nonce(signer("d").address) == 0


@pytest.mark.parametrize("other", [{"delay_s": DELAY_S + 1}, {"guardian": signer("x").address}])
def test_deploy_again_tells_another_governance(ledger: Ledger, other: dict[str, Any]) -> None:
    with pytest.raises(DeploymentDiffers):
        set_up(ledger.node, "deployer", tokens=[DOLLARS], **other)


def test_deploy_gives_up_on_a_chain_that_stands_still(manual: tuple[Sequencer, HttpNode]) -> None:
    _, node = manual
    with pytest.raises(NodeUnavailable, match=r"not mined within 0\.1 s"):
        set_up(node, "d", timeout_s=0.1)


def test_deploy_token_adds_one_whose_vault_is_financing(ledger: Ledger) -> None:
    grown = deploy_token(ledger.node, ledger.governor, ledger.deployment, YEN)
    token = grown.token(YEN.issuer, "JPY")
    assert token is not None
    assert ledger.deployment.token(YEN.issuer, "JPY") is None
    assert grown.name_of(token) == "SettlementToken"
    assert ledger.node.call(token, settlement_token.DecimalsView()) == 0
    assert ledger.node.call(token, settlement_token.CurrencyView()) == b"JPY"
    assert ledger.node.call(token, settlement_token.IssuerView()) == YEN.issuer
    can = settlement_token.CanReceiveView(account=grown["Financing"])
    assert ledger.node.call(token, can) is True
    assert deploy_token(ledger.node, ledger.governor, grown, YEN) is grown


@pytest.mark.parametrize("by", ["nobody", "deployer"])
def test_deploy_token_is_the_governors(ledger: Ledger, by: str) -> None:
    key: Signer = signer(by)
    with pytest.raises(CallReverted) as refused:
        deploy_token(ledger.node, key, ledger.deployment, YEN)
    assert isinstance(refused.value.revert, access_manager.AccessManagerUnauthorizedCall)
    assert refused.value.revert.caller == key.address


def test_verify_tells_another_chain(ledger: Ledger) -> None:
    verify(ledger.node, ledger.deployment)
    with pytest.raises(WrongChain):
        verify(ledger.node, replace(ledger.deployment, chain_id=1))
    with pytest.raises(WrongChain):
        verify(ledger.node, replace(ledger.deployment, genesis_hash=bytes(32)))


def test_verify_tells_other_code_and_other_libraries(ledger: Ledger) -> None:
    good = ledger.deployment
    swapped = {**good.contracts, "Evidence": good["Titles"]}
    with pytest.raises(DeploymentDiffers, match="not this Evidence"):
        verify(ledger.node, replace(good, contracts=swapped))
    with pytest.raises(DeploymentDiffers, match="not this Titles"):
        verify(ledger.node, replace(good, contracts={**good.contracts, "Titles": governor()}))
    relinked = {**good.libraries, "Releases": good.libraries["Requests"]}
    with pytest.raises(DeploymentDiffers):
        verify(ledger.node, replace(good, libraries=relinked))


def test_code_linked_with_a_strangers_library_is_not_ours(ledger: Ledger) -> None:
    good = ledger.deployment
    code = ledger.node.code_at(good["Financing"])
    assert artifact("Financing").matches(code, good.libraries)
    for library in artifact("Financing").runtime_links:
        other = {**good.libraries, library: governor()}
        assert not artifact("Financing").matches(code, other)
        bent = code.replace(good.libraries[library], governor())
        assert not artifact("Financing").matches(bent, good.libraries)


def test_verify_tells_changed_rights(manual: tuple[Sequencer, HttpNode]) -> None:
    chain, node = manual
    made = set_up(node, "d", mine=chain.mine)
    opened = access_manager.SetTargetFunctionRole(
        target=made["Participants"],
        selectors=(participants.Register.abi.selector,),
        role_id=2**64 - 1,  # PUBLIC_ROLE: anybody
    )
    act(node, chain, made, opened)
    with pytest.raises(DeploymentDiffers, match="restricted call"):
        verify(node, made)


def test_verify_tells_a_lending_contract_dismissed(manual: tuple[Sequencer, HttpNode]) -> None:
    chain, node = manual
    made = set_up(node, "d", mine=chain.mine)
    dismissed = access_manager.RevokeRole(role_id=LENDING_ROLE, account=made["Financing"])
    act(node, chain, made, dismissed)
    with pytest.raises(DeploymentDiffers, match="may not encumber"):
        verify(node, made)


def act(
    node: HttpNode,
    chain: Sequencer,
    made: Deployment,
    call: access_manager.SetTargetFunctionRole | access_manager.RevokeRole,
) -> None:
    """The governor's call, announced in the block before."""
    key = signer("governor")
    for each in (scheduled(made["AccessManager"], call), call):
        nonce = node.nonce(key.address)
        data = encode_call(each)
        at = node.block("latest").timestamp + 1
        transaction = Transaction(
            chain_id=1337,
            nonce=nonce,
            to=made["AccessManager"],
            data=data,
            gas=gas_for(node, key.address, made["AccessManager"], data, time=at),
            fees=FREE,
        )
        broadcast(node, key.sign_transaction(transaction).raw)
        chain.mine()


def test_contract_address_is_that_of_the_chain(ledger: Ledger) -> None:
    deployer = signer("deployer").address
    assert contract_address(deployer, 0) == ledger.deployment["AccessManager"]
    # vectors every tool agrees on
    known = Address(bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"))
    assert [contract_address(known, nonce).hex() for nonce in range(4)] == [
        "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d",
        "343c43a37d37dff08ae8c4a11544c718abb4fcf8",
        "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91",
        "fffd933a0bc612844eaf0c6fe3e5b8e9b6c1d19c",
    ]


def test_save_and_load(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "deployments" / "1337.json"
    ledger.deployment.save(path)
    assert Deployment.load(path) == ledger.deployment
    assert [file.name for file in path.parent.iterdir()] == ["1337.json"]


@pytest.mark.parametrize(
    ("old", "new"),
    [('"chain_id"', '"chain"'), ("0x", "0y"), ("0x", "0x00"), ('"tokens"', '"extra"')],
)
def test_load_refuses_what_is_no_deployment(
    ledger: Ledger, tmp_path: Path, old: str, new: str
) -> None:
    path = tmp_path / "1337.json"
    ledger.deployment.save(path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DeploymentDiffers, match=r"1337\.json is no deployment"):
        Deployment.load(path)
