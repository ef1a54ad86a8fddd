"""When: shipment, presentation, expiry, and the dates of the documents."""

from __future__ import annotations

from datetime import date, timedelta

from entrepot.domain.examination.case import Case, Examined, Pairs, rule
from entrepot.domain.examination.findings import Said, Severity, said


def _presented(case: Case) -> Said:
    return Said("presentation", str(case.presentation.presented_on))


@rule(
    "PRESENTED_LATE",
    "UCP 600 14(c)",
    Severity.DISCREPANCY,
    en="presented on {found}, later than {asked}, the last day after shipment",
    zh="提交日 {found} 晚于装运后的最迟交单日 {asked}",
    guard="only where a transport document is presented; a last day on which banks are closed "
    "moves to the next banking day (29(a))",
)
def presented_late(case: Case) -> Pairs:
    for shipped, _ in case.shipments[:1]:
        last = shipped + timedelta(days=case.credit.presentation_days)
        last = case.credit.banking_days.on_or_after(last)
        if case.presentation.presented_on > last:
            yield case.asked("presentation_days", last), _presented(case)


@rule(
    "CREDIT_EXPIRED",
    "UCP 600 6(d)",
    Severity.DISCREPANCY,
    en="presented on {found}, after the credit expired on {asked}",
    zh="提交日 {found} 晚于信用证到期日 {asked}",
    guard="an expiry on which banks are closed moves to the next banking day (29(a))",
)
def credit_expired(case: Case) -> Pairs:
    last = case.credit.banking_days.on_or_after(case.credit.expires_on)
    if case.presentation.presented_on > last:
        yield case.asked("expires_on", last), _presented(case)


@rule(
    "SHIPPED_LATE",
    "UCP 600 20(a)(ii), 29(c)",
    Severity.DISCREPANCY,
    en="shipped on {found}, later than {asked}",
    zh="装运日 {found} 晚于最迟装运日 {asked}",
    guard="the on-board date wins over the date of issue (eUCP e11); no closed day moves this date",
)
def shipped_late(case: Case) -> Pairs:
    latest = case.credit.latest_shipment_on
    for shipped, bill in case.shipments:
        if latest is not None and shipped > latest:
            name = "shipped_on_board_on" if bill.shipped_on_board_on else "issued_on"
            yield case.asked("latest_shipment_on", latest), said(bill, name, shipped)


@rule(
    "DATED_AFTER_PRESENTATION",
    "UCP 600 14(i)",
    Severity.DISCREPANCY,
    en="dated {found}, after it was presented on {asked}",
    zh="单据日期 {found} 晚于提交日 {asked}",
    guard="a document may be older than the credit itself",
)
def dated_after_presentation(case: Case) -> Pairs:
    examined = (*case.invoices, *case.bills, *case.packing_lists, *case.insurances, *case.origins)
    for document in examined:
        name, day = _date_of(document)
        if day is not None and day > case.presentation.presented_on:
            yield _presented(case), said(document, name, day)


def _date_of(document: Examined) -> tuple[str, date | None]:
    name = "issue_date" if document.kind == "ubl-invoice" else "issued_on"
    return name, getattr(document, name)


RULES = (presented_late, credit_expired, shipped_late, dated_after_presentation)
