"""What an officer fills in to change a policy, read as what is proposed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from entrepot.bindings.ids import ParticipantId
from entrepot.domain.accrual import DAY_S
from entrepot.domain.errors import InvalidInput
from entrepot.domain.money import Money
from entrepot.domain.offers import OfferTerms
from entrepot.domain.sharing import WHOLE_BPS
from entrepot.kit.clock import from_unix, to_unix
from entrepot.steps.submission.offers import PublishOffer
from entrepot.steps.submission.policies import BANDS_MAX, BandApprovals
from entrepot.store.offers import terms_of
from entrepot.store.tables import Offer
from entrepot.views.values import amount

Short = Annotated[str, StringConstraints(max_length=60, strip_whitespace=True)]
LINE: Final = r"^[^\x00-\x1f\x7f]*$"
"""One line of text, which the database can hold."""
CURRENCY: Final = r"^([A-Z]{3})?$"
PERCENTAGE: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
AMOUNTS: Final = ("amount_min", "amount_max", "buyer_max", "country_max")
SHARES: Final = (
    "advance_bps",
    "interest_bps",
    "penalty_bps",
    "fee_bps",
    "reserve_bps",
    "platform_share_bps",
)
DAYS: Final = ("tenor_days_max", "grace_days", "default_days")
MAY_BE_EMPTY: Final = ("buyer_max", "country_max")


class ChangeForm(BaseModel):
    """Every form of a change has these. effective_on: the first day, of UTC; none for at once."""

    model_config = ConfigDict(extra="ignore")

    csrf: Annotated[str, StringConstraints(max_length=100)] = ""
    effective_on: Short = ""
    reason: Annotated[str, StringConstraints(max_length=500, pattern=LINE)] = ""


class BandsForm(ChangeForm):
    """up_to and approvals belong together by their places; both empty for no band."""

    currency: Annotated[str, StringConstraints(pattern=CURRENCY)] = ""
    up_to: Annotated[list[Short], Field(max_length=BANDS_MAX)] = []
    approvals: Annotated[list[Short], Field(max_length=BANDS_MAX)] = []


class OfferForm(ChangeForm):
    """What of an offer can be changed here; the rest stays, and is changed through the API."""

    offer: Annotated[str, StringConstraints(pattern=r"^off_[0-9a-f]{32}$")]
    amount_min: Short = ""
    amount_max: Short = ""
    advance_bps: Short = ""
    tenor_days_max: Short = ""
    interest_bps: Short = ""
    penalty_bps: Short = ""
    fee_bps: Short = ""
    reserve_bps: Short = ""
    platform_share_bps: Short = ""
    grace_days: Short = ""
    default_days: Short = ""
    buyer_max: Short = ""
    country_max: Short = ""
    valid_until: Short = ""


def form_of(standing: Offer) -> OfferForm:
    """The form as it is before anything is filled in otherwise."""
    terms = terms_of(standing)
    said: dict[str, str] = {
        **{each: _decimal(getattr(terms, each), terms.currency) for each in AMOUNTS},
        **{each: f"{Decimal(getattr(terms, each)) / 100:f}" for each in SHARES},
        **{each: str(getattr(terms, each)) for each in DAYS},
    }
    until = from_unix(standing.valid_until).date().isoformat()
    return OfferForm.model_validate({"offer": standing.offer_id, "valid_until": until, **said})


def form_of_bands(currency: str, bands: Sequence[Mapping[str, Any]]) -> BandsForm:
    """As they stand, before anything is filled in otherwise."""
    return BandsForm(
        currency=currency,
        up_to=[_decimal(int(each["up_to"]), currency) for each in bands],
        approvals=[str(each["approvals"]) for each in bands],
    )


def bands_of(form: BandsForm) -> BandApprovals:
    """The bands that were filled in. Raises InvalidInput."""
    pairs = zip(form.up_to, form.approvals, strict=False)
    return BandApprovals(
        currency=form.currency,
        bands=tuple(
            (Money.parse(up_to, form.currency), _number("approvals", approvals))
            for up_to, approvals in pairs
            if up_to or approvals
        ),
    )


def offer_of(standing: Offer, form: OfferForm) -> PublishOffer:
    """The offer as it stands, but for what the form says. Raises InvalidInput."""
    terms = terms_of(standing)
    until = day_of("valid_until", form.valid_until)
    same_day = until // DAY_S == standing.valid_until // DAY_S
    changed: dict[str, Any] = {
        **{each: _amount(each, getattr(form, each), terms) for each in AMOUNTS},
        **{each: _bps(each, getattr(form, each)) for each in SHARES},
        **{each: _number(each, getattr(form, each)) for each in DAYS},
    }
    return PublishOffer(
        reference=standing.reference,
        terms=replace(terms, **changed),
        partners=tuple(ParticipantId(each) for each in standing.partners),
        valid_from=standing.valid_from,
        valid_until=standing.valid_until if same_day else until,
    )


def _amount(name: str, text: str, terms: OfferTerms) -> int | None:
    if not text and name in MAY_BE_EMPTY:
        return None
    return Money.parse(text, terms.currency).amount_minor


def _decimal(minor: int | None, currency: str) -> str:
    return "" if minor is None else amount(minor, currency).amount


def _bps(name: str, text: str) -> int:
    """A percentage with two decimals at most."""
    bps = int(Decimal(text) * 100) if PERCENTAGE.fullmatch(text) else -1
    if not 0 <= bps <= WHOLE_BPS:
        raise InvalidInput(f"{name}: 0 to 100, with two decimals at most")
    return bps


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        raise InvalidInput(f"{name}: {text[:20]!r} is no number")
    return int(text)


def day_of(name: str, text: str) -> int:
    """Unix seconds of a day's beginning, UTC. Raises InvalidInput."""
    try:
        return to_unix(datetime.combine(date.fromisoformat(text), time(), UTC))
    except ValueError:
        raise InvalidInput(f"{name}: {text[:20]!r} is no date") from None
