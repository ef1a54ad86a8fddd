"""Titles: who possesses each bill of lading, who is endorsee, and the pledge over it."""

from entrepot.bindings import titles as words
from entrepot.bindings.titles import SurrenderReason, TitleForm, TitleState
from entrepot.kit.abi import NO_ADDRESS, Event
from entrepot.steps.indexing.projections.place import Handler, Place, Rows, need
from entrepot.store.tables import Title

NOBODY = bytes(20)
NONE_ID = bytes(32)


def _issued(rows: Rows, e: words.TitleIssued, at: Place) -> None:
    _add(rows, e, at, e.bill.shipper, NONE_ID)


def _reissued(rows: Rows, e: words.TitleReissued, at: Place) -> None:
    need(rows, Title, e.replaces).replaced_by = e.title_id
    _add(rows, e, at, e.possessor, e.replaces)


def _add(
    rows: Rows,
    e: words.TitleIssued | words.TitleReissued,
    at: Place,
    possessor: bytes,
    replaces: bytes,
) -> None:
    rows.add(
        Title,
        title_id=e.title_id,
        stream=at.stream,
        order_id=e.order_id,
        state=TitleState.ISSUED.name,
        form=e.bill.form.name,
        may_endorse=e.bill.form is TitleForm.TO_ORDER,
        surrender_reason=SurrenderReason.DELIVERY.name,
        carrier=e.carrier,
        shipper=e.bill.shipper,
        possessor=possessor,
        endorsee=e.bill.endorsee,
        surrendered_by=NOBODY,
        commitment=e.bill.commitment,
        replaces=replaces,
        replaced_by=NONE_ID,
        pledgee=NO_ADDRESS,
        pledged_for=NONE_ID,
        deliver_to=NOBODY,
    )


def _transferred(rows: Rows, e: words.TitleTransferred, _: Place) -> None:
    need(rows, Title, e.title_id).possessor = e.to


def _endorsed(rows: Rows, e: words.TitleEndorsed, _: Place) -> None:
    title = need(rows, Title, e.title_id)
    title.endorsee, title.may_endorse = e.to, e.may_endorse


def _blank_endorsed(rows: Rows, e: words.TitleBlankEndorsed, _: Place) -> None:
    title = need(rows, Title, e.title_id)
    title.form, title.endorsee, title.may_endorse = TitleForm.BLANK.name, NOBODY, False


def _offered(rows: Rows, e: words.PledgeOffered, _: Place) -> None:
    title = need(rows, Title, e.title_id)
    title.pledgee, title.pledged_for, title.deliver_to = e.pledgee, e.financing_id, e.deliver_to


def _offer_withdrawn(rows: Rows, e: words.PledgeOfferWithdrawn, _: Place) -> None:
    _clear_pledge(need(rows, Title, e.title_id))


def _pledged(rows: Rows, e: words.TitlePledged, _: Place) -> None:
    need(rows, Title, e.title_id).state = TitleState.PLEDGED.name


def _handed_over(rows: Rows, e: words.TitleDelivered | words.TitleEnforced, _: Place) -> None:
    title = need(rows, Title, e.title_id)
    title.state, title.possessor = TitleState.ISSUED.name, e.to
    if title.form == TitleForm.TO_ORDER.name:
        title.endorsee = e.to
    _clear_pledge(title)


def _surrendered(rows: Rows, e: words.TitleSurrendered, _: Place) -> None:
    title = need(rows, Title, e.title_id)
    title.state, title.surrender_reason = TitleState.SURRENDERED.name, e.reason.name
    title.surrendered_by, title.possessor = e.possessor, title.carrier


def _rejected(rows: Rows, e: words.SurrenderRejected, _: Place) -> None:
    title = need(rows, Title, e.title_id)
    title.state, title.possessor = TitleState.ISSUED.name, e.returned_to
    title.surrendered_by = NOBODY
    title.surrender_reason = SurrenderReason.DELIVERY.name


def _accomplished(rows: Rows, e: words.TitleAccomplished, _: Place) -> None:
    need(rows, Title, e.title_id).state = TitleState.ACCOMPLISHED.name


def _voided(rows: Rows, e: words.TitleVoided, _: Place) -> None:
    need(rows, Title, e.title_id).state = TitleState.VOID.name


def _clear_pledge(title: Title) -> None:
    title.pledgee, title.pledged_for, title.deliver_to = NO_ADDRESS, NONE_ID, NOBODY


HANDLERS: dict[type[Event], Handler] = {
    words.TitleIssued: _issued,
    words.TitleReissued: _reissued,
    words.TitleTransferred: _transferred,
    words.TitleEndorsed: _endorsed,
    words.TitleBlankEndorsed: _blank_endorsed,
    words.PledgeOffered: _offered,
    words.PledgeOfferWithdrawn: _offer_withdrawn,
    words.TitlePledged: _pledged,
    words.TitleDelivered: _handed_over,
    words.TitleEnforced: _handed_over,
    words.TitleSurrendered: _surrendered,
    words.SurrenderRejected: _rejected,
    words.TitleAccomplished: _accomplished,
    words.TitleVoided: _voided,
}
