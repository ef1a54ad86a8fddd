"""Bands that two officers changed come to the contract on their date, on a whole devnet (P4)."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from entrepot.kit.clock import from_unix, rfc3339
from tests.walk.stage import Walk, open_walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.full]

BANDS = "/v1/approval-bands"
PROPOSALS = "/v1/policy-proposals"


def bands(*approvals: int) -> dict[str, Any]:
    amounts = ("500000.00", "9000000.00")
    told = [
        {"up_to": {"amount": amount, "currency": "USD"}, "approvals": number}
        for amount, number in zip(amounts, approvals, strict=True)
    ]
    return {"currency": "USD", "bands": told}


def counted(walk: Walk) -> list[int]:
    """How many must sign, by amount, as the contract told it last."""
    [own] = walk.ask("bank.officer-1", "GET", BANDS).json()["items"]
    return [band["approvals"] for band in own["bands"]]


def test_the_contract_counts_by_the_former_bands_until_the_date(tmp_path: Path) -> None:
    with open_walk("straight-walk", tmp_path) as walk:
        wait = {"headers": {"Prefer": "wait=30"}}
        first = walk.ask("bank.officer-1", "POST", BANDS, json=bands(2, 3), **wait)
        assert first.status_code == 200, first.text
        tomorrow = from_unix(walk.world.node.block().timestamp) + timedelta(days=1)
        body = {
            "approval_bands": bands(3, 4),
            "effective_at": rfc3339(tomorrow),
            "reason": "The board",
        }
        proposed = walk.ask("bank.officer-1", "POST", PROPOSALS, json=body)
        change = f"{PROPOSALS}/{proposed.json()['result']['proposal_id']}"
        assert walk.ask("bank.officer-2", "POST", f"{change}:confirm").status_code == 202

        def state() -> str:
            return walk.ask("bank.officer-1", "GET", change).json()["state"]

        walk.command("clock", "+12h")
        assert (state(), counted(walk)) == ("SCHEDULED", [2, 3])
        walk.command("clock", "+12h")
        waited_until = time.monotonic() + 60
        while state() != "IN_FORCE":
            assert time.monotonic() < waited_until, state()
            time.sleep(0.1)
        assert counted(walk) == [3, 4]
        assert walk.command("audit")["audit"]["differences"] == []
