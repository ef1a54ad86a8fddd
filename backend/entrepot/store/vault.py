"""Documents at rest: content-addressed, sealed once each, opened only with a party's own key.

Rows and blobs are written in that order that a crash can only leave a blob which no row names:
harmless, and found by `sweep`. What is read is checked three times: the blob by its name, the seal
by its tag, the content by its hash; whatever fails serves nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from sqlalchemy import ColumnElement, exists
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, delete, select

from entrepot.kit.hashing import sha256
from entrepot.store.blobs import BlobDamaged, Blobs, FolderBlobs
from entrepot.store.envelope import EnvelopeBroken, KeyEncryptionKeyMissing, Keyring, seal, unseal
from entrepot.store.tables import VaultContent, VaultWrap

NODE: Final = bytes(20)
"""The party that this node itself is: it reads what it has to check, and hands out keys."""

GRACE: Final = timedelta(days=1)
"""A blob younger than this may belong to a transaction that has not ended."""


class VaultError(Exception):
    """A stored document cannot be given; nothing of it was served."""


class VaultDamaged(VaultError):
    """It is not what was put in, or not there any more: do not use it, restore it from a copy."""


class VaultLocked(VaultError):
    """The party holds no key to it: never got one, or it was taken away."""


class VaultErased(VaultError):
    """Its keys were destroyed after its time: nobody can read it again."""


class VaultKept(VaultError):
    """It may not be erased yet: its time has not come, or a legal hold stands."""


@dataclass(frozen=True, slots=True)
class Vault:
    """keep_for: how long a document is kept at least, from when it was stored."""

    blobs: Blobs
    keyring: Keyring
    keep_for: timedelta = timedelta(days=3650)

    @classmethod
    def of(cls, folder: Path, *secrets: bytes) -> Self:
        """A vault in a folder; its keys are derived from secrets, the one in use first."""
        return cls(FolderBlobs(folder), Keyring(secrets))

    def put(
        self, session: Session, content: bytes, parties: Collection[bytes], now: datetime
    ) -> bytes:
        """Keeps the content and answers its SHA-256; each party, and this node, get a key.

        Twice is once: what is there stays as it is, and only parties without a key get one.
        """
        digest = sha256(content)
        row = session.get(VaultContent, digest)
        if row is None or row.blob is None:
            key, sealed = seal(content)
            if self._claim(session, digest, self.blobs.put(sealed), len(content), now):
                self._wrap(session, digest, key, {NODE, *parties}, now)
                if row is not None:
                    session.refresh(row)
                return digest
        self._extend(session, digest, now)
        self.share(session, digest, parties, now)
        return digest

    def get(self, session: Session, digest: bytes, party: bytes = NODE) -> bytes:
        """The exact bytes. VaultErased, VaultLocked, or VaultDamaged also when there are none."""
        row = session.get(VaultContent, digest)
        if row is None:
            raise VaultDamaged(f"document {digest.hex()} is not in the vault")
        if row.blob is None:
            raise VaultErased(f"document {digest.hex()} was erased")
        key = self._key(session, digest, party)
        try:
            return unseal(key, self.blobs.get(row.blob), digest)
        except (EnvelopeBroken, BlobDamaged, FileNotFoundError) as error:
            raise VaultDamaged(f"document {digest.hex()} was altered at rest") from error

    def share(
        self, session: Session, digest: bytes, parties: Collection[bytes], now: datetime
    ) -> None:
        """Gives a key to each party that never had one; what was taken away stays away."""
        query = select(VaultWrap.party).where(col(VaultWrap.sha256) == digest)
        new = set(parties) - set(session.exec(query).all())
        if new:
            self.require(session, digest, NODE)
            self._wrap(session, digest, self._key(session, digest, NODE), new, now)

    def require(self, session: Session, digest: bytes, party: bytes) -> None:
        """VaultErased when it is gone, VaultLocked when the party's key was taken away."""
        row = session.get(VaultContent, digest)
        if row is not None and row.blob is None:
            raise VaultErased(f"document {digest.hex()} was erased")
        wrap = session.get(VaultWrap, (digest, party))
        if wrap is not None and wrap.wrapped is None:
            raise VaultLocked(f"the key to document {digest.hex()} was taken away")

    def give_back(self, session: Session, digest: bytes, party: bytes, now: datetime) -> None:
        """Gives a party its key again, after it was taken away."""
        session.exec(delete(VaultWrap).where(_of(digest, party)))
        self.share(session, digest, [party], now)

    def take_away(self, session: Session, digest: bytes, party: bytes, now: datetime) -> None:
        """Destroys the party's wrap: it reads the document no more, whatever else it may see."""
        if party == NODE:
            raise ValueError("the node's own key goes with the document only")
        values = {"key_id": b"", "wrapped": None, "given_at": now, "taken_at": now}
        statement = insert(VaultWrap).values(sha256=digest, party=party, **values)
        session.exec(
            statement.on_conflict_do_update(
                index_elements=["sha256", "party"], set_={"wrapped": None, "taken_at": now}
            )
        )

    def rotate(self, session: Session, limit: int) -> int:
        """Wraps keys anew that are still under an older secret; no content is touched.

        Answers how many; 0 says that the older secrets may be forgotten.
        """
        query = (
            select(VaultWrap)
            .where(col(VaultWrap.wrapped).is_not(None))
            .where(col(VaultWrap.key_id) != self.keyring.key_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = session.exec(query).all()
        for wrap in found:
            wrap.wrapped = self.keyring.wrap(self._unwrapped(wrap), wrap.sha256, wrap.party)
            wrap.key_id = self.keyring.key_id
        session.flush()
        return len(found)

    def erase(self, session: Session, digest: bytes, now: datetime) -> None:
        """Destroys every key to the document; its blob goes with the next sweep.

        VaultKept before its time, or while a legal hold stands.
        """
        row = session.get(VaultContent, digest, with_for_update=True)
        if row is None or row.blob is None:
            return
        if row.hold is not None:
            raise VaultKept(f"document {digest.hex()} is under legal hold: {row.hold}")
        if now < row.keep_until:
            raise VaultKept(f"document {digest.hex()} is kept until {row.keep_until:%Y-%m-%d}")
        session.exec(delete(VaultWrap).where(col(VaultWrap.sha256) == digest))
        row.blob, row.erased_at = None, now
        session.flush()

    def hold(self, session: Session, digest: bytes, reason: str | None) -> None:
        """Places a legal hold, in words, or lifts it with None."""
        row = session.get(VaultContent, digest, with_for_update=True)
        if row is None or row.blob is None:
            raise VaultErased(f"document {digest.hex()} is not kept here")
        row.hold = reason
        session.flush()

    def sweep(self, session: Session, now: datetime) -> int:
        """Deletes blobs that no row names: left by a crash, or erased. Answers how many."""
        before = now - GRACE
        swept = self.blobs.clear(before)
        for name, written in list(self.blobs.names()):
            named = select(exists().where(col(VaultContent.blob) == name))
            if written < before and not session.scalar(named):
                self.blobs.delete(name)
                swept += 1
        return swept

    def _claim(
        self, session: Session, digest: bytes, blob: bytes, size: int, now: datetime
    ) -> bool:
        """Whether this blob became the content's: of two that are put at once one does."""
        values = {
            "blob": blob,
            "size_bytes": size,
            "stored_at": now,
            "keep_until": now + self.keep_for,
            "erased_at": None,
        }
        statement = insert(VaultContent).values(sha256=digest, **values)
        claimed = session.scalar(
            statement.on_conflict_do_update(
                index_elements=["sha256"], set_=values, where=col(VaultContent.blob).is_(None)
            ).returning(col(VaultContent.blob))
        )
        return claimed is not None

    def _extend(self, session: Session, digest: bytes, now: datetime) -> None:
        """Put again, it is kept as long from now."""
        row = session.get_one(VaultContent, digest, populate_existing=True)
        row.keep_until = max(row.keep_until, now + self.keep_for)
        session.flush()

    def _wrap(
        self, session: Session, digest: bytes, key: bytes, parties: Collection[bytes], now: datetime
    ) -> None:
        rows = [
            {
                "sha256": digest,
                "party": party,
                "key_id": self.keyring.key_id,
                "wrapped": self.keyring.wrap(key, digest, party),
                "given_at": now,
            }
            for party in sorted(parties)
        ]
        session.exec(insert(VaultWrap).values(rows).on_conflict_do_nothing())

    def _key(self, session: Session, digest: bytes, party: bytes) -> bytes:
        wrap = session.get(VaultWrap, (digest, party))
        if wrap is None or wrap.wrapped is None:
            raise VaultLocked(f"no key to document {digest.hex()} for this party")
        return self._unwrapped(wrap)

    def _unwrapped(self, wrap: VaultWrap) -> bytes:
        try:
            return self.keyring.unwrap(wrap.wrapped or b"", wrap.sha256, wrap.party, wrap.key_id)
        except EnvelopeBroken as error:
            raise VaultDamaged(f"a key to document {wrap.sha256.hex()} was altered") from error
        except KeyEncryptionKeyMissing as error:
            raise VaultLocked(str(error)) from error


def _of(digest: bytes, party: bytes) -> ColumnElement[bool]:
    return (col(VaultWrap.sha256) == digest) & (col(VaultWrap.party) == party)
