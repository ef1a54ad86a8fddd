"""Documents at rest: exact bytes back, a key per party, nothing altered is served (P7, P8, P9)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import httpx
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store
from sqlalchemy import update
from sqlmodel import Session, col, select

from entrepot.kit.hashing import sha256
from entrepot.store.blobs import Blobs, BlobsUnavailable, FolderBlobs, ObjectBlobs, blobs_at
from entrepot.store.embedded import EmbeddedPostgres
from entrepot.store.envelope import Keyring
from entrepot.store.migrating import migrate
from entrepot.store.session import Store
from entrepot.store.tables import VaultContent, VaultWrap
from entrepot.store.vault import (
    GRACE,
    NODE,
    Vault,
    VaultDamaged,
    VaultErased,
    VaultKept,
    VaultLocked,
)

pytestmark = pytest.mark.postgres

PAPER = b"invoice NHA-2026-0931, USD 1,284,000.00"
NAME = sha256(PAPER)
OTHER = b"another paper"
SELLER, BANK, STRANGER = b"SELLER".ljust(20), b"BANK".ljust(20), b"STRANGER".ljust(20)
NOW = datetime(2026, 11, 25, tzinfo=UTC)
LATER = NOW + timedelta(days=4000)
SECRET, NEWER = b"a secret of this node", b"the secret after that"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with EmbeddedPostgres(tmp_path_factory.mktemp("vault"), durable=False) as server:
        migrate(server.url)
        store = Store(server.url)
        yield store
        store.close()


@pytest.fixture
def session(store: Store) -> Iterator[Session]:
    """Undone at the end: the tests of this file share a database."""
    with Session(store.engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Store]:
    """A bucket of a real HTTP server on this machine that speaks S3 (moto's)."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    bucket = S3Store(
        "vault",
        endpoint=f"http://{host}:{port}",
        region="us-east-1",
        access_key_id="a",
        secret_access_key="b",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    _make_bucket(f"http://{host}:{port}/vault")
    yield bucket
    server.stop()


def _make_bucket(url: str) -> None:
    assert httpx.put(url).status_code == 200


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return FolderBlobs(tmp_path / "vault")
    return ObjectBlobs(request.getfixturevalue("bucket"))


@pytest.fixture
def vault(blobs: Blobs) -> Vault:
    return Vault(blobs, Keyring((SECRET,)))


@pytest.fixture
def on_disk(tmp_path: Path) -> Vault:
    return Vault.of(tmp_path / "vault", SECRET)


def file_of(vault: Vault, session: Session, digest: bytes = NAME) -> Path:
    assert isinstance(vault.blobs, FolderBlobs)
    blob = session.get_one(VaultContent, digest).blob
    assert blob is not None
    return vault.blobs.folder / blob.hex()[:2] / blob.hex()


def test_content_when_put_comes_back_byte_for_byte(vault: Vault, session: Session) -> None:
    for content in (PAPER, b"", os.urandom(300_000), bytes(1)):
        digest = vault.put(session, content, [SELLER], NOW)
        assert digest == sha256(content)
        assert vault.get(session, digest) == content
        assert vault.get(session, digest, SELLER) == content


def test_p8_blob_when_looked_at_tells_neither_content_nor_its_hash(
    vault: Vault, session: Session
) -> None:
    vault.put(session, PAPER, [], NOW)
    blob = session.get_one(VaultContent, NAME).blob
    assert blob is not None
    sealed = vault.blobs.get(blob)
    assert sha256(sealed) == blob != NAME
    assert b"NHA-2026-0931" not in sealed
    assert all(name != NAME for name, _ in vault.blobs.names())


def test_p8_file_when_written_is_ours_alone(on_disk: Vault, session: Session) -> None:
    on_disk.put(session, PAPER, [], NOW)
    assert file_of(on_disk, session).stat().st_mode & 0o077 == 0


def test_content_when_put_again_keeps_its_blob(vault: Vault, session: Session) -> None:
    vault.put(session, PAPER, [SELLER], NOW)
    before = session.get_one(VaultContent, NAME).blob
    vault.put(session, PAPER, [BANK], NOW)
    assert session.get_one(VaultContent, NAME).blob == before
    assert vault.get(session, NAME, BANK) == PAPER


def test_p9_file_when_any_byte_is_altered_is_not_served(on_disk: Vault, session: Session) -> None:
    on_disk.put(session, PAPER, [], NOW)
    file = file_of(on_disk, session)
    whole = file.read_bytes()
    altered = [whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :] for i in range(len(whole))]
    for wrong in (*altered, whole[:-1], whole[:5], b"", whole + b"!"):
        file.write_bytes(wrong)
        with pytest.raises(VaultDamaged):
            on_disk.get(session, NAME)
    file.unlink()
    with pytest.raises(VaultDamaged):
        on_disk.get(session, NAME)


