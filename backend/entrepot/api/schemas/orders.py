"""Orders as they are sent in."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from entrepot.api.schemas.words import (
    Command,
    Country,
    Id,
    Incoterm,
    Instant,
    KindName,
    Lei,
    MoneyIn,
    Reason,
    Reference,
    VesselImo,
    check_plain,
    kinds,
    one_of,
    order,
    participant,
    unix,
)
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.domain.kinds import FLAGS
from entrepot.steps.submission.evidence import FlagOrder
from entrepot.steps.submission.orders import ATTESTERS_MAX, OnOrder, PlaceOrder
from entrepot.steps.submission.shipments import LinkShipment


class AttesterIn(Command):
    """Whose word counts on this order, and for which kinds of evidence."""

    participant: Lei
    kinds: Annotated[list[KindName], Field(min_length=1, max_length=64)]


class PlaceOrderIn(Command):
    """An order, as exporter and importer have agreed on it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "reference": "PO-2026-1187",
                    "importer": "ENTR00VANDERMEERBV73",
                    "amount": {"amount": "1284000.00", "currency": "USD"},
                    "origin": "CN",
                    "destination": "NL",
                    "incoterm": "CIF",
                    "accept_by": "2026-11-09T00:00:00Z",
                    "ship_by": "2026-11-20T23:59:59Z",
                    "attesters": [
                        {
                            "participant": "ENTR00BLUEMERIDIAN26",
                            "kinds": ["TRANSPORT_DOCUMENT", "VESSEL_DEPARTED"],
                        }
                    ],
                    "details": {"goods": "Kitchen appliances"},
                }
            ]
        }
    )

    reference: Reference
    importer: Lei
    amount: MoneyIn
    origin: Country
    destination: Country
    accept_by: Instant
    ship_by: Instant
    attesters: Annotated[list[AttesterIn], Field(max_length=ATTESTERS_MAX)]
    incoterm: Incoterm | None = None
    details: Annotated[dict[str, Any], AfterValidator(check_plain)] = Field(
        default_factory=dict, description="Commercial terms in your own words, kept off the chain."
    )

    def to_command(self) -> PlaceOrder:
        return PlaceOrder(
            reference=self.reference,
            importer=participant(self.importer),
            amount=self.amount.to_money(),
            origin=self.origin,
            destination=self.destination,
            accept_by=unix(self.accept_by),
            ship_by=unix(self.ship_by),
            attesters=tuple((participant(a.participant), kinds(a.kinds)) for a in self.attesters),
            incoterm=self.incoterm,
            details=self.details,
        )


class DisputeIn(Command):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Two of the three containers are missing"}]}
    )

    reason: Reason

    def to_command(self, order_id: str) -> OnOrder:
        return OnOrder(order_id=order(order_id), reason=self.reason)


class FlagIn(Command):
    """Something is wrong with the order or its goods."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "CARRIER_HOLD", "reason": "Freight has not been paid"}]
        }
    )

    kind: Annotated[str, one_of(FLAGS)]
    reason: Reason

    def to_command(self, order_id: str) -> FlagOrder:
        return FlagOrder(order_id=order(order_id), kind=EvidenceKind[self.kind], reason=self.reason)


class LinkShipmentIn(Command):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "order_id": "0x" + "5a" * 32,
                    "vessel_imo": "9990117",
                    "voyage_number": "046W",
                }
            ]
        }
    )

    order_id: Id
    vessel_imo: VesselImo
    voyage_number: Reference

    def to_command(self) -> LinkShipment:
        return LinkShipment(
            order_id=order(self.order_id),
            vessel_imo=self.vessel_imo,
            voyage_number=self.voyage_number,
        )


class WithdrawIn(Command):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Control has ended"}]})

    reason: Reason
