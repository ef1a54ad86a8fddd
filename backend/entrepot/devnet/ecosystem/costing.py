"""What the steps of one financed order cost on paper and here, in USD, after the figures."""

from dataclasses import dataclass

from entrepot.devnet.ecosystem import figures
from entrepot.devnet.ecosystem.running import Outcome

OFFICERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an order that is financed; USD, on average."""

    name: str
    name_zh: str
    paper_usd: float
    here_usd: float


def steps(outcome: Outcome) -> tuple[Step, ...]:
    """The same steps on both ways, as often as they happened to a funded order of this year."""
    counts, calls = outcome.counts, outcome.calls
    funded = counts.get("funded", 0)
    if not funded:
        return ()
    hour = figures.HOUR_USD.value
    papers = calls.get("Evidence.record", 0) / funded
    again = papers * figures.DISCREPANT.value
    moves = (counts.get("released", 0) + calls.get("Financing.repay", 0)) / funded
    officers = OFFICERS * figures.OFFICER_MINUTES.value / 60 * hour
    machine = (outcome.took.engine_s + outcome.took.chain_s) / 3600 / funded
    bill = figures.BILL_USD.value
    return (
        Step(
            name="papers examined",
            name_zh="审单",
            paper_usd=papers * figures.PAPER_MINUTES.value / 60 * hour,
            here_usd=0.0,
        ),
        Step(
            name="papers mended and examined again",
            name_zh="改单与复审",
            paper_usd=again * figures.PAPER_MINUTES.value / 60 * hour,
            here_usd=again * figures.OFFICER_MINUTES.value / 60 * hour,
        ),
        Step(
            name="couriers",
            name_zh="快递",
            paper_usd=figures.COURIER_USD.value * (1 + figures.DISCREPANT.value),
            here_usd=0.0,
        ),
        Step(
            name="bill of lading",
            name_zh="提单",
            paper_usd=bill * figures.PAPER_BILL.value,
            here_usd=bill,
        ),
        Step(
            name="two officers' approval", name_zh="双人审批", paper_usd=officers, here_usd=officers
        ),
        Step(
            name="paying out and booking",
            name_zh="放款与记账",
            paper_usd=moves * figures.BOOK_MINUTES.value / 60 * hour,
            here_usd=0.0,
        ),
        Step(
            name="machine",
            name_zh="机器",
            paper_usd=0.0,
            here_usd=machine * figures.MACHINE_USD.value,
        ),
    )
