"""Which tranches are to be judged, and what was decided of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    LargeBinary,
    String,
    and_,
    any_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select, tuple_
from sqlmodel.sql.expression import SelectOfScalar

from entrepot.domain.terms import OPEN_STATES
from entrepot.store.asking import Question, ask, ask_all, named
from entrepot.store.session import LEAD
from entrepot.store.tables import (
    AssetLink,
    Block,
    Decision,
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
    streams = logs.distinct().cte("streams")
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


def _of_orders(streams: CTE) -> list[Ids]:
    aboard = select(VoyageLink.order_id).where(
        col(VoyageLink.voyage_id).in_(select(streams.c.stream))
    )
    return [
        select(Facility.financing_id).where(col(Facility.order_id).in_(select(streams.c.stream))),
        select(Facility.financing_id).where(col(Facility.order_id).in_(aboard)),
    ]


def _of_members(streams: CTE) -> list[Ids]:
    """A member's stream has its own events, and the limits that it sets as a lender."""
    members = select(Participant.participant_id).where(
        col(Participant.stream).in_(select(streams.c.stream))
    )
    return [
        select(Facility.financing_id).where(col(Facility.exporter).in_(members)),
        select(FacilityLender.financing_id).where(col(FacilityLender.lender).in_(members)),
    ]


def _of_caps(streams: CTE) -> Ids:
    same = and_(
        col(SandboxCap.corridor) == col(Facility.corridor),
        col(SandboxCap.currency) == col(Facility.currency),
    )
    return (
        select(Facility.financing_id)
        .join(SandboxCap, same)
        .where(col(SandboxCap.stream).in_(select(streams.c.stream)))
    )


def _of_goods(streams: CTE) -> Ids:
    """Bills of a consignment whose keys were linked or came apart, by whichever order."""
    families = union(
        select(AssetLink.family).where(col(AssetLink.stream).in_(select(streams.c.stream))),
        select(UnlinkedFamily.family).where(
            col(UnlinkedFamily.stream).in_(select(streams.c.stream))
        ),
    )
    keys = select(AssetLink.asset_key).where(col(AssetLink.family).in_(families))
    return select(Title.pledged_for).where(col(Title.title_id).in_(keys))


def _of_others(streams: CTE) -> list[Ids]:
    """Those that hang on what facilities of the same exporter, or of the same corridor and
    currency, have drawn."""
    moved = aliased(Facility)
    shared = (
        select(Facility.financing_id)
        .join(Standing, col(Standing.financing_id) == col(Facility.financing_id))
        .where(col(Standing.shared))
    )
    here = col(moved.order_id).in_(select(streams.c.stream))
    exporters = select(moved.exporter).where(here)
    corridors = select(moved.corridor, moved.currency).where(here)
    place = tuple_(col(Facility.corridor), col(Facility.currency))
    return [
        shared.where(col(Facility.exporter).in_(exporters)),
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


def keep(
    session: Session,
    financing_ids: Sequence[bytes],
    decisions: Sequence[Mapping[str, object]],
    standings: Sequence[Mapping[str, object]],
) -> None:
    """New decisions, and how the waiting tranches of these facilities now stand; the others'
    standing is forgotten."""
    kept = [(row["financing_id"], row["tranche"]) for row in standings]
    gone: dict[str, object] = {
        "financing_ids": list(financing_ids),
        "kept": [one for one, _ in kept],
        "places": [tranche for _, tranche in kept],
    }
    ask_all(
        session,
        [
            *((_DECIDE, row) for row in decisions),
            *((_KEEP, row) for row in standings),
            (_FORGET, gone),
        ],
    )


_DECIDE = Question(insert(Decision).values(named(Decision)))
_insert = insert(Standing).values(named(Standing))
_KEEP = Question(
    _insert.on_conflict_do_update(
        index_elements=["financing_id", "tranche"],
        set_={
            name: _insert.excluded[name] for name in ("block_number", "met", "shared", "next_at")
        },
    )
)
_kept = (
    func.unnest(
        bindparam("kept", type_=ARRAY(LargeBinary)), bindparam("places", type_=ARRAY(Integer))
    )
    .table_valued("financing_id", "tranche")
    .render_derived("kept")
)
_FORGET = Question(
    delete(Standing)
    .where(col(Standing.financing_id) == _asked_for)
    .where(
        ~exists().where(
            _kept.c.financing_id == col(Standing.financing_id),
            _kept.c.tranche == col(Standing.tranche),
        )
    )
)
