"""Officers authorise money with what is their own, on the real stack: a newcomer's passkey and a
wallet sign the digest that the page shows, and the contract itself verifies each signature.

One story, told in order: each test goes on where the one before ended.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import pytest
from eth_account import Account
from playwright.sync_api import Browser, Page, expect
from sqlmodel import col, select

from entrepot.bindings.financing import Approve, SignatureInvalid
from entrepot.bindings.financings import FinancingTerms, SignOff
from entrepot.chain.codec import encode_call
from entrepot.chain.errors import CallReverted
from entrepot.chain.ids import key_id
from entrepot.chain.passkeys import Assertion, packed
from entrepot.devnet import cast
from entrepot.kit.abi import from_plain
from entrepot.store.tables import Approval, Facility, Log, Passkey, Person
from entrepot.views.values import unhexed
from tests.api.stage import input_file, lei
from tests.console.device import Device, forms_before
from tests.console.watching import Watched
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.browser]

UNTIL = "Harbour Bank's first officer signs"
WALLET = Account.create()
OTHER_ACCOUNT = Account.create()
PROVIDER = """
window.ethereum = { request: (asked) => window.askWallet(JSON.stringify(asked)) };
"""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """A devnet where a facility waits for its first signature."""
    with open_walk("straight-walk", tmp_path_factory.mktemp("signing")) as walk:
        walk.play_until(UNTIL)
        yield walk


@dataclass
class Team:
    """People of the banks, each at a device of their own."""

    walk: Walk
    browser: Browser
    devices: dict[str, Device] = field(default_factory=dict[str, Device])
    watched: dict[str, Watched] = field(default_factory=dict[str, Watched])

    @property
    def console(self) -> str:
        return self.walk.stack.url.replace("127.0.0.1", "localhost") + "/console"

    @property
    def facility_id(self) -> str:
        return self.walk.player.names["facility"]

    def joins(self, label: str, *words: str) -> Page:
        """Invited by the command, they open the address and add a passkey, by keyboard alone."""
        told = self.walk.command("people", "invite", *words, "--label", label)
        device = Device(self.browser)
        self.devices[label], self.watched[label] = device, Watched(device.page)
        device.page.goto(told["url"])
        expect(device.page.get_by_role("button", name="Add a passkey")).to_be_focused()
        device.page.keyboard.press("Enter")
        expect(device.page).to_have_title("Approvals · Entrepot")
        return device.page

    def opens(self, label: str) -> Page:
        page = self.devices[label].page
        page.goto(f"{self.console}/facilities/{self.facility_id}")
        expect(page.locator("#decision")).to_be_visible()
        return page

    def complaints(self, label: str) -> list[str]:
        """But for Chromium's advice to take RS256 as well, which no contract could verify."""
        heard = self.watched[label].complaints
        return [each for each in heard if "pubKeyCredParams" not in each]

    def signer_of(self, label: str) -> bytes:
        with self.walk.world.store.reading() as session:
            query = select(Passkey).join(Person, col(Person.person_id) == col(Passkey.person_id))
            [found] = session.exec(query.where(Person.label == label)).all()
        return found.signer


@pytest.fixture(scope="module")
def team(walk: Walk, browser: Browser) -> Iterator[Team]:
    team = Team(walk, browser)
    yield team
    for each in team.devices.values():
        each.page.close()


def signed(walk: Walk, facility_id: str) -> dict[bytes, bytes]:
    """Keys that the ledger says have signed, and what each signed."""
    with walk.world.store.reading() as session:
        query = select(Approval).where(Approval.financing_id == unhexed(facility_id))
        return {row.key_id: row.digest for row in session.exec(query)}


def sign_offs(page: Page, member: str) -> Any:
    return page.locator("#signoffs h3", has_text=member)


def approve(page: Page) -> None:
    """By keyboard: the key goes to the button, and the device asks."""
    expect(page.locator("#approve")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("#approve")).to_be_focused()
    page.keyboard.press("Enter")


