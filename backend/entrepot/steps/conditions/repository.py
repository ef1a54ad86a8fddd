"""Which tranches are to be judged, and what was decided of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    LargeBinary,
    String,
    and_,
    any_,
    bindparam,
    exists,
    false,
    func,
    null,
    or_,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, Insert, distinct_on, insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, tuple_
from sqlmodel.sql.expression import SelectOfScalar

from entrepot.domain.kinds import ADVERSE
from entrepot.domain.terms import OPEN_STATES
from entrepot.store.asking import Question, ask, ask_all, named
from entrepot.store.session import LEAD
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
class Head:
    """The indexed head."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Due:
    """The indexed head, and up to which block the conditions are dealt with; -1 is none."""

    head: Head
    dealt: int


def due(session: Session) -> Due | None:
    """What there is to do, and it is ours to do; None when nothing has come since the last time, or
    somebody else is at it."""
    (led,), found = ask_all(session, [(LEAD, {"role": STEP}), (_DUE, {})])
    if not led.taken or not found:
        return None
    row = found[0]
    dealt = -1 if row.dealt is None else row.dealt
    if row.number <= dealt and not row.judged_later:
        return None
    return Due(Head(row.number, row.hash, row.timestamp), dealt)


_dealt: ColumnElement[int | None] = sqlalchemy.type_coerce(col(Progress.block_number), BigInteger)
_judged_later = exists().where(col(Standing.block_number) > func.coalesce(_dealt, -1))
_DUE = Question(
    sqlalchemy.select(
        col(Block.number),
        col(Block.hash),
        col(Block.timestamp),
        _dealt.label("dealt"),
        _judged_later.correlate(Progress).label("judged_later"),
    )
    .join(Progress, col(Progress.step) == STEP, isouter=True)
    .order_by(col(Block.number).desc())
    .limit(1)
)


def hold(session: Session, head: Head) -> bool:
    """Keeps the block from being taken back until this transaction ends, for what is decided on it
    stands at it; False when it is gone already."""
    return bool(ask(session, _HOLD, number=head.number, hash=head.hash))


_HOLD = Question(
    select(Block.number)
    .where(col(Block.number) == bindparam("number"), col(Block.hash) == bindparam("hash"))
    .with_for_update(read=True, key_share=True)
)


def mark(session: Session, head: Head) -> None:
    """The conditions are dealt with up to there, if that is still a block of the chain's: after a
    fork in between, the next run begins anew."""
    ask(session, _MARK, step=STEP, number=head.number, hash=head.hash)


_mark = insert(Progress).from_select(
    ["step", "block_number"],
    select(bindparam("step", type_=String), col(Block.number)).where(
        col(Block.number) == bindparam("number"), col(Block.hash) == bindparam("hash")
    ),
)
_MARK = Question(
    _mark.on_conflict_do_update(
        index_elements=["step"], set_={"block_number": _mark.excluded.block_number}
    )
)


def touched(session: Session, due: Due) -> list[bytes]:
    """The facilities that the blocks since the last time may have made another judgement of: what
    happened to their order, voyages, members, limits, caps and goods; what others have drawn,
    where it hangs on that; what was judged on blocks that are gone; what time alone changes."""
    asked = {"dealt": due.dealt, "head": due.head.number, "now": due.head.timestamp}
    return sorted(row.financing_id for row in ask(session, _TOUCHED, **asked))


def _touched() -> CompoundSelect[Any]:
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


_TOUCHED = Question(_touched())


def waiting(
    session: Session, financing_ids: Sequence[bytes]
) -> tuple[list[tuple[Any, Any]], dict[tuple[bytes, int], dict[str, object]]]:
    """The tranches of these facilities that could be released, each with its facility: pending ones
    where the money is there. And the outcome of the last decision of each tranche of theirs."""
    asked = {"financing_ids": list(financing_ids)}
    questions = (_FACILITIES, _TRANCHES, _LATEST)
    facilities, tranches, latest = ask_all(session, [(one, asked) for one in questions])
    by_id = {row.financing_id: row for row in facilities}
    pairs = [(by_id[row.financing_id], row) for row in tranches]
    return pairs, {(row.financing_id, row.tranche): row.outcome for row in latest}


