"""A synthetic year is the same twice, its page needs nothing besides itself, and figures have a
source."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.bindings.financings import Product
from entrepot.cli.simulate import simulate
from entrepot.devnet.ecosystem import deeds, figures, year
from entrepot.devnet.ecosystem.page import page
from entrepot.devnet.ecosystem.reporting import lines, sections
from entrepot.devnet.ecosystem.running import Outcome, Took, play
from entrepot.devnet.ecosystem.year import Size, plans
from entrepot.devnet.simulator import stage
from entrepot.domain.identifiers import parse_lei
from entrepot.domain.products import minimum_kinds

PARTIES = Path(__file__).parents[2] / "hardhat-free-devnet/scenarios/parties.toml"
TINY = Size(seed=136, firms=8, days=18)
"""Two orders, both financed; the first goes to sea."""

WHOLE = Size(seed=2225, firms=8, days=130)
"""Has requests that are declined, repayments, and a default."""

OUTCOME = Outcome(
    seed=1,
    scale=0.001,
    firms=50,
    days=365,
    counts={
        "orders": 200,
        "asked": 120,
        "funded": 60,
        "released": 150,
        "defaulted": 1,
        "blocks": 900,
        "call_bytes": 90_000,
        "log_bytes": 80_000,
    },
    stopped={"lender declines": 50, "goods given twice (<b>)": 2},
    seconds={1: 148, 2: 2},
    gas={"Financing.release": 9_000, "Evidence.record": 1_000},
    calls={"Financing.release": 150, "Evidence.record": 360, "Financing.repay": 50},
    money={"released": 1_000_000, "covered": 4_000, "loss": 6_000},
    database_bytes=1_000_000,
    digest="ab",
    took=Took(engine_s=20.0, chain_s=2.0, memory_mb=100),
)


def test_plans_of_a_seed_are_the_same_and_a_day_follows_the_other() -> None:
    size = Size(seed=3, firms=500, days=365)
    drawn = list(plans(size))
    assert drawn == list(plans(size))
    assert drawn != list(plans(replace(size, seed=4)))
    assert len(drawn) == size.orders == 2_000
    for plan in drawn:
        days = (plan.placed_day, plan.papers_day, plan.matures_day)
        assert list(days) == sorted(days)
        assert plan.placed_day + 2 < plan.cleared_day < plan.departs_day < plan.arrives_day
        assert plan.arrives_day < plan.released_day < plan.matures_day
        assert plan.goods <= plan.number
    aboard: dict[int, set[int]] = {}
    for plan in drawn:
        aboard.setdefault(plan.voyage, set()).add(plan.arrives_day)
    assert {len(days) for days in aboard.values()} == {1}, "a vessel arrives once"


def test_shares_of_a_large_year_are_those_of_the_figures() -> None:
    drawn = list(plans(Size(seed=5, firms=5_000, days=365)))

    def share(found: list[year.Plan]) -> float:
        return len(found) / len(drawn)

    assert share([p for p in drawn if p.asks]) == pytest.approx(figures.ASKS.value, abs=0.02)
    assert share([p for p in drawn if p.declined]) == pytest.approx(0.45, abs=0.02)
    assert share([p for p in drawn if p.repaid_day is None]) == pytest.approx(0.0076, abs=0.003)
    assert share([p for p in drawn if p.goods != p.number]) == pytest.approx(0.01, abs=0.004)
    mean = sum(p.amount_minor for p in drawn) / len(drawn)
    assert mean == pytest.approx(100 * figures.AMOUNT.value, rel=0.03)


def test_every_firm_has_an_lei_of_its_own() -> None:
    names = {deeds.lei(f"{kind}-{n:08}") for kind in ("ex", "im") for n in range(300)}
    assert len(names) == 600
    assert all(parse_lei(name.decode()) for name in names)


def test_tranches_ask_for_what_the_product_needs_and_somebody_is_named_for_it() -> None:
    said = {kind for kinds in deeds.SAID.values() for kind in kinds}
    least = minimum_kinds(Product.ORDER_FINANCE)
    for needs in deeds.NEEDS:
        assert set(needs) <= said
        assert deeds.kinds(*needs) & least == least


def test_terms_of_every_plan_lapse_before_they_mature() -> None:
    """Found by a year of 50 firms: a long customs hold put a tranche's end past maturity."""
    members = {alias: deeds.lei(alias) for alias in ("bank", "fintech", "carrier")}
    drawn = list(plans(Size(seed=1, firms=500, days=365)))
    said = deeds.Deeds(stage.deployment(bytes(32)), members, 1_767_571_200)
    late = [p for p in drawn if p.released_day + deeds.LAPSES_DAYS >= p.matures_day]
    assert late
    for terms in map(said.terms, late):
        assert max(tranche.expires_at for tranche in terms.tranches) < terms.matures_at


def test_each_figure_has_its_source() -> None:
    assert all(f.source and f.name_zh for f in figures.ALL)
    assert len({f.name for f in figures.ALL}) == len(figures.ALL) > 20


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_has_a_table_for_each_chart_and_asks_for_nothing(lang: str) -> None:
    html = page([OUTCOME, replace(OUTCOME, scale=0.01)], lang)
    assert html.count("<section>") == html.count("<table") == len([*sections([OUTCOME], lang)])
    assert html.count("<svg") > html.count("<section>") // 2
    assert not re.search(r"(src|href)=|url\(|https?:|<script|@import", html)
    assert "<b>" not in html, "words are escaped"
    for value in ("148", "0.01", "10,000"):
        assert value in html
    assert ("坏账" in html) == (lang == "zh")


def test_lines_say_the_bad_debt_of_what_was_lent() -> None:
    text = "\n".join(lines([OUTCOME], "en"))
    assert "1.000 % of what was lent" in text
    assert "assumption" in text


def test_a_year_that_is_kept_is_not_played_again(tmp_path: Path) -> None:
    (tmp_path / "1-50-365.json").write_text(json.dumps(asdict(OUTCOME)))
    asked = ["ecosystem", "--scale", "0.001", "--kept", str(tmp_path), "--json"]
    told = CliRunner().invoke(simulate, asked)
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)[0]["digest"] == "ab"


def played(size: Size) -> Outcome:
    outcome = play(PARTIES, size, 1.0, lambda *_: None)
    assert outcome.counts["failed"] == 0
    assert sum(outcome.seconds.values()) == outcome.counts["released"] > 0
    return outcome


@pytest.mark.postgres
@pytest.mark.anvil
@pytest.mark.timeout(900)
def test_a_year_comes_out_the_same_twice() -> None:
    assert played(TINY) == played(TINY)


@pytest.mark.full
@pytest.mark.postgres
@pytest.mark.anvil
@pytest.mark.timeout(1_800)
def test_a_default_is_settled_and_what_is_declined_is_stopped() -> None:
    outcome = played(WHOLE)
    assert outcome.counts["defaulted"] == 1
    assert outcome.money["loss"] > 0
    assert outcome.money["covered"] > 0
    assert outcome.counts["repaid"] > 0
    assert outcome.stopped == {"lender declines": 2}
