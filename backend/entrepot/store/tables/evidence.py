"""Facts, voyages and titles, folded from Evidence and Titles."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from entrepot.store.columns import Row, binary, whole


class EvidenceItem(Row, table=True):
    """A fact. Its `stream` is its subject: the order or the voyage that it is about."""

    evidence_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    on_voyage: bool
    attester: bytes = binary()
    kind: str
    state: str
    source_key: bytes = binary()
    commitment: bytes = binary()
    occurred_at: int = whole()
    recorded_at: int = whole()
    recorded_block: int = Field(sa_type=BigInteger)
    supersedes: bytes = binary()
    voyage_key: bytes | None = binary(default=None)
    withdrawn_block: int | None = Field(default=None, sa_type=BigInteger)


class EvidenceConflict(Row, table=True):
    """Of what two attesters once said different things; whether they still do, their facts say."""

    order_id: bytes = binary(primary_key=True)
    place: int = Field(primary_key=True)
    stream: bytes = binary(index=True)
    kind: str
    source_key: bytes = binary()


class VoyageLink(Row, table=True):
    order_id: bytes = binary(primary_key=True)
    voyage_id: bytes = binary(primary_key=True, index=True)
    stream: bytes = binary(index=True)
    carrier: bytes = binary()


class Title(Row, table=True):
    title_id: bytes = binary(primary_key=True)
    stream: bytes = binary(index=True)
    order_id: bytes = binary(index=True)
    state: str
    form: str
    may_endorse: bool
    surrender_reason: str
    carrier: bytes = binary()
    shipper: bytes = binary()
    possessor: bytes = binary(index=True)
    endorsee: bytes = binary()
    surrendered_by: bytes = binary()
    commitment: bytes = binary()
    replaces: bytes = binary()
    replaced_by: bytes = binary()
    pledgee: bytes = binary()
    pledged_for: bytes = binary(index=True)
    deliver_to: bytes = binary()