_asked_for = any_(bindparam("financing_ids", type_=ARRAY(LargeBinary), required=False))
_open = (col(Facility.financing_id) == _asked_for, col(Facility.state).in_(OPEN_STATES))
_FACILITIES = Question(select(Facility).where(*_open))
_TRANCHES = Question(
    select(Tranche)
    .join(Facility, col(Facility.financing_id) == col(Tranche.financing_id))
    .where(*_open, col(Tranche.state) == "PENDING")
    .order_by(col(Facility.requested_block), col(Tranche.financing_id), col(Tranche.position))
)
_LATEST = Question(
    select(Decision.financing_id, Decision.tranche, col(Decision.outcome))
    .ext(distinct_on(col(Decision.financing_id), col(Decision.tranche)))
    .where(col(Decision.financing_id) == _asked_for)
    .order_by(col(Decision.financing_id), col(Decision.tranche), col(Decision.block_number).desc())
)


def doubtful(session: Session, financing_ids: Sequence[bytes]) -> list[tuple[Facility, Tranche]]:
    """The released tranches of these facilities, not repaid, on whose order or voyages any fact
    was ever withdrawn, is adverse or in conflict."""
    keys = ask(session, _DOUBTFUL, financing_ids=list(financing_ids))
    if not keys:
        return []
    query = (
        select(Facility, Tranche)
        .where(Facility.financing_id == Tranche.financing_id)
        .where(tuple_(col(Tranche.financing_id), col(Tranche.position)).in_(keys))
        .order_by(col(Tranche.financing_id), col(Tranche.position))
    )
    return [(facility, tranche) for facility, tranche in session.exec(query)]


_doubt = or_(
    col(EvidenceItem.state) == "WITHDRAWN",
    col(EvidenceItem.kind).in_([kind.name for kind in ADVERSE]),
)
_DOUBTFUL = Question(
    select(Tranche.financing_id, Tranche.position)
    .join(Facility, col(Facility.financing_id) == col(Tranche.financing_id))
    .where(col(Facility.financing_id) == _asked_for)
    .where(col(Tranche.state) == "RELEASED", col(Facility.outstanding_minor) > 0)
    .where(
        or_(
            exists().where(col(EvidenceItem.stream) == col(Facility.order_id), _doubt),
            exists().where(
                col(VoyageLink.order_id) == col(Facility.order_id),
                col(EvidenceItem.stream) == col(VoyageLink.voyage_id),
                _doubt,
            ),
            exists().where(col(EvidenceConflict.order_id) == col(Facility.order_id)),
        )
    )
)


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


def keep(
    session: Session,
    financing_ids: Sequence[bytes],
    decisions: Sequence[Mapping[str, object]],
    standings: Sequence[Mapping[str, object]],
    block_number: int,
) -> None:
    """New decisions, and how the tranches of these facilities stand at this block. That one does
    not wait is kept as well: a fork may take back what ended its waiting and nothing else of it."""
    others: dict[str, object] = {
        "financing_ids": list(financing_ids),
        "block_number": block_number,
        "waiting": [row["financing_id"] for row in standings],
        "places": [row["tranche"] for row in standings],
    }
    ask_all(
        session,
        [
            *((_DECIDE, row) for row in decisions),
            *((_KEEP, row) for row in standings),
            (_KEEP_OTHERS, others),
        ],
    )


def _kept(rows: Insert) -> Question:
    told = {name: rows.excluded[name] for name in ("block_number", "met", "shared", "next_at")}
    return Question(
        rows.on_conflict_do_update(index_elements=["financing_id", "tranche"], set_=told)
    )


_DECIDE = Question(insert(Decision).values(named(Decision)))
_KEEP = _kept(insert(Standing).values(named(Standing)))
_waiting = (
    func.unnest(
        bindparam("waiting", type_=ARRAY(LargeBinary)), bindparam("places", type_=ARRAY(Integer))
    )
    .table_valued("financing_id", "tranche")
    .render_derived("waiting")
)
_KEEP_OTHERS = _kept(
    insert(Standing).from_select(
        ["financing_id", "tranche", "block_number", "met", "shared", "next_at"],
        sqlalchemy.select(
            col(Tranche.financing_id),
            col(Tranche.position),
            bindparam("block_number", type_=BigInteger),
            false(),
            false(),
            null(),
        )
        .where(col(Tranche.financing_id) == _asked_for)
        .where(
            ~exists().where(
                _waiting.c.financing_id == col(Tranche.financing_id),
                _waiting.c.tranche == col(Tranche.position),
            )
        ),
    )
)
