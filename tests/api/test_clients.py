"""Machines are registered, given other keys and locked out, by whoever administers a member."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey

from entrepot.client.credentials import Credentials
from entrepot.kit.jose import base64url, new_key
from tests.api.machine import Machine, is_refused, is_shut_out
from tests.api.stage import Stage, address_of

LABEL = "ERP of Ningbo"
WEAK = {"kty": "RSA", "n": base64url(b"\xc3" * 128), "e": "AQAB"}


def jwks(*keys: Any) -> dict[str, Any]:
    return {"keys": [key.as_dict(private=False) for key in keys]}


def register(stage: Stage, actor: str = "exporter.admin", **otherwise: Any) -> Any:
    body = {
        "label": LABEL,
        "scopes": ["read", "submit"],
        "key": "0x" + address_of("exporter.desk").hex(),
        "jwks": jwks(new_key()),
        **otherwise,
    }
    given = {name: value for name, value in body.items() if value is not None}
    return stage.post(actor, "/v1/clients", json=given)


def registered(stage: Stage, key: Any) -> Machine:
    """A machine that was let in through the API itself."""
    answer = register(stage, jwks=jwks(key))
    assert answer.status_code == 200, answer.text
    client_id = answer.json()["result"]["client_id"]
    return Machine(stage, Credentials(client_id, key))


def verb(
    stage: Stage, machine: Machine, name: str, actor: str = "exporter.admin", **body: Any
) -> Any:
    path = f"/v1/clients/{machine.credentials.client_id}:{name}"
    return stage.post(actor, path, **({"json": body} if body else {}))


def test_a_registered_machine_gets_in_and_is_listed(stage: Stage) -> None:
    key = new_key()
    machine = registered(stage, key).log_in()
    assert machine.get().status_code == 200
    [listed] = stage.get("exporter.admin", "/v1/clients").json()["items"]
    one = stage.get("exporter.admin", f"/v1/clients/{listed['client_id']}").json()
    assert one["label"] == LABEL
    assert one["keys"] == [{"kid": key.thumbprint(), "thumbprint": key.thumbprint(), "kty": "EC"}]
    assert one["disabled_at"] is None
    assert key.thumbprint() in stage.get("exporter.admin", "/v1/clients").text


def test_keys_are_rotated_without_a_gap(stage: Stage) -> None:
    old, new = new_key(), new_key()
    machine = registered(stage, old).log_in()
    assert verb(stage, machine, "rotate", jwks=jwks(old, new)).status_code == 200
    assert machine.get().status_code == 200
    assert verb(stage, machine, "rotate", jwks=jwks(new)).status_code == 200
    is_shut_out(machine.get())
    is_refused(machine.ask())
    machine.credentials = type(machine.credentials)(machine.credentials.client_id, new)
    assert machine.log_in().get().status_code == 200


def test_a_disabled_machine_is_out_for_good(stage: Stage) -> None:
    key = new_key()
    machine = registered(stage, key).log_in()
    assert verb(stage, machine, "disable").status_code == 200
    is_shut_out(machine.get())
    assert verb(stage, machine, "rotate", jwks=jwks(key)).status_code == 200
    is_refused(machine.ask())
    path = f"/v1/clients/{machine.credentials.client_id}"
    assert stage.get("exporter.admin", path).json()["disabled_at"]


def test_p7_machines_of_others_are_not_there(stage: Stage) -> None:
    machine = registered(stage, new_key())
    before = stage.digest()
    path = f"/v1/clients/{machine.credentials.client_id}"
    for answer in (
        stage.get("bank.admin", path),
        verb(stage, machine, "disable", "bank.admin"),
        verb(stage, machine, "rotate", "bank.admin", jwks=jwks(new_key())),
    ):
        stage.refused(answer, 404, "not-found", before)
    assert stage.get("bank.admin", "/v1/clients").json()["items"] == []


def test_only_whoever_administers_may_look_or_act(stage: Stage) -> None:
    before = stage.digest()
    stage.refused(register(stage, "exporter"), 403, "scope-missing", before)
    stage.refused(stage.get("exporter", "/v1/clients"), 403, "scope-missing", before)


@pytest.mark.parametrize(
    "otherwise",
    [
        {"key": "0x" + address_of("bank.desk").hex()},
        {"key": "0x" + "c3" * 20},
        {"jwks": None},
        {"jwks_uri": "https://keys.example/jwks"},
        {"jwks": None, "jwks_uri": "https://user@keys.example/jwks"},
        {"jwks": None, "jwks_uri": "https:///jwks"},
        {"jwks": None, "jwks_uri": "file:///etc/passwd"},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [new_key().as_dict(private=True)]}},
        {"jwks": {"keys": [OctKey.generate_key(256).as_dict()]}},
        {"jwks": jwks(ECKey.generate_key("P-384"))},
        {"jwks": {"keys": [WEAK]}},
        {"jwks": jwks(*[new_key() for _ in range(9)])},
        {"jwks": jwks(*[OKPKey.generate_key("Ed25519")] * 2)},
        {"jwks": {"keys": [{**new_key().as_dict(private=False), "kid": "a\0b"}]}},
        {"jwks": {"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}},
        {"jwks": {"keys": [{"kty": "RSA", "n": "", "e": "AQAB"}]}},
        {"scopes": []},
        {"scopes": ["root"]},
    ],
    ids=(
        "a key of another member",
        "a key of nobody",
        "no keys at all",
        "both kinds of keys",
        "a user in the address",
        "no host",
        "a file",
        "an empty set",
        "a private key",
        "a shared secret",
        "another curve",
        "a weak key",
        "nine keys",
        "the same key twice",
        "a kid with a nul",
        "no point",
        "no modulus",
        "no scope",
        "no such scope",
    ),
)
def test_what_cannot_be_a_machine_is_refused(stage: Stage, otherwise: dict[str, Any]) -> None:
    before = stage.digest()
    answer = register(stage, **otherwise)
    assert answer.status_code == 422, answer.text
    assert stage.digest() == before


def test_a_member_cannot_make_a_machine_that_governs(stage: Stage) -> None:
    before = stage.digest()
    stage.refused(register(stage, scopes=["govern"]), 403, "not-permitted", before)
