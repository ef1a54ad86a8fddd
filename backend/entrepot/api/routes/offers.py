"""Offers and quotes: financing inside a partner's own flow."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Query, Response

from entrepot.api.deps import CONSENT_ID, Desk, Reader, SharedReader, Why, Window, hands_in
from entrepot.api.routes.paths import COMMAND, After, Limit, bare, lists, router, shows
from entrepot.api.schemas import words
from entrepot.api.schemas.answers import written
from entrepot.api.schemas.offers import AcceptQuoteIn, CreateQuoteIn, PublishOfferIn
from entrepot.steps.submission import offers, quotes
from entrepot.steps.submission.offers import OnOffer
from entrepot.store.session import Session
from entrepot.views import offers as offer_views
from entrepot.views import orders as order_views
from entrepot.views import quotes as quote_views
from entrepot.views.offers import OfferView
from entrepot.views.quotes import QuoteView

api = router("offers")
Decides = Annotated[Desk, hands_in("decide")]
Submits = Annotated[Desk, hands_in("submit")]
OfferInPath = Annotated[str, Path(pattern=r"^off_[0-9a-f]{32}$", examples=["off_" + "5a" * 16])]
QuoteInPath = Annotated[str, Path(pattern=r"^quo_[0-9a-f]{32}$", examples=["quo_" + "5a" * 16])]
ConsentHeader = Annotated[
    str | None,
    Header(
        alias=CONSENT_ID,
        pattern=r"^con_[0-9a-f]{32}$",
        description="The exporter's, for FINANCING; without it the order must be your own.",
    ),
]
PUBLISHED: Final[dict[str, Any]] = {"response_model": written(OfferView), "status_code": 201}
WITHDRAWN: Final[dict[str, Any]] = {
    "response_model": written(OfferView),
    "dependencies": [Depends(bare)],
}
QUOTED: Final[dict[str, Any]] = {"response_model": written(QuoteView), "status_code": 201}


@api.post("/offers", summary="Publish an offer", **PUBLISHED)
def publish_offer(body: PublishOfferIn, desk: Decides) -> Response:
    """For lenders. The same `reference` again is its next version; none is ever changed."""
    return desk.write(offers.publish, body.to_command(), _offer(desk), 201)


@api.post("/offers/{offer_id}:withdraw", summary="Withdraw an offer", **WITHDRAWN)
def withdraw_offer(offer_id: OfferInPath, desk: Decides) -> Response:
    """With all its versions: nothing is quoted on it, and no quote of it accepted any more."""
    return desk.write(offers.withdraw, OnOffer(offer_id=offer_id), _offer(desk))


@api.get("/offers", summary="Published offers", **lists(OfferView))
def list_offers(
    window: Reader,
    offer_id: Annotated[str | None, Query(pattern=r"^off_[0-9a-f]{32}$")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Every version of those that are for the caller, or its own; with `offer_id` of that one."""
    return window.page(
        lambda session, caller: offer_views.list_offers(
            session, caller, offer_id=offer_id, limit=limit, after=after
        )
    )


@api.get("/offers/{offer_id:plain}", summary="One offer", **shows(OfferView))
def get_offer(offer_id: OfferInPath, window: Reader) -> Response:
    """Its newest version."""
    return window.one(
        "offer", lambda session, caller: offer_views.get_offer(session, caller, offer_id)
    )


@api.post("/quotes", summary="Ask what financing an order costs", tags=["quotes"], **QUOTED)
def create_quote(
    body: CreateQuoteIn, desk: Submits, reason: Why = "", consent_id: ConsentHeader = None
) -> Response:
    """Every offer that is for the caller: priced by the contract's own rules where the order fits
    it, with the reasons where it does not. Nothing is asked for by it; an access by the consent is
    counted, and told to the exporter."""
    if consent_id is not None:
        _look_at(body, Window(desk.world, desk.caller, desk.request, consent_id, reason))
    return desk.write(quotes.create, body.to_command(consent_id), _quoted, 201)


@api.post(
    "/quotes/{quote_id}:accept", summary="Accept an offer of a quote", tags=["quotes"], **COMMAND
)
def accept_quote(quote_id: QuoteInPath, body: AcceptQuoteIn, desk: Submits) -> Response:
    """The exporter alone, by its own key: asks for the facility on exactly the terms that were
    quoted."""
    return desk.submit(quotes.accept, body.to_command(quote_id))


@api.get("/quotes", summary="Quotes", tags=["quotes"], **lists(QuoteView))
def list_quotes(window: SharedReader, limit: Limit = 50, after: After = None) -> Response:
    """The exporter's own; under a consent those that were asked for by it; else those that became a
    facility that the caller sees."""
    return window.page(
        lambda session, caller: quote_views.list_quotes(session, caller, limit=limit, after=after)
    )


@api.get("/quotes/{quote_id:plain}", summary="One quote", tags=["quotes"], **shows(QuoteView))
def get_quote(quote_id: QuoteInPath, window: SharedReader) -> Response:
    """As it was told, and what has become of it."""
    return window.one(
        "quote", lambda session, caller: quote_views.get_quote(session, caller, quote_id)
    )


def _look_at(body: CreateQuoteIn, window: Window) -> None:
    """A quote tells of the order's amount: written down before it is worked out."""
    with window.opened() as look:
        caller, wanted = window.caller.participant_id, words.order(body.order_id)
        found = order_views.get_order(look.session, caller, wanted)
        if found is None:
            look.found_nothing()
        else:
            look.note_fields((found,), {quotes.TELLS} & (look.given or frozenset()))


def _offer(desk: Desk) -> Any:
    caller = desk.caller.participant_id
    return lambda session, offer_id: offer_views.get_offer(session, caller, offer_id)


def _quoted(session: Session, quote_id: str) -> QuoteView | None:
    """To who has just been told it, under whatever consent."""
    return quote_views.get_quote(session, None, quote_id)
