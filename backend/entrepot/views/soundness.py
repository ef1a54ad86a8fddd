"""Figures by which the tables can be held against the chain and against themselves, cheaply."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from entrepot.store.tables import OutboxState

_FIGURES = text(
    """
    SELECT
      (SELECT count(*) FROM block) AS blocks,
      (SELECT count(*) FROM log) AS logs,
      (SELECT count(*) FROM facility) AS facilities,
      (SELECT count(*) FROM facility WHERE state = 'REPAID') AS closed,
      (SELECT count(*) FROM facility WHERE state = 'OVERDUE') AS overdue,
      (SELECT coalesce(sum(drawn_minor), 0) FROM facility) AS drawn,
      (SELECT coalesce(sum(outstanding_minor), 0) FROM facility) AS outstanding,
      (SELECT count(*) FROM tranche WHERE state = 'RELEASED') AS released,
      (SELECT count(*) FROM payment) AS payments,
      (SELECT count(*) FROM evidence_item WHERE state = 'RECORDED') AS facts,
      (SELECT count(DISTINCT (block_number, log_index)) FROM posting) AS entries,
      (SELECT -coalesce(sum(amount_minor), 0) FROM posting
        WHERE memo = 'release' AND account LIKE 'debt/%') AS booked
    """
)

_BLOCKS = text(
    "SELECT number, hash, parent_hash FROM block WHERE number > :after"
    " OR number = (SELECT max(number) FROM block) ORDER BY number"
)

_UNBALANCED = text(
    "SELECT block_number, log_index FROM posting WHERE block_number > :after"
    " GROUP BY block_number, log_index, currency HAVING sum(amount_minor) <> 0 LIMIT 1"
)

_MET = text(
    """
    SELECT financing_id, tranche FROM (
      SELECT DISTINCT ON (d.financing_id, d.tranche) d.financing_id, d.tranche, d.met
      FROM decision d
      JOIN tranche t ON t.financing_id = d.financing_id AND t.position = d.tranche
      JOIN facility f ON f.financing_id = d.financing_id
      WHERE t.state = 'PENDING' AND f.state IN ('FUNDED', 'RELEASED')
      ORDER BY d.financing_id, d.tranche, d.block_number DESC
    ) newest WHERE met
    """
)

_STEPS = text("SELECT step, block_number FROM progress")

_TOLD = text("SELECT error FROM outbox WHERE id = :id")

_ROWS = text(
    "SELECT id, key, sender, nonce, target, calldata, state, tx_hash, block_number FROM outbox"
    " WHERE id >= :since ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the outbox, as far as it says what was sent."""

    id: int
    key: str
    sender: bytes
    nonce: int | None
    target: bytes
    calldata: bytes
    state: str
    tx_hash: bytes | None
    block_number: int | None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is expected of it any more, unless a fork comes."""
        return self.state in (OutboxState.FINAL, OutboxState.FAILED, OutboxState.REVERTED)


def figures(session: Session) -> dict[str, int]:
    """What the tables add up to: rows of each kind, amounts in minor units."""
    row = session.execute(_FIGURES).mappings().one()
    return {name: int(value) for name, value in row.items()}


def blocks(session: Session, after: int) -> list[tuple[int, bytes, bytes]]:
    """Number, hash and parent of the stored blocks above one, the newest in any case."""
    rows = session.execute(_BLOCKS, {"after": after})
    return [(number, bytes(own), bytes(parent)) for number, own, parent in rows]


def unbalanced(session: Session, after: int) -> tuple[int, int] | None:
    """Block and log of an entry above a block whose lines do not sum to zero, if there is one."""
    row = session.execute(_UNBALANCED, {"after": after}).first()
    return None if row is None else (row[0], row[1])


def met(session: Session) -> frozenset[tuple[bytes, int]]:
    """Every tranche that waits and was last found to be due."""
    return frozenset((bytes(own), position) for own, position in session.execute(_MET))


def steps(session: Session) -> dict[str, int]:
    """The block up to which each step has come."""
    return {row.step: row.block_number for row in session.execute(_STEPS)}


def outbox(session: Session, since: int) -> list[Row]:
    """The rows from an id on."""
    return [Row(*_plain(row)) for row in session.execute(_ROWS, {"since": since})]


def told(session: Session, row_id: int) -> dict[str, object]:
    """What was last said against a row of the outbox; empty when nothing was."""
    return session.execute(_TOLD, {"id": row_id}).scalar_one()


def size_bytes(session: Session) -> int:
    """What the whole database takes on disk, indexes and all."""
    return session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()


def _plain(row: Any) -> list[Any]:
    return [bytes(value) if isinstance(value, memoryview) else value for value in row]
