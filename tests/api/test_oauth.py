"""How machines get in, and that they are out at once when they must be."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from sqlmodel import select

from entrepot.api.oauth.access_tokens import Access, AccessTokens
from entrepot.api.oauth.keys import PERIOD_S, TokenKeys
from entrepot.domain.jwks import checked, thumbprints
from entrepot.kit.clock import from_unix, to_unix
from entrepot.kit.jose import Untrusted, new_key
from entrepot.store.tables import SeenProof
from tests.api.machine import (
    AT,
    ISSUER,
    TOKEN_URL,
    Machine,
    change,
    is_refused,
    is_shut_out,
    machine,
)
from tests.api.stage import NOW, Stage


@pytest.fixture
def own(stage: Stage) -> Machine:
    return machine(stage)


def test_a_machine_gets_a_token_and_reads(own: Machine) -> None:
    answer = own.ask()
    told = answer.json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("DPoP", 300, "read submit")
    own.token = told["access_token"]
    assert own.get().status_code == 200


def test_a_token_is_as_rfc_9068_has_it(own: Machine) -> None:
    token = own.log_in().token
    keys = own.stage.client.get("/oauth/jwks").json()["keys"]
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    [key] = [key for key in keys if key["kid"] == header["kid"]]
    claims = jwt.decode(token, ECKey.import_key(key), algorithms=["ES256"]).claims
    assert header["typ"] == "at+jwt"
    assert claims["iss"] == claims["aud"] == ISSUER
    assert claims["sub"] == claims["client_id"] == own.credentials.client_id
    assert claims["exp"] - claims["iat"] == 300
    assert claims["cnf"] == {"jkt": own.dpop_key.thumbprint()}
    assert all("d" not in key for key in keys)


@pytest.mark.parametrize("kind", ["RSA", "OKP"])
def test_a_machine_may_have_another_kind_of_key(stage: Stage, kind: str) -> None:
    key: Any = RSAKey.generate_key(2048) if kind == "RSA" else OKPKey.generate_key("Ed25519")
    jwks = checked({"keys": [key.as_dict(private=False)]})
    other = machine(stage, jwks=jwks, thumbprints=thumbprints(jwks))
    algorithm = "PS256" if kind == "RSA" else "EdDSA"
    header = {"alg": algorithm, "kid": key.thumbprint()}
    other.dpop_key = key
    proof = other.proof("POST", TOKEN_URL, header={"alg": algorithm})
    answer = other.ask(proof=proof, client_assertion=other.assertion(key, header))
    assert answer.status_code == 200, answer.text
    other.token = answer.json()["access_token"]
    proof = other.proof("GET", f"{ISSUER}/v1/orders", header={"alg": algorithm})
    headers = {"Authorization": f"DPoP {other.token}", "DPoP": proof}
    assert stage.client.get("/v1/orders", headers=headers).status_code == 200


def test_a_token_may_be_asked_for_with_fewer_scopes(own: Machine) -> None:
    own.log_in(scope="read")
    assert own.get().status_code == 200
    answer = own.post(f"/v1/orders/0x{'ab' * 32}:accept")
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    is_refused(own.ask(scope="read govern"), "invalid_scope")


def test_query_and_spelling_of_the_host_do_not_matter_to_a_proof(own: Machine) -> None:
    own.log_in()
    for htu in ("HTTP://TESTSERVER:80/v1/orders", f"{ISSUER}/v1/orders?limit=7#x"):
        proof = own.proof("GET", htu)
        headers = {"Authorization": f"DPoP {own.token}", "DPoP": proof}
        assert own.stage.client.get("/v1/orders?limit=5", headers=headers).status_code == 200, htu


def test_discovery_tells_where_and_how(stage: Stage) -> None:
    server = stage.client.get("/.well-known/oauth-authorization-server").json()
    resource = stage.client.get("/.well-known/oauth-protected-resource").json()
    assert server["issuer"] == ISSUER
    assert server["token_endpoint"] == TOKEN_URL
    assert server["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert "none" not in server["token_endpoint_auth_signing_alg_values_supported"]
    assert resource["resource"] == ISSUER
    assert resource["authorization_servers"] == [ISSUER]


def test_signing_keys_change_and_tokens_of_the_key_before_still_hold() -> None:
    access = Access(client_id="c", client_key="k", scopes=frozenset({"read"}), jkt="j", x5t=None)
    keys = TokenKeys(b"secret")
    before = from_unix((AT // PERIOD_S + 1) * PERIOD_S - 10)
    after = from_unix(to_unix(before) + 20)
    tokens = AccessTokens(keys)
    token = tokens.issue(ISSUER, access, before)
    assert keys.current(before).kid != keys.current(after).kid
    assert tokens.verify(token, ISSUER, after) == access
    assert AccessTokens(TokenKeys(b"secret")).verify(token, ISSUER, after) == access
    with pytest.raises(Untrusted):
        AccessTokens(TokenKeys(b"other")).verify(token, ISSUER, after)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_assertion_type": "urn:x"}, "invalid_client"),
        ({"client_id": "another"}, "invalid_client"),
        ({"scope": "read root"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
    ],
)
def test_form_that_asks_for_something_else_is_refused(
    own: Machine, fields: dict[str, str], error: str
) -> None:
    is_refused(own.ask(**fields), error)


@pytest.mark.parametrize(
    "request_",
    [
        {"json": {"grant_type": "client_credentials"}},
        {"content": b"grant_type=client_credentials&grant_type=x"},
        {"content": b"\xff\xfe=1"},
        {"content": b"&".join(b"a%d=1" % n for n in range(99))},
        {"content": b""},
    ],
)
def test_form_that_is_none_is_refused(own: Machine, request_: dict[str, Any]) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"} if "content" in request_ else {}
    is_refused(own.stage.client.post("/oauth/token", headers=form, **request_), "invalid_request")


def test_client_secrets_are_not_taken(own: Machine) -> None:
    answer = own.stage.client.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "client_id": own.credentials.client_id},
        headers={"Authorization": "Basic Y2xpZW50OnNlY3JldA=="},
    )
    is_refused(answer)


def test_token_without_a_proof_is_not_given(own: Machine) -> None:
    answer = own.stage.client.post("/oauth/token", data=own.form())
    is_refused(answer, "invalid_dpop_proof")


def test_disabled_client_is_out_with_the_tokens_it_has(own: Machine) -> None:
    own.log_in()
    change(own.stage, own, disabled_at=NOW)
    is_shut_out(own.get())
    is_refused(own.ask())


def test_tokens_of_a_key_that_was_removed_have_ended(own: Machine) -> None:
    own.log_in()
    jwks = checked({"keys": [new_key().as_dict(private=False)]})
    change(own.stage, own, jwks=jwks, thumbprints=thumbprints(jwks))
    is_shut_out(own.get())
    is_refused(own.ask())


def test_suspended_participants_machine_is_out(own: Machine) -> None:
    own.log_in()
    own.stage.suspend("exporter")
    is_shut_out(own.get())
    is_refused(own.ask())


def test_scope_that_was_taken_away_is_gone_at_once(own: Machine) -> None:
    own.log_in()
    change(own.stage, own, scopes=["submit"])
    answer = own.get()
    assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")


def test_plain_tokens_are_refused_where_they_are_not_allowed(own: Machine) -> None:
    settings = own.stage.world.settings
    assert own.stage.get("exporter", "/v1/orders").status_code == 200
    stern = settings.model_copy(update={"plain_tokens": False})
    object.__setattr__(own.stage.world, "settings", stern)
    try:
        answer = own.stage.get("exporter", "/v1/orders")
    finally:
        object.__setattr__(own.stage.world, "settings", settings)
    is_shut_out(answer)
    assert "Bearer" not in answer.headers["www-authenticate"]


def test_proofs_are_forgotten_when_they_would_not_be_taken_any_more(own: Machine) -> None:

    old, new = b"o" * 32, b"n" * 32
    own.stage.insert(
        SeenProof(proof_sha256=old, expires_at=NOW - timedelta(seconds=1)),
        SeenProof(proof_sha256=new, expires_at=NOW + timedelta(seconds=1)),
    )
    own.log_in()
    with own.stage.world.store.reading() as session:
        kept = {row.proof_sha256 for row in session.exec(select(SeenProof))}
    assert old not in kept
    assert new in kept
