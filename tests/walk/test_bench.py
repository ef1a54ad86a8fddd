"""`entrepot bench walk`: walks under numbers of their own, beside a bare loop."""

import json

import pytest
from click.testing import CliRunner

from entrepot.cli import main

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


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
