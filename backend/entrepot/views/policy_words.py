"""A policy's fields in plain English: one phrase for each, which the console translates."""

from typing import Final

FIELDS: Final = {
    "up_to": "Up to",
    "approvals": "Sign-offs",
    "product": "Product",
    "currency": "Currency",
    "settlement_bank": "Settlement bank",
    "amount_min": "Least amount",
    "amount_max": "Most amount",
    "advance_bps": "Most of the order's amount",
    "tenor_days_max": "Most days",
    "interest_bps": "Interest a year",
    "penalty_bps": "Penalty interest a year",
    "fee_bps": "Fee",
    "reserve_bps": "Reserve",
    "platform_share_bps": "Partner's part of the interest",
    "day_count": "Days are counted by",
    "grace_days": "Days of grace",
    "default_days": "Days until default",
    "recourse": "Recourse to the exporter",
    "lender": "Lender",
    "funding_bps": "Part of the money",
    "loss_bps": "Part of a loss",
    "share_bps": "Part of the advance",
    "required": "Waits for",
    "required_twice": "Waits for, from two",
    "blocking": "Stopped by",
    "title_pledged": "Bill of lading pledged",
    "open_days": "Days open",
    "corridors": "Corridors",
    "buyer_max": "Most on one buyer",
    "country_max": "Most on one country's buyers",
    "partners": "Partners",
    "valid_until": "Quoted until",
}
"""By the last part of the field's path."""

GROUPS: Final = {
    "bands": "Band %(number)s",
    "tranches": "Tranche %(number)s",
    "lenders": "Lender %(number)s",
}
"""Things that are counted from 1, by what stands before the number in the path."""

POLICIES: Final = {"APPROVAL_BANDS": "Sign-offs by amount", "OFFER": "Offer"}

YES_NO: Final = {True: "yes", False: "no"}

REFUSALS: Final = {
    "policy-overtaken": "the policy has changed since this was proposed; propose anew",
    "not-permitted": "who proposes does not confirm, and your key must be one that may decide",
    "wrong-state": "somebody has decided it already, or the offer was withdrawn",
    "not-confirmed": "your device did not confirm you, or signed something else than was shown",
    "already-asked": "it is on its way already",
}
"""Why a proposal was not taken or decided, by the code of the refusal; others say it themselves."""
