"""Who may call: machines, people and tokens, what was seen of them, and answers given."""

from datetime import datetime

from sqlalchemy import BigInteger, DateTime, Index
from sqlmodel import Field

from entrepot.store.columns import Row, binary, json_column


class Token(Row, table=True):
    """A bearer token, known only by its SHA-256; it speaks for one key of one participant."""

    token_sha256: bytes = binary(primary_key=True)
    participant_id: bytes = binary()
    label: str
    key_address: bytes | None = binary(default=None)
    scopes: list[str] = json_column(default_factory=list)
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    revoked_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class RequestCount(Row, table=True):
    """How many requests of one kind a participant has made in the minute that began then.

    Unlogged: after a crash of the database it counts from nought again. began_at: unix seconds.
    """

    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    participant_id: bytes = binary(primary_key=True)
    policy: str = Field(primary_key=True)
    began_at: int = Field(sa_type=BigInteger)
    used: int = 0


class Client(Row, table=True):
    """A machine that may ask for tokens (RFC 6749), for one key of one participant.

    jwks: its public keys (RFC 7517), with their thumbprints (RFC 7638) beside them; those at
    `jwks_uri` as they were fetched last. A token holds while the key that asked for it is here.
    """

    client_id: str = Field(primary_key=True)
    participant_id: bytes = binary(index=True)
    label: str
    key_address: bytes | None = binary(default=None)
    scopes: list[str] = json_column(default_factory=list)
    jwks: list[dict[str, object]] = json_column(default_factory=list)
    thumbprints: list[str] = json_column(default_factory=list)
    jwks_uri: str | None = None
    fetched_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    tried_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    disabled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Person(Row, table=True):
    """Somebody at work in the console, for one key of one participant. No name stands here (P8).

    oidc_subject: who they are to the member's own OpenID provider, if they come in by it.
    """

    person_id: bytes = binary(primary_key=True)
    participant_id: bytes = binary(index=True)
    label: str
    key_address: bytes | None = binary(default=None)
    scopes: list[str] = json_column(default_factory=list)
    oidc_subject: str | None = Field(default=None, unique=True)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    disabled_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Passkey(Row, table=True):
    """A credential of a person's authenticator (WebAuthn). sign_count: as it told last.

    signer: what it is called as a key on the ledger (ERC-7913), whether it is one there or not.
    """

    credential_id: bytes = binary(primary_key=True)
    person_id: bytes = binary(index=True)
    public_key: bytes = binary()
    signer: bytes = binary(index=True)
    sign_count: int = Field(sa_type=BigInteger)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Invitation(Row, table=True):
    """A code, known by its SHA-256, by which a person adds a passkey; once, and not for long.

    decides: the passkey is to be a key that may DECIDE for the person's participant.
    """

    code_sha256: bytes = binary(primary_key=True)
    person_id: bytes = binary(index=True)
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    decides: bool = False
    used_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Login(Row, table=True):
    """Somebody who is in the console, known by the SHA-256 of their cookie.

    person_id or token_sha256: whose it is. proven_at: when they showed who they are. seen_at: when
    they did something last, to the minute. looks_into: what a regulator looks into, and why.
    """

    cookie_sha256: bytes = binary(primary_key=True)
    person_id: bytes | None = binary(default=None)
    token_sha256: bytes | None = binary(default=None)
    proven_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))
    looks_into: dict[str, str] = json_column(default_factory=dict)


class Ceremony(Row, table=True):
    """Somebody is about to show who they are: see `store.ceremonies`.

    place: where from, as a byte of a hash. said: what the answer is held against.
    """

    __table_args__ = (Index("ix_ceremony_place", "place", "ends_at"),)

    name: str = Field(primary_key=True)
    kind: str
    place: bytes = binary()
    said: dict[str, str] = json_column(default_factory=dict)
    ends_at: datetime = Field(sa_type=DateTime(timezone=True))


class SeenProof(Row, table=True):
    """A proof or an assertion that was taken, so that it is not taken again while it would hold."""

    proof_sha256: bytes = binary(primary_key=True)
    expires_at: datetime = Field(sa_type=DateTime(timezone=True), index=True)


class IdempotencyRecord(Row, table=True):
    """The first answer to a key, given again to whoever repeats the same request."""

    participant_id: bytes = binary(primary_key=True)
    key: str = Field(primary_key=True)
    request_sha256: bytes = binary()
    status: int | None = None
    body: dict[str, object] = json_column()
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