def test_newcomer_is_in_at_once_and_the_contract_verifies_what_their_device_signed(
    team: Team,
) -> None:
    officer = "0x" + cast.address_of("bank.officer-1").hex()
    team.joins("newcomer", "harbour-bank", "--decide", "--key", officer)
    team.joins("colleague", "harbour-bank", "--decide")
    page, beside = team.devices["newcomer"].page, team.opens("colleague")
    facility = f"{team.console}/facilities/{team.facility_id}"
    assert forms_before(page, "sign.js", facility) == 0, "it could go without a signature"
    expect(page.locator("#approve")).to_contain_text("Approve with your passkey")
    expect(page.locator("#decision .sentence")).to_contain_text("Harbour Bank lends 60%")
    digest = page.locator("#decision .digest").inner_text()

    approve(page)
    expect(page.locator("#result")).to_contain_text("recorded in block")
    expect(page.locator("#result")).to_contain_text("Made by your passkey")
    expect(page.locator("#result")).to_be_focused()
    expect(page.locator("#decision .digest")).to_have_text(digest)
    expect(sign_offs(page, "Harbour Bank")).to_contain_text("1/2")
    expect(page.locator("#signoffs")).to_contain_text("newcomer · you")
    expect(sign_offs(beside, "Harbour Bank")).to_contain_text("1/2")
    expect(beside.locator("#news")).to_contain_text("Sign-off recorded")
    told = signed(team.walk, team.facility_id)
    assert told == {key_id(team.signer_of("newcomer")): unhexed(digest)}
    assert team.complaints("newcomer") == []


def test_one_person_signs_once_whatever_keys_they_have(team: Team) -> None:
    """The ledger counts keys; the person's other key is the one that is kept here."""
    path = "/v1/facilities/{facility}/approvals"
    refused = team.walk.ask("bank.officer-1", "POST", path)
    assert refused.status_code == 403, refused.text
    assert "another key of yours" in refused.json()["detail"]


def test_what_was_signed_for_something_else_is_refused_here_and_by_the_contract(
    team: Team,
) -> None:
    """A page that shows one thing and has another signed: the digest on the form is the true one,
    what the device is asked to sign is not."""
    page = team.opens("colleague")
    posted: list[str] = []
    page.on("request", lambda each: posted.append(each.post_data or ""))
    page.evaluate("""() => {
      const form = document.querySelector('[data-sign]');
      const asked = JSON.parse(form.dataset.asked);
      form.dataset.asked = JSON.stringify({ ...asked, challenge: 'A'.repeat(43) });
    }""")
    approve(page)
    expect(page.locator("#result")).to_contain_text("signed something else than was shown")
    [form] = [parse_qs(each) for each in posted if "answer=" in each]
    assert len(signed(team.walk, team.facility_id)) == 1

    answer = json.loads(form["answer"][0])["response"]
    sign_off = SignOff(
        signer=team.signer_of("colleague"),
        deadline=int(form["deadline"][0]),
        signature=packed(
            Assertion(
                authenticator_data=octets(answer["authenticatorData"]),
                client_data_json=octets(answer["clientDataJSON"]),
                signature=octets(answer["signature"]),
            )
        ),
    )
    with pytest.raises(CallReverted) as refused:
        sent_past_the_server(team, sign_off)
    assert isinstance(refused.value.revert, SignatureInvalid)


def octets(base64url: str) -> bytes:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(base64url + "=" * (-len(base64url) % 4))


def sent_past_the_server(team: Team, sign_off: SignOff) -> None:
    """By anybody, straight to the contract."""
    world = team.walk.world
    with world.store.reading() as session:
        row = session.get_one(Facility, unhexed(team.facility_id))
        terms = from_plain(FinancingTerms, row.terms)
    call = encode_call(Approve(terms=terms, sign_offs=(sign_off,)))
    world.node.simulate(world.keeper, world.deployment["Financing"], call)


