"""Customs' answer to a declaration: WCO Data Model 3.6 RES, whose terms all answers come in.

The declaration meant is the one of `mrn`: an answer may lie in the thread of another declaration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from entrepot.domain.documents.places import Placed, Places
from entrepot.domain.documents.values import parse_count, parse_identifier, parse_reference
from entrepot.domain.documents.wco_correction import Correction, read_correction
from entrepot.domain.documents.wco_metadata import read_moment
from entrepot.domain.documents.xml_source import XmlNode
from entrepot.domain.errors import MalformedDocument
from entrepot.domain.identifiers import Mrn, parse_mrn


class ResponseFunction(StrEnum):
    """Function codes of a response, by what they mean for the goods.

    The last ones are of UN/EDIFACT's DE 7365 and have no code of the WCO's.
    """

    ACCEPTED = "01"
    RECEIVED = "02"
    REJECTED = "03"
    UNDER_CONTROL = "05"
    DOCUMENTS_REQUIRED = "06"
    CORRECTED_BY_CUSTOMS = "07"
    RELEASED = "08"
    CLEARED = "09"
    INVALIDATED = "10"
    REQUEST_ANSWERED = "11"
    TAX_DUE = "13"
    BALANCE_INSUFFICIENT = "14"
    BALANCE_REMINDER = "15"
    EXITED = "16"
    GOODS_EXIT_REQUESTED = "18"
    DETAINED = "7365:7"
    TRANSFER_PERMITTED = "7365:8"
    MESSAGE_IN_ERROR = "7365:14"
    CLEARANCE_REQUESTED = "7365:18"


@dataclass(frozen=True, slots=True)
class WcoResponse(Placed):
    """One answer. `reference` is customs' own number of the answer, `issued_at` is UTC."""

    function: ResponseFunction
    reference: str
    issued_at: datetime
    mrn: Mrn
    declaration_reference: str | None
    """The trader's reference of the declaration (LRN), by which he knows it."""
    version: int | None
    errors: tuple[str, ...]
    statements: tuple[str, ...]
    kind: Literal["wco-response", "edifact-cusres"] = "wco-response"
    indicator: str | None = None
    """DE 7365 as written, where the answer is a CUSRES."""
    correction: Correction | None = None
    """What customs changed of the declaration, with function 07."""


def read_wco_response(response: XmlNode) -> WcoResponse:
    """Read a Response element found by `wco_metadata.find_subject`."""
    declaration = _declaration_meant(response)
    at = Places(response)
    mrn = at("mrn", declaration.require("ID"))
    version = at("version", declaration.find("VersionID"))
    reference = at("reference", response.require("FunctionalReferenceID"))
    own_reference = at("declaration_reference", declaration.find("FunctionalReferenceID"))
    return WcoResponse(
        function=_read_function(at("function", response.require("FunctionCode"))),
        reference=parse_reference(reference.text, reference),
        issued_at=read_moment(at("issued_at", response.require("IssueDateTime"))),
        mrn=parse_identifier(parse_mrn, mrn.text, mrn),
        declaration_reference=(own_reference.text or None) if own_reference is not None else None,
        version=parse_count(version.text, version) if version is not None else None,
        errors=tuple(
            each.text for each, _ in at.each("errors", response.all("Error", "ValidationCode"))
        ),
        statements=tuple(
            each.text
            for each in response.all("AdditionalInformation", "StatementDescription")
            if each.text
        ),
        correction=next(
            (
                read_correction(each)
                for each in response.all("Declaration")
                if not each.find_text("ID")
            ),
            None,
        ),
        places=at,
    )


def _declaration_meant(response: XmlNode) -> XmlNode:
    """Corrections by customs come as a second Declaration, without an id."""
    identified = [each for each in response.all("Declaration") if each.find_text("ID")]
    if len(identified) != 1:
        why = f"{len(identified)} declarations with an ID are answered; it must be one"
        raise MalformedDocument(f"{response.path}/Declaration/ID", why)
    return identified[0]


def _read_function(node: XmlNode) -> ResponseFunction:
    code = node.text.zfill(2)
    try:
        if len(code) != 2:
            raise ValueError("not a code of the WCO")
        return ResponseFunction(code)
    except ValueError:
        why = f"{node.text[:20]!r} is not a function code of a response"
        raise MalformedDocument(node.path, why) from None
