"""Electronic bills of lading: who has them, who may have them next, what they are pledged for."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from entrepot.bindings.titles import Medium
from entrepot.store.tables import Title, TradeOrder
from entrepot.store.visibility import may_see_order, titles_seen
from entrepot.views.paging import NEWEST, Asked, cut
from entrepot.views.values import Page, Parties, Party, hexed, maybe_hexed


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleView:
    title_id: str
    order_id: str
    state: str
    form: str
    medium: str
    may_endorse: bool
    surrender_reason: str
    carrier: Party
    shipper: Party
    possessor: Party | None
    endorsee: Party | None
    surrendered_by: Party | None
    deliver_to: Party | None
    pledged_for: str | None
    commitment: str
    replaces: str | None
    replaced_by: str | None


def of_order(
    session: Session, caller: bytes | None, order_id: bytes
) -> tuple[TitleView, ...] | None:
    """The bills of lading issued for the order; None if the order is not seen."""
    if not may_see_order(session, caller, order_id):
        return None
    query = select(Title).where(Title.order_id == order_id).order_by(col(Title.title_id))
    return _views(session, list(session.exec(query)))


def newest(session: Session, caller: bytes | None, asked: Asked = NEWEST) -> Page[TitleView]:
    """The bills that the caller sees, those of the newest orders first."""
    query = (
        select(Title, TradeOrder.placed_block)
        .join(TradeOrder, col(TradeOrder.order_id) == col(Title.order_id))
        .where(titles_seen(session, caller))
    )
    rows, more = cut(
        session,
        query,
        (col(TradeOrder.placed_block), col(Title.title_id)),
        at=lambda row: (row[1], row[0].title_id),
        asked=asked,
    )
    return Page(_views(session, [title for title, _ in rows]), more)


def get_title(session: Session, caller: bytes | None, title_id: bytes) -> TitleView | None:
    """One bill, for the parties of its order and for who possesses or may take it."""
    query = select(Title).where(Title.title_id == title_id, titles_seen(session, caller))
    row = session.exec(query).first()
    return _views(session, [row])[0] if row else None


def medium_of(row: Title) -> str:
    """PAPER once the carrier has taken the bill back for that: the record only says so then."""
    on_paper = (row.state, row.surrender_reason) == ("VOID", "PAPER")
    return (Medium.PAPER if on_paper else Medium.ELECTRONIC).name


def _views(session: Session, rows: Sequence[Title]) -> tuple[TitleView, ...]:
    parties = Parties(
        session,
        [
            one
            for row in rows
            for one in (
                row.carrier,
                row.shipper,
                row.possessor,
                row.endorsee,
                row.surrendered_by,
                row.deliver_to,
            )
        ],
    )
    return tuple(
        TitleView(
            title_id=hexed(row.title_id),
            order_id=hexed(row.order_id),
            state=row.state,
            form=row.form,
            medium=medium_of(row),
            may_endorse=row.may_endorse,
            surrender_reason=row.surrender_reason,
            carrier=parties[row.carrier],
            shipper=parties[row.shipper],
            possessor=parties.maybe(row.possessor),
            endorsee=parties.maybe(row.endorsee),
            surrendered_by=parties.maybe(row.surrendered_by),
            deliver_to=parties.maybe(row.deliver_to),
            pledged_for=maybe_hexed(row.pledged_for),
            commitment=hexed(row.commitment),
            replaces=maybe_hexed(row.replaces),
            replaced_by=maybe_hexed(row.replaced_by),
        )
        for row in rows
    )