def test_two_who_sign_at_once_are_both_told_what_became_of_it(team: Team) -> None:
    """One signature is missing, and two come: one counts, and the other hears why it does not."""
    team.joins("third", "harbour-bank", "--decide")
    pages = [team.opens("colleague"), team.opens("third")]
    for page in pages:
        expect(page.locator("#approve")).to_be_visible()
    for page in pages:
        page.evaluate("() => document.querySelector('[data-sign]').requestSubmit()")
    result = re.compile("recorded in block|enough of your colleagues|decided meanwhile")
    for page in pages:
        expect(page.locator("#result")).to_have_text(result)
        expect(sign_offs(page, "Harbour Bank")).to_contain_text("2/2")
    counted = [p.locator("#result", has_text="recorded in block").count() for p in pages]
    assert sorted(counted) == [0, 1]
    assert len(signed(team.walk, team.facility_id)) == 2


def test_wallet_signs_the_approval_as_typed_data(team: Team) -> None:
    address = WALLET.address.lower()
    body = {"address": address, "permissions": ["DECIDE"]}
    path = f"/v1/participants/{lei('fintech')}/keys"
    granted = team.walk.ask("fintech.admin", "POST", path, json=body, headers={"Prefer": "wait=20"})
    assert granted.json()["status"] == "succeeded", granted.text
    page = team.joins("wallet", "lantern-finance", "--key", address)
    team.opens("wallet")
    expect(page.locator("#approve")).to_contain_text("Approve with your wallet")
    approve(page)
    expect(page.locator("[data-refusal=none]")).to_be_focused()

    unlocked = [OTHER_ACCOUNT]
    page.expose_function("askWallet", lambda asked: answer_as_wallet(asked, unlocked))
    page.add_init_script(PROVIDER)
    team.opens("wallet")
    approve(page)
    expect(page.locator("[data-refusal=account]")).to_contain_text("another account")

    unlocked.append(WALLET)
    digest = page.locator("#decision .digest").inner_text()
    approve(page)
    expect(page.locator("#result")).to_contain_text("recorded in block")
    expect(page.locator("#result")).to_contain_text("Made by your wallet")
    told = signed(team.walk, team.facility_id)
    assert told[key_id(unhexed(address))] == unhexed(digest)
    assert team.complaints("wallet") == []


def answer_as_wallet(asked: str, unlocked: list[Any]) -> Any:
    """An EIP-1193 provider with real keys, which knows nothing of Entrepot."""
    request = json.loads(asked)
    accounts = {each.address: each for each in unlocked}
    if request["method"] == "eth_requestAccounts":
        return list(accounts)
    assert request["method"] == "eth_signTypedData_v4"
    account, typed = request["params"]
    message = json.loads(typed)
    values = message["message"]
    for name in ("financingId", "termsHash", "documentRoot", "lender"):
        values[name] = unhexed(values[name])
    return "0x" + accounts[account].sign_typed_data(full_message=message).signature.hex()


def test_who_asked_is_told_beforehand_that_others_sign(team: Team) -> None:
    page = team.browser.new_page()
    page.goto(f"{team.console}/facilities/{team.facility_id}")
    page.locator("#token").fill(team.walk.stack.tokens["exporter.officer-1"])
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_contain_text("Who asks does not sign")
    expect(page.locator("#approve")).to_have_count(0)
    page.close()


def test_new_version_of_a_document_voids_the_sign_offs_before_her_eyes(team: Team) -> None:
    page = team.joins("late", "lantern-finance", "--decide")
    team.opens("late")
    expect(page.locator("#approve")).to_be_visible()
    expect(page.locator("#signoffs .bad")).to_have_count(0)

    order_id = team.walk.player.names["order"]
    papers = team.walk.ask("exporter", "GET", f"/v1/orders/{order_id}/documents").json()["items"]
    [old] = [each for each in papers if each["kind"] == "PACKING_LIST"]
    name, content = input_file("packing-list.json")["file"]
    newer = json.loads(content) | {"number": "PL-2026-0931-2"}
    answer = team.walk.ask(
        "exporter",
        "POST",
        f"/v1/orders/{order_id}/documents",
        files={"file": (name, json.dumps(newer).encode(), "application/json")},
        data={"kind": "PACKING_LIST", "supersedes": old["evidence_id"]},
        headers={"Prefer": "wait=20"},
    )
    assert answer.json()["status"] == "succeeded", answer.text

    expect(page.locator("#void")).to_contain_text("What was signed on it is void")
    expect(page.locator("#approve")).to_have_count(0)
    expect(page.locator("#signoffs li.bad")).to_have_count(3)
    expect(team.devices["newcomer"].page.locator("#void")).to_be_visible()
    assert team.complaints("late") == []


