"""What the bank has outstanding: by whom, where, beside whom and until when."""

from typing import get_args

from entrepot.console.listing import Column, Listing
from entrepot.console.screen import Asked, Looking, Screen, Values
from entrepot.views import exposure, portfolio
from entrepot.views.portfolio import By, ExposureView
from entrepot.views.values import Party

BYS = get_args(By)


class AskedExposure(Asked):
    by: By = "exporter"


def _of(row: ExposureView) -> str:
    return row.of.lei if isinstance(row.of, Party) else row.of


OUTSTANDING = Column(
    name="outstanding", title="Outstanding", of=lambda row: row.outstanding, kind="money"
)
REST = (
    OUTSTANDING,
    Column(name="facilities", title="Facilities", of=lambda row: row.facilities, kind="count"),
    Column(name="reserve", title="Reserve", of=lambda row: row.reserve, kind="money"),
)
LIMIT = (
    Column(name="limit", title="Limit", of=lambda row: row.limit, kind="money"),
    Column(name="used_bps", title="Limit used", of=lambda row: row.used_bps, kind="percent"),
)
MEMBER = Column(name="of", title="Member", of=lambda row: row.of, kind="party")
PLACES: dict[By, Column] = {
    "country": Column(name="of", title="Country", of=_of, kind="country"),
    "corridor": Column(name="of", title="Corridor", of=_of, kind="corridor"),
    "maturity": Column(name="of", title="Group", of=_of),
    "overdue": Column(name="of", title="Group", of=_of, kind="words"),
}


def columns(by: By) -> tuple[Column, ...]:
    """The columns of one grouping."""
    head = PLACES.get(by, MEMBER)
    return (head, *REST, *LIMIT) if by == "exporter" else (head, *REST)


def gather(looking: Looking) -> Values:
    """The officer's own bank's, or all lenders' for a regulator."""
    by = looking.asked.by
    caller = looking.officer.participant_id
    rows = portfolio.exposure_by(looking.session, caller, by, looking.now)
    return {
        "listing": Listing(columns=columns(by), rows=rows),
        "bys": BYS,
        "most": {row.outstanding.currency: _most(rows, row.outstanding.currency) for row in rows},
        "caps": exposure.sandbox(looking.session, caller),
    }


def _most(rows: tuple[ExposureView, ...], currency: str) -> int:
    """The longest bar of a currency."""
    return max(row.outstanding.minor for row in rows if row.outstanding.currency == currency)


SCREEN = Screen(
    name="exposure",
    path="/exposure",
    title="Exposure",
    key="e",
    asked=AskedExposure,
    columns=(MEMBER, *PLACES.values(), *REST, *LIMIT),
    gather=gather,
)
