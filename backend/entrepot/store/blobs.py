"""Where sealed documents lie: a folder, or a bucket of any S3-compatible store.

A blob's name is the SHA-256 of its sealed bytes, so it says nothing of the content, and one that
was altered, cut or swapped is known without any key.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, S3Store

from entrepot.kit.hashing import sha256

if TYPE_CHECKING:
    from obstore.store import RetryConfig

PART = ".part"
RETRIES: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}


class BlobDamaged(Exception):
    """What lies under a name does not have that hash."""


class BlobsUnavailable(Exception):
    """The object store does not answer, or refuses us."""


class Blobs(Protocol):
    """Sealed bytes by their own hash."""

    def put(self, sealed: bytes) -> bytes:
        """Keeps the bytes for good before it answers their name; twice is once."""
        ...

    def get(self, name: bytes) -> bytes:
        """FileNotFoundError when there is none, BlobDamaged when it is not what was put."""
        ...

    def delete(self, name: bytes) -> None:
        """Does nothing when there is none."""
        ...

    def names(self) -> Iterator[tuple[bytes, datetime]]:
        """Every blob and when it was written."""
        ...

    def clear(self, before: datetime) -> int:
        """Removes what a crash left half written before that time; answers how many."""
        ...


@dataclass(frozen=True, slots=True)
class FolderBlobs:
    """Files that only we may read, two levels deep. A crash leaves all of a blob or none of it."""

    folder: Path

    def put(self, sealed: bytes) -> bytes:
        name = sha256(sealed)
        path = self._path(name)
        if path.exists():
            return name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_suffix(f".{os.getpid()}.{os.urandom(4).hex()}{PART}")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _sync_folder(path.parent)
        return name

    def get(self, name: bytes) -> bytes:
        return _checked(name, self._path(name).read_bytes())

    def delete(self, name: bytes) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[tuple[bytes, datetime]]:
        for path in self.folder.glob("??/*"):
            if path.suffix != PART:
                yield bytes.fromhex(path.name), _written(path)

    def clear(self, before: datetime) -> int:
        old = [path for path in self.folder.glob(f"??/*{PART}") if _written(path) < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, name: bytes) -> Path:
        return self.folder / name.hex()[:2] / name.hex()


@dataclass(frozen=True, slots=True)
class ObjectBlobs:
    """Objects in a bucket; `put` answers once the store has it. Keys and endpoint come from the
    environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT), as every S3
    client takes them."""

    bucket: ObjectStore

    def put(self, sealed: bytes) -> bytes:
        name = sha256(sealed)
        with _answering():
            obstore.put(self.bucket, _key(name), sealed)
        return name

    def get(self, name: bytes) -> bytes:
        with _answering():
            found = bytes(obstore.get(self.bucket, _key(name)).bytes())
        return _checked(name, found)

    def delete(self, name: bytes) -> None:
        with _answering():
            obstore.delete(self.bucket, _key(name))

    def names(self) -> Iterator[tuple[bytes, datetime]]:
        with _answering():
            for page in obstore.list(self.bucket):
                for each in page:
                    yield bytes.fromhex(each["path"].rpartition("/")[2]), each["last_modified"]

    def clear(self, before: datetime) -> int:  # noqa: ARG002 (of every store; here nothing is half)
        return 0


def blobs_at(url: str | None, folder: Path) -> Blobs:
    """The bucket that the URL names (s3://BUCKET/PREFIX), or the folder when there is none."""
    if url is None:
        return FolderBlobs(folder)
    return ObjectBlobs(S3Store.from_url(url, retry_config=RETRIES))


def _checked(name: bytes, sealed: bytes) -> bytes:
    if sha256(sealed) != name:
        raise BlobDamaged(f"blob {name.hex()} was altered where it lies")
    return sealed


def _key(name: bytes) -> str:
    return f"{name.hex()[:2]}/{name.hex()}"


def _written(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _sync_folder(folder: Path) -> None:
    """The new name is on the disk as well, not the bytes alone."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise BlobsUnavailable(f"the object store: {type(error).__name__}") from error
