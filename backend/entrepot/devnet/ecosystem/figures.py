"""What a synthetic year is made after: each figure with where it comes from.

What nobody has published is an assumption, and says so.
"""

from dataclasses import dataclass

ASSUMED = "assumption"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """value: in `unit`; source: who says so, or ASSUMED."""

    name: str
    name_zh: str
    value: float
    unit: str
    source: str


def _assumed(name: str, name_zh: str, value: float, unit: str) -> Figure:
    return Figure(name=name, name_zh=name_zh, value=value, unit=unit, source=ASSUMED)


_SEED = "the platform's own pilot claim: 50,000 firms, RMB 80 bn a year"

ORDERS_A_YEAR = _assumed("orders of a firm in a year", "每家企业每年订单数", 4, "orders")
AMOUNT = Figure(
    name="mean amount of an order",
    name_zh="订单平均金额",
    value=55_000,
    unit="USD",
    source=f"{_SEED}, over four orders a firm, at RMB 7.2 (the rate is an {ASSUMED})",
)
ASKS = _assumed("orders for which financing is asked", "申请融资的订单", 0.6, "share")
DECLINED = Figure(
    name="requests that the lender declines",
    name_zh="贷款方拒绝的申请",
    value=0.45,
    unit="share",
    source="ADB 2019: 45 % of requests of small and medium firms",
)
DISCREPANT = Figure(
    name="first presentations with a discrepancy",
    name_zh="首次交单不符",
    value=0.7,
    unit="share",
    source="ICC Technical Advisory Briefing 3 (2022): 65 to 80 %",
)
MENDED_DAYS = _assumed("days to mend a discrepancy", "改单天数", 3, "days")
SHIPS_DAYS = _assumed(
    "days from approval to departure, 5 to", "审批至离港天数（5 天起）", 20, "days"
)
SAILS_DAYS = _assumed("days at sea, 20 to", "海运天数（20 天起）", 35, "days")
HELD = _assumed("shipments that import customs hold", "进口海关扣留", 0.05, "share")
HELD_DAYS = _assumed("days of such a hold, 2 to", "扣留天数（2 天起）", 9, "days")
WITHDRAWN = _assumed("export clearances that are withdrawn", "出口放行被撤回", 0.005, "share")
TWICE = _assumed(
    "requests on goods that are financed already", "就已融资货物再次申请", 0.01, "share"
)
TERM_DAYS = _assumed("days from arrival to maturity", "到港至到期天数", 30, "days")
LATE = _assumed("facilities repaid after maturity", "逾期还款", 0.2, "share")
LATE_DAYS = _assumed("days late, 1 to", "逾期天数（1 天起）", 20, "days")
DEFAULTS = Figure(
    name="facilities that are never repaid",
    name_zh="从未偿还的融资",
    value=0.0076,
    unit="share",
    source="ICC Trade Register 2018: loans for import and export, 0.76 % of obligors",
)
PAPER_DAYS = Figure(
    name="days from a complete presentation to money, on paper",
    name_zh="纸质流程：单据齐全至放款天数",
    value=3,
    unit="days",
    source="SAFE's platform: checks took 2 to 3 days before",
)
PAPER_BILL = Figure(
    name="a paper bill of lading, over an electronic one",
    name_zh="纸质提单相对电子提单的成本",
    value=3,
    unit="times",
    source="DCSA: about three times",
)
BILL_USD = _assumed("an electronic bill of lading", "一份电子提单", 20, "USD")
COURIER_USD = _assumed("a courier for one set of papers", "一套单据的快递费", 60, "USD")
HOUR_USD = _assumed("an hour of a clerk or an officer", "经办人一小时", 40, "USD")
PAPER_MINUTES = _assumed("examining one paper by hand", "人工审一份单据", 20, "minutes")
OFFICER_MINUTES = _assumed("an officer's approval, on either way", "审批人一次审批", 10, "minutes")
BOOK_MINUTES = _assumed("paying out or booking by hand", "人工放款或记账", 15, "minutes")
MACHINE_USD = _assumed("an hour of the machine", "机器一小时", 0.2, "USD")

ALL = tuple(value for value in globals().values() if isinstance(value, Figure))
