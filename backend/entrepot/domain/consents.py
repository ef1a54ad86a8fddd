"""Consent to see: Berlin Group NextGenPSD2's object and its states.

received > partiallyAuthorised > valid > revokedByPsu, terminatedByTpp or expired; from received and
partiallyAuthorised also rejected. What is final stays so.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, Literal, TypeAlias


class ConsentStatus(StrEnum):
    """The standard's consentStatus, word for word."""

    RECEIVED = "received"
    PARTIALLY_AUTHORISED = "partiallyAuthorised"
    VALID = "valid"
    REJECTED = "rejected"
    REVOKED_BY_PSU = "revokedByPsu"
    EXPIRED = "expired"
    TERMINATED_BY_TPP = "terminatedByTpp"


OPEN: Final = (
    ConsentStatus.RECEIVED,
    ConsentStatus.PARTIALLY_AUTHORISED,
    ConsentStatus.VALID,
)
"""Those that can still become another; all others are final."""

Kind: TypeAlias = Literal["orders", "documents", "facilities"]
KINDS: Final[tuple[Kind, ...]] = ("orders", "documents", "facilities")
"""What can be shared. An order is shared with its events, evidence and bills of lading, without
its money and its papers; a document by its owner; a facility by its exporter."""

Purpose: TypeAlias = Literal[
    "FINANCING", "CREDIT_ASSESSMENT", "INSURANCE", "LOGISTICS", "ACCOUNTING", "AUDIT"
]

SUPERVISION: Final = "SUPERVISION"
"""What a regulator reads for, by its own right and without a consent."""

RESOURCES_MAX: Final = 100
FIELDS_MAX: Final = 200
FREQUENCY_MAX: Final = 100_000
"""The standard has 4 a day unless more is agreed; the owner agrees by authorising."""
DAYS_MAX: Final = 366


def status_on(day: date, status: str, valid_until: date) -> str:
    """The status as it is told on a day: an open consent expires by itself."""
    if status in OPEN and day > valid_until:
        return ConsentStatus.EXPIRED
    return status


def authorised(given: int, needed: int) -> ConsentStatus:
    """The status after so many of the owner's keys have said yes."""
    return ConsentStatus.VALID if given >= needed else ConsentStatus.PARTIALLY_AUTHORISED
