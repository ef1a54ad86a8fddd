"""A member whose key is in its own wallet: the backend prepares, the wallet signs, the ledger
sees the member act, though our node never had the key."""

from typing import Any

import pytest
from eth_account import Account

from entrepot.devnet import cast
from tests.api.stage import lei
from tests.walk.stage import Walk
from tests.walk.test_dry_run import ORDER

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

OWN = {**ORDER, "reference": "PO-OWN-KEY"}


def prepare(walk: Walk, order: dict[str, Any]) -> dict[str, Any]:
    answer = walk.ask("exporter", "POST", "/v1/orders", json=order, headers={"Prefer": "prepare"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Preference-Applied"] == "prepare"
    [call] = answer.json()["prepared"]
    return dict(call)


def sign(call: dict[str, Any], alias: str) -> str:
    """As a wallet does that knows nothing of Entrepot: eth_signTypedData_v4."""
    secret = cast.secret_of(f"{alias}.{cast.DESK}").reveal()
    typed = {**call["typed_data"]}
    message = typed["message"]
    typed["message"] = {**message, "signer": bytes.fromhex(message["signer"][2:])}
    typed["message"]["data"] = bytes.fromhex(message["data"][2:])
    signed = Account.sign_typed_data(secret, full_message=typed)
    assert signed.message_hash.hex() == call["digest"].removeprefix("0x")
    item = f'"0x{signed.signature.hex()}";nonce={message["nonce"]};deadline={message["deadline"]}'
    return item


def submit(walk: Walk, order: dict[str, Any], signatures: str) -> Any:
    headers = {"Entrepot-Signatures": signatures, "Prefer": "wait=20"}
    return walk.ask("exporter", "POST", "/v1/orders", json=order, headers=headers)


def test_order_is_placed_by_a_key_that_is_not_kept_here(straight_walk: Walk) -> None:
    before = straight_walk.fingerprint()
    call = prepare(straight_walk, OWN)
    assert straight_walk.fingerprint() == before, "preparing keeps nothing"
    assert call["words"] == {"en": "Place an order", "zh": "下订单"}
    signature = sign(call, "exporter")
    done = submit(straight_walk, OWN, signature)
    assert (done.status_code, done.json()["status"]) == (200, "succeeded"), done.text
    order_id = done.json()["result"]["order_id"]
    order = straight_walk.ask("exporter", "GET", f"/v1/orders/{order_id}").json()
    assert (order["state"], order["exporter"]["lei"]) == ("PLACED", lei("exporter"))
    again = submit(straight_walk, OWN, signature)
    assert again.json()["operation_id"] == done.json()["operation_id"], "signed once, sent once"


@pytest.mark.parametrize("wrong", ["other words", "other key", "other nonce", "unreadable"])
def test_signature_that_does_not_fit_sends_nothing(straight_walk: Walk, wrong: str) -> None:
    order = {**OWN, "reference": f"PO-{wrong}"}
    call = prepare(straight_walk, order)
    signature = sign(call, "importer" if wrong == "other key" else "exporter")
    if wrong == "other words":
        order = {**order, "destination": "DE"}
    if wrong == "other nonce":
        signature = signature.replace("nonce=", "nonce=7")
    if wrong == "unreadable":
        signature = signature.replace(";nonce", ";none")
    before = straight_walk.fingerprint()
    refused = submit(straight_walk, order, signature)
    assert refused.status_code == (422 if wrong == "unreadable" else 409), refused.text
    assert straight_walk.fingerprint() == before
