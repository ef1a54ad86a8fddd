"""Triggers: what makes an event come on a devnet, done the real way by the members of the cast.

Each begins with an order of its own, or with one that is given. Papers are those of the straight
walk, with references of their own and the chain's date, so that they may be sent again and again.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from entrepot.client import Credentials
from entrepot.devnet.scenario import Step

REFERENCE: Final = "PO-2026-1187"
FOLDER: Final = "inputs/straight-walk"
ORDER: Final[dict[str, Any]] = {
    "importer": "ENTR00VANDERMEERBV73",
    "amount": {"amount": "1284000.00", "currency": "USD"},
    "origin": "CN",
    "destination": "NL",
    "incoterm": "CIF",
    "attesters": [
        {"participant": "ENTR00NINGBOHAISHU13", "kinds": ["PURCHASE_ORDER", "INVOICE"]},
        {"participant": "ENTR00VANDERMEERBV73", "kinds": ["PURCHASE_ORDER"]},
        {"participant": "ENTR00BLUEMERIDIAN26", "kinds": ["SHIPPED_ON_BOARD", "CARRIER_HOLD"]},
        {
            "participant": "ENTR00NLCUSTOMSRTM57",
            "kinds": ["IMPORT_ACCEPTED", "IMPORT_RELEASED", "CUSTOMS_HOLD"],
        },
    ],
}

ACCEPT: Final = Step(
    say="The importer accepts the order",
    say_zh="进口商接受订单",
    actor="importer",
    post="/v1/orders/{order}:accept",
)
CANCEL: Final = Step(
    say="The exporter withdraws the order",
    say_zh="出口商撤回订单",
    actor="exporter",
    post="/v1/orders/{order}:cancel",
)
DISPUTE: Final = Step(
    say="The importer disputes the order",
    say_zh="进口商对订单提出争议",
    actor="importer",
    post="/v1/orders/{order}:dispute",
    body={"reason": "Triggered on a devnet"},
)
HOLD: Final = Step(
    say="The carrier holds the goods",
    say_zh="承运人扣留货物",
    actor="carrier",
    post="/v1/orders/{order}/flags",
    body={"kind": "CARRIER_HOLD", "reason": "Triggered on a devnet"},
    save={"hold": "result.evidence_ids.0"},
)
LIFT: Final = Step(
    say="The carrier lifts its hold",
    say_zh="承运人解除扣留",
    actor="carrier",
    post="/v1/evidence/{hold}:withdraw",
    body={"reason": "Triggered on a devnet"},
)
INVOICE: Final = Step(
    say="The exporter sends the invoice",
    say_zh="出口商提交发票",
    actor="exporter",
    post="/v1/orders/{order}/documents",
    form={"kind": "INVOICE"},
    file=f"{FOLDER}/invoice.xml",
)
DECLARATION: Final = Step(
    say="The importer keeps the import declaration at hand",
    say_zh="进口商存入进口报关单",
    actor="importer",
    post="/v1/orders/{order}/documents",
    form={"kind": "IMPORT_DECLARATION"},
    file=f"{FOLDER}/import-declaration.xml",
)
CUSTOMS_ACCEPT: Final = Step(
    say="Customs in Rotterdam accept the import declaration",
    say_zh="鹿特丹海关接受进口申报",
    actor="import_customs",
    post="/v1/customs-events",
    file=f"{FOLDER}/import-response-accepted.xml",
)
CUSTOMS_RELEASE: Final = Step(
    say="Customs in Rotterdam release the goods",
    say_zh="鹿特丹海关放行货物",
    actor="import_customs",
    post="/v1/customs-events",
    file=f"{FOLDER}/import-response-cleared.xml",
)

TRIGGERS: Final[dict[str, tuple[Step, ...]]] = {
    "order.placed": (),
    "order.accepted": (ACCEPT,),
    "order.cancelled": (CANCEL,),
    "order.disputed": (ACCEPT, DISPUTE),
    "document.invoice": (ACCEPT, INVOICE),
    "customs.import_accepted": (ACCEPT, INVOICE, DECLARATION, CUSTOMS_ACCEPT),
    "customs.import_released": (ACCEPT, INVOICE, DECLARATION, CUSTOMS_ACCEPT, CUSTOMS_RELEASE),
    "shipment.carrier_hold": (ACCEPT, HOLD),
    "shipment.carrier_hold.withdrawn": (ACCEPT, HOLD, LIFT),
}
"""By the type of the event, without its root: what follows the placing of the order."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A Stage (see player.py): a devnet that runs somewhere, and goes on by itself."""

    url: str
    credentials: dict[str, Credentials] = field(repr=False)

    def now(self) -> float:
        return time.time()

    def move_to(self, at: datetime) -> None: ...

    def settle(self) -> None: ...


def place(run: str, now: datetime) -> Step:
    """A new order, within the chain's time."""
    times = {"accept_by": now + timedelta(days=7), "ship_by": now + timedelta(days=30)}
    told = {name: at.strftime("%Y-%m-%dT%H:%M:%SZ") for name, at in times.items()}
    return Step(
        say="The exporter places an order",
        say_zh="出口商提交订单",
        actor="exporter",
        post="/v1/orders",
        body={**ORDER, **told, "reference": f"PO-{run}"},
        save={"order": "result.order_id"},
    )


def steps(trigger: str, run: str, now: datetime, order_state: str | None) -> Iterator[Step]:
    """What is to be done; with an order that is there, only what it still needs.

    order_state: of the order that is given, None for a new one.
    """
    if order_state is None:
        yield place(run, now)
    for step in TRIGGERS[trigger]:
        if step is not ACCEPT or order_state in (None, "PLACED"):
            yield step


@dataclass(frozen=True, slots=True)
class Papers:
    """The straight walk's papers, made out for another order, number and day."""

    folder: Path
    run: str
    reference: str
    now: datetime

    def __call__(self, name: str) -> bytes:
        content = (self.folder / name).read_bytes().decode()
        for found, instead in self._instead().items():
            content = content.replace(found, instead)
        content = re.sub(r"2026-[01][0-9]-[0-3][0-9]", self.now.strftime("%Y-%m-%d"), content)
        moment = self.now.strftime("%Y%m%d%H%M%S+00")
        return re.sub(r"2026[0-9]{10}\+[0-9]{2}", moment, content).encode()

    def _instead(self) -> dict[str, str]:
        return {
            REFERENCE: self.reference,
            "NHA-2026-0931": f"NHA-{self.run}",
            "VDM-IM-2026-1187": f"VDM-{self.run}",
            "RTM-DMS-26-": f"RTM-{self.run}-",
            "26NLRTM510884172R7": f"26NL{self.run.upper():0>14}",
        }