def test_p9_file_when_swapped_with_another_is_not_served(on_disk: Vault, session: Session) -> None:
    on_disk.put(session, PAPER, [], NOW)
    other = on_disk.put(session, OTHER, [], NOW)
    file_of(on_disk, session).write_bytes(file_of(on_disk, session, other).read_bytes())
    with pytest.raises(VaultDamaged):
        on_disk.get(session, NAME)


def test_p9_row_when_it_names_anothers_blob_is_not_served(vault: Vault, session: Session) -> None:
    """Blob and name agree, so only the seal can tell."""
    vault.put(session, PAPER, [], NOW)
    other = vault.put(session, OTHER, [], NOW)
    blob = session.get_one(VaultContent, other).blob
    session.exec(update(VaultContent).where(col(VaultContent.sha256) == NAME).values(blob=blob))
    session.expire_all()
    with pytest.raises(VaultDamaged):
        vault.get(session, NAME)


def test_p7_wrap_when_moved_to_another_party_opens_nothing(vault: Vault, session: Session) -> None:
    vault.put(session, PAPER, [SELLER, BANK], NOW)
    theirs = session.get_one(VaultWrap, (NAME, SELLER)).wrapped
    session.get_one(VaultWrap, (NAME, BANK)).wrapped = theirs
    session.flush()
    with pytest.raises(VaultDamaged):
        vault.get(session, NAME, BANK)


def test_p7_party_when_it_has_no_key_reads_nothing(vault: Vault, session: Session) -> None:
    vault.put(session, PAPER, [SELLER], NOW)
    with pytest.raises(VaultLocked):
        vault.get(session, NAME, STRANGER)
    with pytest.raises(VaultDamaged):
        vault.get(session, sha256(b"never put"))


def test_p7_party_when_its_key_is_taken_away_reads_no_more(vault: Vault, session: Session) -> None:
    vault.put(session, PAPER, [SELLER, BANK], NOW)
    vault.take_away(session, NAME, BANK, NOW)
    vault.share(session, NAME, [BANK], NOW)
    vault.put(session, PAPER, [BANK], NOW)
    session.expire_all()
    with pytest.raises(VaultLocked):
        vault.get(session, NAME, BANK)
    assert vault.get(session, NAME, SELLER) == PAPER
    vault.give_back(session, NAME, BANK, NOW)
    assert vault.get(session, NAME, BANK) == PAPER


def test_p7_party_when_kept_out_beforehand_gets_no_key(vault: Vault, session: Session) -> None:
    vault.put(session, PAPER, [], NOW)
    vault.take_away(session, NAME, BANK, NOW)
    vault.share(session, NAME, [BANK], NOW)
    with pytest.raises(VaultLocked):
        vault.get(session, NAME, BANK)
    with pytest.raises(ValueError, match="node"):
        vault.take_away(session, NAME, NODE, NOW)


def test_rotation_when_done_needs_the_former_secret_no_more(vault: Vault, session: Session) -> None:
    vault.put(session, PAPER, [SELLER, BANK], NOW)
    vault.take_away(session, NAME, BANK, NOW)
    blob = session.get_one(VaultContent, NAME).blob
    both = replace(vault, keyring=Keyring((NEWER, SECRET)))
    only = replace(vault, keyring=Keyring((NEWER,)))
    with pytest.raises(VaultLocked):
        only.get(session, NAME, SELLER)
    assert [both.rotate(session, limit=1) for _ in range(3)] == [1, 1, 0]
    assert only.get(session, NAME, SELLER) == only.get(session, NAME) == PAPER
    assert session.get_one(VaultContent, NAME).blob == blob
    with pytest.raises(VaultLocked):
        vault.get(session, NAME, SELLER)
    with pytest.raises(VaultLocked):
        only.get(session, NAME, BANK)


def test_p8_content_when_erased_after_its_time_is_gone_for_good(
    vault: Vault, session: Session
) -> None:
    vault.put(session, PAPER, [SELLER], NOW)
    blob = session.get_one(VaultContent, NAME).blob
    assert blob is not None
    with pytest.raises(VaultKept, match="2036"):
        vault.erase(session, NAME, NOW + timedelta(days=3649))
    vault.hold(session, NAME, "claim 7")
    with pytest.raises(VaultKept, match="claim 7"):
        vault.erase(session, NAME, LATER)
    vault.hold(session, NAME, None)
    vault.erase(session, NAME, LATER)
    vault.erase(session, NAME, LATER)
    for party in (NODE, SELLER):
        with pytest.raises(VaultErased):
            vault.get(session, NAME, party)
    assert session.exec(select(VaultWrap).where(col(VaultWrap.sha256) == NAME)).all() == []
    assert vault.sweep(session, datetime.now(UTC) + 2 * GRACE) >= 1
    assert blob not in {name for name, _ in vault.blobs.names()}


