"""Which tranches are to be judged, and what was decided of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    any_,
    bindparam,
    exists,
    func,
    or_,
    tuple_,
    union,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from entrepot.domain.kinds import ADVERSE
from entrepot.domain.terms import OPEN_STATES
from entrepot.store.tables import (
    AssetLink,
    Block,
    Breach,
    Decision,
    EvidenceConflict,
    EvidenceItem,
    Facility,
    FacilityLender,
    Log,
    Participant,
    Progress,
    SandboxCap,
    Standing,
    Title,
    Tranche,
    UnlinkedFamily,
    VoyageLink,
)

STEP = "conditions"
Ids = SelectOfScalar[bytes]


@dataclass(frozen=True, slots=True)
class Due:
    """The indexed head, and up to which block the conditions are dealt with; -1 is none."""

    head: Block
    dealt: int


def due(session: Session) -> Due | None:
    """What there is to do; None when nothing has come since the last time."""
    query = (
        select(Block, Progress.block_number)
        .join(Progress, col(Progress.step) == STEP, isouter=True)
        .order_by(col(Block.number).desc())
        .limit(1)
    )
    row = cast("tuple[Block, int | None] | None", session.exec(query).first())
    if row is None:
        return None
    head, dealt = row[0], -1 if row[1] is None else row[1]
    if head.number <= dealt and not _judged_after(session, dealt):
        return None
    return Due(head, dealt)


def _judged_after(session: Session, block_number: int) -> bool:
    query = select(Standing.financing_id).where(Standing.block_number > block_number).limit(1)
    return session.exec(query).first() is not None


def stands(session: Session, block: Block) -> bool:
    """Whether the block is still the chain's."""
    query = select(Block.hash).where(Block.number == block.number)
    return session.exec(query).first() == block.hash


def mark(session: Session, block_number: int) -> None:
    statement = insert(Progress).values(step=STEP, block_number=block_number)
    session.exec(
        statement.on_conflict_do_update(
            index_elements=["step"], set_={"block_number": statement.excluded.block_number}
        )
    )


def touched(session: Session, due: Due) -> list[bytes]:
    """The facilities that the blocks since the last time may have made another judgement of: what
    happened to their order, voyages, members, limits, caps and goods; what others have drawn,
    where it hangs on that; what was judged on blocks that are gone; what time alone changes."""
    asked = {"dealt": due.dealt, "head": due.head.number, "now": due.head.timestamp}
    return sorted(cast("Iterable[bytes]", session.scalars(_touched(), asked)))


@cache
def _touched() -> CompoundSelect[Any]:
    """Made once: it takes longer to put together than to answer."""
    logs = select(Log.stream).where(
        col(Log.block_number) > bindparam("dealt"), col(Log.block_number) <= bindparam("head")
    )
    streams = select(logs.distinct().cte("streams").c.stream)
    return union(
        *_of_orders(streams),
        *_of_members(streams),
        _of_caps(streams),
        _of_goods(streams),
        *_of_others(streams),
        select(Standing.financing_id).where(
            or_(
                col(Standing.block_number) > bindparam("dealt"),
                col(Standing.next_at) <= bindparam("now"),
            )
        ),
    )


def _among(column: Any, ids: Ids | CompoundSelect[Any]) -> ColumnElement[bool]:
    """`column IN (ids)`, as an array, so that few are expected: of the joins that the database
    would think of, some read every facility through."""
    return column == any_(func.array(ids.scalar_subquery()))


def _of_orders(streams: Ids) -> list[Ids]:
    aboard = select(VoyageLink.order_id).where(_among(col(VoyageLink.voyage_id), streams))
    return [
        select(Facility.financing_id).where(_among(col(Facility.order_id), streams)),
        select(Facility.financing_id).where(_among(col(Facility.order_id), aboard)),
    ]


def _of_members(streams: Ids) -> list[Ids]:
    """A member's stream has its own events, and the limits that it sets as a lender."""
    members = select(Participant.participant_id).where(_among(col(Participant.stream), streams))
    return [
        select(Facility.financing_id).where(_among(col(Facility.exporter), members)),
        select(FacilityLender.financing_id).where(_among(col(FacilityLender.lender), members)),
    ]


def _of_caps(streams: Ids) -> Ids:
    same = and_(
        col(SandboxCap.corridor) == col(Facility.corridor),
        col(SandboxCap.currency) == col(Facility.currency),
    )
    return (
        select(Facility.financing_id)
        .join(SandboxCap, same)
        .where(_among(col(SandboxCap.stream), streams))
    )


def _of_goods(streams: Ids) -> Ids:
    """Bills of a consignment whose keys were linked or came apart, by whichever order."""
    families = union(
        select(AssetLink.family).where(_among(col(AssetLink.stream), streams)),
        select(UnlinkedFamily.family).where(_among(col(UnlinkedFamily.stream), streams)),
    )
    keys = select(AssetLink.asset_key).where(_among(col(AssetLink.family), families))
    return select(Title.pledged_for).where(_among(col(Title.title_id), keys))


