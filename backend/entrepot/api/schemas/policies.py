"""What lenders and regulators decide beforehand, as it is sent in."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from entrepot.api.schemas.words import (
    Command,
    Country,
    Currency,
    Instant,
    Lei,
    MoneyIn,
    participant,
    unix,
)
from entrepot.steps.submission.policies import (
    BANDS_MAX,
    BandApprovals,
    CapCorridor,
    LimitExporter,
)


class LimitIn(Command):
    """What the lender is ready to have outstanding with an exporter."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "exporter": "ENTR00NINGBOHAISHU13",
                    "limit": {"amount": "1000000.00", "currency": "USD"},
                }
            ]
        }
    )

    exporter: Lei
    limit: MoneyIn

    def to_command(self) -> LimitExporter:
        return LimitExporter(exporter=participant(self.exporter), limit=self.limit.to_money())


class SandboxCapIn(Command):
    """What may be outstanding between two countries, and until when the sandbox is open."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "origin": "CN",
                    "destination": "NL",
                    "cap": {"amount": "5000000.00", "currency": "USD"},
                    "ends_at": "2027-12-31T00:00:00Z",
                }
            ]
        }
    )

    origin: Country
    destination: Country
    cap: MoneyIn
    ends_at: Instant

    def to_command(self) -> CapCorridor:
        return CapCorridor(
            origin=self.origin,
            destination=self.destination,
            cap=self.cap.to_money(),
            ends_at=unix(self.ends_at),
        )


class BandIn(Command):
    """Amounts up to this need so many signatures."""

    up_to: MoneyIn
    approvals: Annotated[int, Field(ge=2, le=16)]


class BandsIn(Command):
    """How many officers must sign, by amount."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "currency": "USD",
                    "bands": [
                        {"up_to": {"amount": "500000.00", "currency": "USD"}, "approvals": 2},
                        {"up_to": {"amount": "9000000.00", "currency": "USD"}, "approvals": 3},
                    ],
                }
            ]
        }
    )

    currency: Currency
    bands: Annotated[list[BandIn], Field(min_length=1, max_length=BANDS_MAX)]

    def to_command(self) -> BandApprovals:
        bands = tuple((band.up_to.to_money(), band.approvals) for band in self.bands)
        return BandApprovals(currency=self.currency, bands=bands)
