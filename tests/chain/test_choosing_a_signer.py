"""ENTREPOT_SIGNER: what is needed for which, and what is refused at the start."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from entrepot.chain.kms_signer import KmsSigners
from entrepot.chain.remote_signer import RemoteSigners
from entrepot.chain.signer import Keystore, PrivateKey
from entrepot.settings import Settings
from entrepot.wiring import signers

PRODUCTION: dict[str, Any] = {
    "environment": "production",
    "consortium_key": b"one of our own",
    "vault_key": b"another of our own",
    "token_key": b"a third of our own",
    "public_url": "https://node.example",
}


def test_keystore_is_the_default_and_its_password_may_lie_in_a_file(tmp_path: Path) -> None:
    key = Keystore(tmp_path, "correct horse", rounds=1).add(PrivateKey(b"\x07" * 32))
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    settings = Settings(keystore_folder=tmp_path, keystore_password_file=file)
    with signers(settings) as found:
        assert isinstance(found, Keystore)
        assert found.signer(key.address).address == key.address


def test_others_are_taken_where_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with signers(Settings(signer="remote", signer_url="http://127.0.0.1:9")) as found:
        assert isinstance(found, RemoteSigners)
    with signers(Settings(signer="kms", kms_keys="alias/desk, alias/keeper")) as found:
        assert isinstance(found, KmsSigners)


@pytest.mark.parametrize("signer", ["remote", "kms"])
def test_signer_without_its_whereabouts_is_refused(signer: Any) -> None:
    with pytest.raises(ValidationError, match="needs ENTREPOT_"):
        Settings(signer=signer)


def test_production_needs_no_keystore_password_of_its_own_when_keys_lie_elsewhere() -> None:
    with pytest.raises(ValidationError, match="ENTREPOT_KEYSTORE_PASSWORD"):
        Settings(**PRODUCTION)
    Settings(**PRODUCTION, signer="remote", signer_url="https://signer.example")
    Settings(**PRODUCTION, keystore_password_file=Path("/run/secrets/keystore"))
