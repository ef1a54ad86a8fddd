"""Documents at rest: found by their content, unreadable to others, altered by nobody unseen."""

import hashlib
from pathlib import Path

import pytest

from entrepot.store.vault import Vault, VaultDamaged

PAPER = b"invoice NHA-2026-0931, USD 1,284,000.00"
NAME = hashlib.sha256(PAPER).digest()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault.of(tmp_path / "vault", b"a secret of this node")


def only_file(vault: Vault) -> Path:
    (file,) = [path for path in vault.folder.rglob("*") if path.is_file()]
    return file


def test_what_was_put_comes_back(vault: Vault) -> None:
    vault.put(NAME, PAPER)
    assert vault.get(NAME) == PAPER


def test_nothing_of_it_can_be_read_on_disk(vault: Vault) -> None:
    vault.put(NAME, PAPER)
    assert b"NHA-2026-0931" not in only_file(vault).read_bytes()
    assert only_file(vault).stat().st_mode & 0o077 == 0


def test_putting_it_again_changes_nothing(vault: Vault) -> None:
    vault.put(NAME, PAPER)
    before = only_file(vault).read_bytes()
    vault.put(NAME, PAPER)
    assert only_file(vault).read_bytes() == before


def test_every_altered_byte_is_noticed(vault: Vault) -> None:
    vault.put(NAME, PAPER)
    file = only_file(vault)
    whole = file.read_bytes()
    for i in range(len(whole)):
        file.write_bytes(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :])
        with pytest.raises(VaultDamaged):
            vault.get(NAME)


def test_a_document_under_anothers_name_is_noticed(vault: Vault) -> None:
    vault.put(NAME, PAPER)
    other = hashlib.sha256(b"another paper").digest()
    target = vault.folder / other.hex()[:2] / other.hex()
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(only_file(vault).read_bytes())
    with pytest.raises(VaultDamaged):
        vault.get(other)


def test_another_secret_opens_nothing(vault: Vault) -> None:
    vault.put(NAME, PAPER)
    with pytest.raises(VaultDamaged):
        Vault.of(vault.folder, b"another secret").get(NAME)


def test_what_was_never_put_is_not_found(vault: Vault) -> None:
    with pytest.raises(FileNotFoundError):
        vault.get(NAME)
