"""Financing: what lenders and regulators allow."""

from entrepot.bindings import financing as words
from entrepot.kit.abi import Event
from entrepot.steps.indexing.projections.place import Handler, Place, Rows, text
from entrepot.store.tables import ApprovalBands, LenderLimit, SandboxCap


def _limit_set(rows: Rows, e: words.LimitSet, at: Place) -> None:
    rows.put(
        LenderLimit,
        lender=e.lender,
        exporter=e.exporter,
        currency=text(e.currency),
        stream=at.stream,
        limit_minor=e.limit,
    )


def _bands_set(rows: Rows, e: words.BandsSet, at: Place) -> None:
    rows.put(
        ApprovalBands,
        lender=e.lender,
        currency=text(e.currency),
        stream=at.stream,
        bands=[[str(band.up_to), str(band.approvals)] for band in e.bands],
    )


def _cap_set(rows: Rows, e: words.SandboxCapSet, at: Place) -> None:
    rows.put(
        SandboxCap,
        corridor=text(e.corridor),
        currency=text(e.currency),
        stream=at.stream,
        cap_minor=e.cap,
        ends_at=e.ends_at,
    )


HANDLERS: dict[type[Event], Handler] = {
    words.LimitSet: _limit_set,
    words.BandsSet: _bands_set,
    words.SandboxCapSet: _cap_set,
}