def test_content_when_put_after_erasure_is_kept_anew(vault: Vault, session: Session) -> None:
    vault.put(session, PAPER, [SELLER], NOW)
    vault.erase(session, NAME, LATER)
    vault.put(session, PAPER, [BANK], LATER)
    assert vault.get(session, NAME, BANK) == PAPER
    with pytest.raises(VaultLocked):
        vault.get(session, NAME, SELLER)


def test_content_when_put_again_later_is_kept_longer(vault: Vault, session: Session) -> None:
    vault.put(session, PAPER, [], NOW)
    vault.put(session, PAPER, [], NOW + timedelta(days=100))
    with pytest.raises(VaultKept):
        vault.erase(session, NAME, NOW + timedelta(days=3700))


def test_sweep_when_a_crash_left_blobs_takes_only_those_no_row_names(
    vault: Vault, session: Session
) -> None:
    vault.put(session, PAPER, [], NOW)
    orphan = vault.blobs.put(b"of a transaction that never ended")
    assert vault.sweep(session, datetime.now(UTC)) == 0
    assert vault.sweep(session, datetime.now(UTC) + 2 * GRACE) >= 1
    assert vault.get(session, NAME) == PAPER
    with pytest.raises(FileNotFoundError):
        vault.blobs.get(orphan)


def test_sweep_when_a_file_was_half_written_removes_it(on_disk: Vault, session: Session) -> None:
    on_disk.put(session, PAPER, [], NOW)
    part = file_of(on_disk, session).with_suffix(".123.part")
    part.write_bytes(b"half")
    assert on_disk.sweep(session, datetime.now(UTC)) == 0
    assert on_disk.sweep(session, datetime.now(UTC) + 2 * GRACE) == 1
    assert not part.exists()


def test_p6_content_when_two_put_it_at_once_opens_for_both(store: Store, on_disk: Vault) -> None:
    """The second asks before the first has committed; its blob is left to the sweep."""
    content = b"put by two at once"
    digest = sha256(content)

    def second() -> None:
        with store.transaction() as session:
            on_disk.put(session, content, [BANK], NOW)

    with ThreadPoolExecutor(1) as pool:
        with store.transaction() as session:
            on_disk.put(session, content, [SELLER], NOW)
            waits = pool.submit(second)
            while len(list(on_disk.blobs.names())) < 2 and not waits.done():
                sleep(0.01)
        waits.result()
    with store.reading() as session:
        assert on_disk.get(session, digest, SELLER) == content
        assert on_disk.get(session, digest, BANK) == content
    assert len(list(on_disk.blobs.names())) == 2


def test_bucket_when_it_does_not_answer_is_unavailable() -> None:
    nobody = S3Store(
        "vault",
        endpoint="http://127.0.0.1:9",
        region="us-east-1",
        access_key_id="a",
        secret_access_key="b",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(BlobsUnavailable):
        ObjectBlobs(nobody).get(NAME)


def test_blobs_when_a_url_names_a_bucket_lie_there(tmp_path: Path) -> None:
    assert isinstance(blobs_at(None, tmp_path), FolderBlobs)
    assert isinstance(blobs_at("s3://vault/documents", tmp_path), ObjectBlobs)


def test_blobs_when_the_environment_names_the_store_go_there(
    bucket: S3Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a deployment sets it up: nothing but a URL, and what every S3 client reads."""
    monkeypatch.setenv("AWS_ENDPOINT", str(bucket.config.get("endpoint")))
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    blobs = blobs_at("s3://vault/documents", tmp_path)
    name = blobs.put(b"sealed")
    assert blobs.get(name) == b"sealed"
    assert [each for each, _ in blobs.names()] == [name]


WRITER = """
import os, sys
from pathlib import Path
from entrepot.store.blobs import FolderBlobs
blobs = FolderBlobs(Path(sys.argv[1]))
print("begun", flush=True)
while True:
    blobs.put(os.urandom(200_000))
"""


def test_blob_when_its_writer_is_killed_is_whole_or_not_there(tmp_path: Path) -> None:
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        )
        with writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            have = sum(1 for _ in FolderBlobs(tmp_path).names())
            while sum(1 for _ in FolderBlobs(tmp_path).names()) < have + 5:
                sleep(0.005)
            writer.kill()
    blobs = FolderBlobs(tmp_path)
    names = [name for name, _ in blobs.names()]
    assert len(names) >= 15
    assert all(sha256(blobs.get(name)) == name for name in names)
    blobs.clear(datetime.now(UTC) + GRACE)
    assert list(tmp_path.glob("??/*.part")) == []


def test_keyring_when_printed_does_not_show_its_secrets() -> None:
    assert "secret" not in repr(Keyring((SECRET,)))