def test_officer_asks_the_exporter_and_then_declines_with_a_reason(team: Team) -> None:
    """On a second facility, asked for anew: by keyboard, and the passkey signs the call itself."""
    walk = team.walk
    [again] = [s for s in walk.scenario.steps if s.post == "/v1/facilities"]
    order = walk.player.names["order"]
    body = {**(again.body or {}), "order_id": order, "reference": "FAC-2026-0312"}
    asked = walk.ask("exporter", "POST", "/v1/facilities", json=body, headers={"Prefer": "wait=20"})
    assert asked.json()["status"] == "succeeded", asked.text
    walk.player.names["facility"] = asked.json()["result"]["financing_id"]

    page = team.opens("third")
    page.keyboard.press("q")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("Which vessel are the goods to go with?")
    page.keyboard.press("Enter")
    expect(page.locator("#decision")).to_contain_text("Question 1: Which vessel")
    path = "/v1/facilities/{facility}/notes"
    [question] = walk.ask("exporter", "GET", path).json()["items"]
    answer = {"text": "Meridian Aurora", "answers": question["number"]}
    assert walk.ask("exporter", "POST", path, json=answer).status_code < 300
    expect(page.locator("#decision")).to_contain_text("Answer to 1: Meridian Aurora")

    page.keyboard.press("r")
    expect(page.locator("#declining-reason")).to_be_focused()
    page.keyboard.type("That voyage is too late for us")
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("Declined; the exporter reads why.")
    expect(page.locator("#state")).to_contain_text("declined")
    expect(page.locator("#approve")).to_have_count(0)
    told = walk.ask("exporter", "GET", path).json()["items"][-1]
    assert (told["kind"], told["text"]) == ("DECLINED", "That voyage is too late for us")
    with walk.world.store.reading() as session:
        query = select(Log).where(col(Log.event).in_(["SignedCallMade", "FinancingDeclined"]))
        rows = session.exec(query.order_by(col(Log.block_number), col(Log.log_index))).all()
    made, declined = rows[-2:]
    assert made.tx_hash == declined.tx_hash
    assert key_id(team.signer_of("third")) in made.topics
    assert team.complaints("third") == []


@pytest.mark.full
def test_bands_are_confirmed_by_the_second_persons_own_device(team: Team) -> None:
    bands = [{"up_to": {"amount": "500000.00", "currency": "USD"}, "approvals": 3}]
    body = {"approval_bands": {"currency": "USD", "bands": bands}, "reason": "The board"}
    proposed = team.walk.ask("bank.officer-2", "POST", "/v1/policy-proposals", json=body)
    if "colleague" not in team.devices:
        team.joins("colleague", "harbour-bank", "--decide")
    page = team.devices["colleague"].page
    url = f"{team.console}/policies/proposals/{proposed.json()['result']['proposal_id']}"
    page.goto(url)
    assert forms_before(page, "sign.js", url) == 0, "it could go without a signature"
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("#result")).to_contain_text("Confirmed.")
    expect(page.locator("#what")).to_contain_text("in force")
    page.goto(f"{team.console}/policies")
    expect(page.locator("#content")).to_contain_text("up to USD 500,000.00")
    assert team.complaints("colleague") == []


def test_the_ledger_and_our_tables_agree_on_keys_of_both_kinds(team: Team) -> None:
    assert team.walk.command("audit")["audit"]["differences"] == []
