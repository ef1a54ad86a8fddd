"""The commands that look at a running devnet, after a whole settlement."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from entrepot.cli import main
from entrepot.devnet.statement import Statement
from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


def told(walk: Walk, *words: str) -> str:
    """What the command says of that devnet."""
    state = str(walk.stack.ground.settings.state_folder)
    answer = CliRunner().invoke(main, [*words, "--state", state])
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def data(walk: Walk, *words: str) -> Any:
    return json.loads(told(walk, *words, "--json"))


def test_audit_finds_no_difference(straight_walk: Walk, straight_statement: Statement) -> None:
    found = data(straight_walk, "audit")
    assert found["audit"]["differences"] == []
    assert found["audit"]["compared"] == straight_statement.audit.compared
    assert found["digest"] == straight_statement.digest


def test_reindex_from_block_0_gives_the_same_digest(
    straight_walk: Walk, straight_statement: Statement
) -> None:
    decided = told(straight_walk, "explain", straight_statement.facility_id, "1")
    found = data(straight_walk, "reindex")
    assert found["before"] == found["after"] == straight_statement.digest
    assert told(straight_walk, "explain", straight_statement.facility_id, "1") == decided


def test_explain_says_why_a_tranche_was_released(
    straight_walk: Walk, straight_statement: Statement
) -> None:
    facility = straight_statement.facility_id
    english = told(straight_walk, "explain", facility, "2", "--lang", "en")
    assert "Decision, Tranche 2: met" in english
    assert "✓ Vessel departed: Blue Meridian Lines, block" in english
    assert "deciding again gives the same" in english
    assert "✓ 船舶离港: 蓝色子午线航运" in told(
        straight_walk, "explain", facility, "2", "--lang", "zh"
    )


def test_explain_at_a_block_says_what_was_missing_then(
    straight_walk: Walk, straight_statement: Statement
) -> None:
    second = straight_statement.releases[1]
    block = str(second.needed_block - 1)
    words = ("explain", straight_statement.facility_id, "2", "--block", block)
    then = told(straight_walk, *words, "--lang", "en")
    assert "Decision, Tranche 2: not met" in then
    assert "○ Vessel departed: missing" in then
    found = data(straight_walk, *words)
    assert found["decision"]["outcome"]["missing"] == ["VESSEL_DEPARTED"]
    assert found["again_the_same"] is True


def test_status_shows_the_head_without_lag(straight_walk: Walk) -> None:
    found = data(straight_walk, "status")
    assert found["lag_blocks"] == 0
    assert found["head"]["hash"] == straight_walk.stack.ground.sequencer.head().block_hash
    assert set(found["outbox"]) == {"FINAL"}
    assert all(lane["waiting"] == 0 for lane in found["lanes"])


def test_doctor_finds_everything_well(straight_walk: Walk) -> None:
    found = data(straight_walk, "doctor")
    assert found["well"] is True
    assert {"database", "chain", "worker"} <= {one["name"] for one in found["findings"]}


def test_members_read_their_orders_and_facilities(
    straight_walk: Walk, straight_statement: Statement
) -> None:
    listed = data(straight_walk, "orders", "list", "--as", "importer")
    assert [one["reference"] for one in listed["items"]] == ["PO-2026-1187"]
    order = told(straight_walk, "orders", "show", straight_statement.order_id)
    assert "Vessel departed" in order
    assert "REPAID" in told(straight_walk, "facilities", "list", "--as", "fintech")
    facility = data(straight_walk, "facilities", "show", straight_statement.facility_id)
    assert [one["state"] for one in facility["conditions"]] == ["RELEASED"] * 3


def test_events_page_on_from_the_last_cursor(straight_walk: Walk) -> None:
    first = data(straight_walk, "events", "--limit", "5")
    second = data(straight_walk, "events", "--limit", "5", "--after", first["next"])
    cursors = [one["cursor"] for one in (*first["items"], *second["items"])]
    assert len(cursors) == len(set(cursors)) == 10


def test_a_partner_is_given_access_on_the_command_line(
    straight_walk: Walk, straight_statement: Statement
) -> None:
    """Asked for, authorised, read under, looked up by its owner, taken back: on a real stack."""
    walk, facility = straight_walk, straight_statement.facility_id
    leis = {member.alias: member.lei for member in walk.stack.ground.members}
    until = (walk.world.clock.now().date() + timedelta(days=1)).isoformat()
    made = data(
        walk,
        *("consents", "ask", leis["exporter"], "--as", "carrier.admin", "--purpose", "LOGISTICS"),
        *("--facility", facility, "--field", "facilities.amount", "--until", until),
    )
    consent_id = made["consent_id"]
    assert made["consent_status"] == "received"
    assert "received" in told(walk, "consents", "show", consent_id)
    assert data(walk, "consents", "authorise", consent_id)["consent_status"] == "valid"
    path, headers = f"/v1/facilities/{facility}", {"Consent-ID": consent_id}
    read = walk.ask("carrier", "GET", path, headers=headers)
    own = walk.ask("exporter", "GET", path).json()
    assert read.status_code == 200, read.text
    assert read.json()["amount"] == own["amount"]
    assert own["outstanding"]
    assert read.json()["outstanding"] is None
    [look] = data(walk, "consents", "looks", "--consent", consent_id)["items"]
    assert look["reader"]["lei"] == leis["carrier"]
    assert (look["resources"], look["fields"]) == ([facility], ["facilities.amount"])
    assert look["request_id"] == read.headers["x-request-id"]
    assert facility in told(walk, "consents", "looks", "--consent", consent_id)
    assert "revokedByPsu" in told(walk, "consents", "revoke", consent_id)
    assert walk.ask("carrier", "GET", path, headers=headers).status_code == 403


def test_a_consent_must_say_what_may_be_seen() -> None:
    words = ["consents", "grant", "ENTR00VANDERMEERBV73", "--purpose", "AUDIT"]
    for more in ([], ["--all", "orders", "--order", "0x" + "5a" * 32]):
        answer = CliRunner().invoke(main, [*words, *more])
        assert answer.exit_code == 2, answer.output
