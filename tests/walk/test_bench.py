"""`entrepot bench`: walks beside a bare loop; gas, to the unit."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrepot.cli import main
from entrepot.cli.bench import PAGE
from entrepot.devnet import gas_report
from entrepot.devnet.many_orders import ORDERS
from entrepot.devnet.metering import Beside, Metered, Verb

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


@pytest.mark.full
def test_two_walks_are_measured_beside_bare_transactions() -> None:
    answer = CliRunner().invoke(main, ["bench", "walk", "--walks", "2", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["walks"] == 2
    assert found["walks_per_s"] > 0
    assert found["to_money"]["count"] == 3 * 2
    assert found["blocks_to_money"] == [1]
    assert found["bare"]["count"] == 100
    assert 0 < found["bare"]["median_ms"] <= found["bare"]["p99_ms"]
    assert found["ratio_median"] == pytest.approx(
        found["to_money"]["median_ms"] / found["bare"]["median_ms"], abs=0.01
    )


@pytest.mark.full
def test_replayed_blocks_are_measured_beside_anvil_alone() -> None:
    answer = CliRunner().invoke(main, ["bench", "replay", "--runs", "1", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["blocks"] > 0
    assert found["transactions"] > 0
    for way in ("followed", "checked"):
        assert found[f"{way}_ratio"] == pytest.approx(found[way][0] / found["mined"][0])


@pytest.mark.full
def test_reads_are_measured_beside_a_bare_route() -> None:
    answer = CliRunner().invoke(main, ["bench", "api", "--requests", "16", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["requests"] == 16
    for way in ("postgres", "bare", "read", "command"):
        assert found[way]["per_second"] > 0
        assert found[way]["p99_ms"] > 0
    assert found["read_ratio"] > 0
    assert found["command_ratio"] > 0


@pytest.mark.full
def test_releases_are_sent_beside_the_same_calls_signed_beforehand() -> None:
    answer = CliRunner().invoke(main, ["bench", "send", "--releases", "16", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["releases"] == 16
    assert min(found["node"], found["sent"], found["together"]) > 0
    assert found["ratio"] == pytest.approx(found["sent"] / found["node"], abs=0.01)


@pytest.mark.full
def test_money_follows_in_the_next_block_on_blocks_of_a_second() -> None:
    words = ["bench", "release", "--instant", "1", "--interval", "5", "--json"]
    answer = CliRunner().invoke(main, words)
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["instant"]["count"] == 1
    assert sum(found["blocks"].values()) == 5
    assert min(int(n) for n in found["blocks"]) >= 1, "never in the block of the condition itself"


def test_a_block_reads_the_rows_that_it_touches_only() -> None:
    """Found by this bench: every tranche that was judged read all evidence there is."""
    answer = CliRunner().invoke(main, ["bench", "block", "--among", "5000", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert (found["touched"], found["few"]["orders"], found["many"]["orders"]) == (10, 1_000, 5_000)
    through = found["read_through"]
    assert {table: through[table] for table in ORDERS} == dict.fromkeys(ORDERS, 0)


def test_pages_of_the_console_are_measured_beside_their_longest_query() -> None:
    words = ["bench", "console", "--facilities", "100", "--requests", "1", "--json"]
    answer = CliRunner().invoke(main, words)
    assert answer.exit_code == 0, answer.output
    pages = {page["name"]: page for page in json.loads(answer.stdout)["pages"]}
    assert pages["approvals, all"]["rows"] == 50
    assert pages["approvals"]["rows"] == 1, "of a hundred, one waits"
    assert {"repayments", "facility", "search"} <= pages.keys()
    for page in pages.values():
        assert 0 < page["query"]["median_ms"] < page["whole"]["median_ms"]


def test_gas_is_what_the_page_says() -> None:
    """Measured on another machine and day: it is the same on every run."""
    answer = CliRunner().invoke(main, ["bench", "gas", "--json"])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["walk_gas"] == sum(verb["gas"] for verb in found["walk"])
    assert found["transactions"] == sum(verb["calls"] for verb in found["walk"])
    assert (found["tranches"], found["lenders"]) == (3, 2)
    assert found["ratio"] == round(found["walk_gas"] / found["limit_gas"], 3)
    assert not {verb["verb"] for verb in found["walk"]} & {"SettlementToken.mint", "creation"}
    verbs = {verb["verb"]: verb for verb in found["walk"]}
    assert verbs["TradeOrders.place"]["calls"] == verbs["Financing.repay"]["calls"] == 1
    assert [one["theirs"] for one in found["bill"]] == [None] * len(found["bill"])
    page = PAGE.read_text()
    told = [f"| {name} | {verb['calls']} |" for name, verb in verbs.items()]
    told += [f"**{found['walk_gas']:,}**"]
    told += [f"| {one['deed']} | {one['ours']:,} |" for one in found["bill"]]
    stale = [line for line in told if line not in page]
    assert stale == [], "scripts/bench gas --write brings the page up to date"


def test_tables_of_gas_are_put_between_their_marks(tmp_path: Path) -> None:
    verb = Verb(verb="Titles.issue", calls=2, gas_min=10_000, gas_max=20_000, gas=30_000)
    measured = Metered(
        walk_gas=30_000,
        limit_gas=3_000_000,
        ratio=0.01,
        transactions=2,
        facts=1,
        tranches=1,
        lenders=1,
        walk=(verb,),
        apart=(),
        founding_gas=5,
        deployment_gas=6,
        bill=(Beside(deed="issue", ours=10_000, theirs=40_000, ratio=0.25),),
        tradetrust="5.5.1",
    )
    page = tmp_path / "page.md"
    page.write_text(f"before\n{gas_report.BEGIN}\nold\n{gas_report.END}\nafter\n")
    gas_report.write(page, measured)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text
    assert "| Titles.issue | 2 | 10,000 to 20,000 | 30,000 |" in text
    assert "| issue | 10,000 | 40,000 | 0.25 |" in text
    assert any("whole walk: 30,000 gas" in line for line in gas_report.lines(measured))
    page.write_text("nothing\n")
    with pytest.raises(ValueError, match="no place"):
        gas_report.write(page, measured)