def _of_others(streams: Ids) -> list[Ids]:
    """Those that hang on what facilities of the same exporter, or of the same corridor and
    currency, have drawn."""
    moved = aliased(Facility)
    shared = (
        select(Facility.financing_id)
        .join(Standing, col(Standing.financing_id) == col(Facility.financing_id))
        .where(col(Standing.shared))
    )
    here = _among(col(moved.order_id), streams)
    exporters = select(moved.exporter).where(here)
    corridors = select(moved.corridor, moved.currency).where(here)
    place = tuple_(col(Facility.corridor), col(Facility.currency))
    return [
        shared.where(_among(col(Facility.exporter), exporters)),
        shared.where(place.in_(corridors)),
    ]


def waiting(session: Session, financing_ids: Sequence[bytes]) -> list[tuple[Facility, Tranche]]:
    """The tranches of these facilities that could be released: pending ones where the money is
    there."""
    query = (
        select(Facility, Tranche)
        .where(col(Facility.financing_id).in_(financing_ids))
        .where(Tranche.financing_id == Facility.financing_id)
        .where(col(Facility.state).in_(OPEN_STATES))
        .where(Tranche.state == "PENDING")
        .order_by(col(Facility.requested_block), col(Tranche.financing_id), col(Tranche.position))
    )
    return [(facility, tranche) for facility, tranche in session.exec(query)]


def doubtful(session: Session, financing_ids: Sequence[bytes]) -> list[tuple[Facility, Tranche]]:
    """The released tranches of these facilities, not repaid, on whose order or voyages any fact
    was ever withdrawn, is adverse or in conflict; or of which a breach was noted before."""
    adverse = [kind.name for kind in ADVERSE]
    doubt = or_(col(EvidenceItem.state) == "WITHDRAWN", col(EvidenceItem.kind).in_(adverse))
    of_order = exists().where(col(EvidenceItem.stream) == col(Facility.order_id), doubt)
    of_voyage = exists().where(
        col(VoyageLink.order_id) == col(Facility.order_id),
        col(EvidenceItem.stream) == col(VoyageLink.voyage_id),
        doubt,
    )
    contested = exists().where(col(EvidenceConflict.order_id) == col(Facility.order_id))
    query = (
        select(Facility, Tranche)
        .where(col(Facility.financing_id).in_(financing_ids))
        .where(Tranche.financing_id == Facility.financing_id)
        .where(Tranche.state == "RELEASED", Facility.outstanding_minor > 0)
        .where(or_(of_order, of_voyage, contested))
        .order_by(col(Tranche.financing_id), col(Tranche.position))
    )
    return [(facility, tranche) for facility, tranche in session.exec(query)]


def evidence_about(session: Session, order_id: bytes) -> Sequence[EvidenceItem]:
    """Every fact about the order and the voyages that it is aboard of, in the order they came."""
    voyages = select(VoyageLink.voyage_id).where(VoyageLink.order_id == order_id)
    subjects = [order_id, *session.exec(voyages)]
    query = select(EvidenceItem).where(col(EvidenceItem.stream).in_(subjects))
    order = (col(EvidenceItem.recorded_block), col(EvidenceItem.evidence_id))
    return session.exec(query.order_by(*order)).all()


def keep_breach(session: Session, breach: Breach) -> None:
    """Writes the row; what was noted at the same block before gives way to it."""
    session.merge(breach)


def latest_breaches(
    session: Session, financing_ids: Sequence[bytes]
) -> dict[tuple[bytes, int], list[dict[str, object]]]:
    """What was last noted of each released tranche of these facilities."""
    query = (
        select(Breach)
        .ext(distinct_on(col(Breach.financing_id), col(Breach.tranche)))
        .where(col(Breach.financing_id).in_(financing_ids))
        .order_by(col(Breach.financing_id), col(Breach.tranche), col(Breach.block_number).desc())
    )
    return {(row.financing_id, row.tranche): row.causes for row in session.exec(query)}


def latest(
    session: Session, financing_ids: Sequence[bytes]
) -> dict[tuple[bytes, int], dict[str, object]]:
    """The outcome of the last decision of each tranche of these facilities."""
    query = (
        select(Decision.financing_id, Decision.tranche, col(Decision.outcome))
        .ext(distinct_on(col(Decision.financing_id), col(Decision.tranche)))
        .where(col(Decision.financing_id).in_(financing_ids))
        .order_by(
            col(Decision.financing_id), col(Decision.tranche), col(Decision.block_number).desc()
        )
    )
    rows = cast("Iterable[tuple[bytes, int, dict[str, object]]]", session.exec(query))
    return {(one, tranche): outcome for one, tranche, outcome in rows}


def keep(
    session: Session,
    financing_ids: Sequence[bytes],
    standings: Sequence[dict[str, object]],
    block_number: int,
) -> None:
    """How the tranches of these facilities stand at this block. That one does not wait is kept as
    well: a fork may take back what ended its waiting and nothing else of it."""
    waiting = {(row["financing_id"], row["tranche"]) for row in standings}
    query = select(Tranche.financing_id, Tranche.position)
    others = [
        {
            "financing_id": financing_id,
            "tranche": position,
            "block_number": block_number,
            "met": False,
            "shared": False,
            "next_at": None,
        }
        for financing_id, position in session.exec(
            query.where(col(Tranche.financing_id).in_(financing_ids))
        )
        if (financing_id, position) not in waiting
    ]
    if standings or others:
        session.exec(_KEEP, params=[*standings, *others])


_insert = insert(Standing)
_KEEP = _insert.on_conflict_do_update(
    index_elements=["financing_id", "tranche"],
    set_={name: _insert.excluded[name] for name in ("block_number", "met", "shared", "next_at")},
)
