"""What is disclosed is what the real contract has; the vault's commands over a running devnet."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from entrepot.bindings.evidence import ItemView
from entrepot.bindings.ids import EvidenceId
from entrepot.cli import main
from entrepot.devnet.statement import Statement
from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

READABLE = {"INVOICE", "TRANSPORT_DOCUMENT", "PURCHASE_ORDER", "PACKING_LIST"}
FAILED = 1


def vault(walk: Walk, *words: str) -> Any:
    state = str(walk.stack.ground.settings.state_folder)
    return CliRunner().invoke(main, ["vault", *words, "--state", state, "--json"])


def documents(walk: Walk, statement: Statement) -> dict[str, str]:
    path = f"/v1/orders/{statement.order_id}/documents"
    answer = walk.ask("exporter", "GET", path)
    assert answer.status_code == 200, answer.text
    listed = answer.json()["items"]
    return {one["kind"]: one["document_id"] for one in listed if one["evidence_id"]}


def test_p3_disclosure_of_every_paper_has_the_root_that_the_contract_has(
    straight_walk: Walk, straight_statement: Statement, tmp_path: Path
) -> None:
    found = documents(straight_walk, straight_statement)
    assert set(found) >= READABLE
    for kind, document in found.items():
        fields = straight_walk.ask("exporter", "GET", f"/v1/documents/{document}/fields").json()
        path = f"/v1/documents/{document}:disclose"
        shown = straight_walk.ask("exporter", "POST", path, json={"fields": fields["fields"]})
        disclosure = shown.json()
        evidence_id = EvidenceId(bytes.fromhex(disclosure["ledger"]["evidence_id"][2:]))
        place = straight_walk.world.deployment["Evidence"]
        item = straight_walk.world.node.call(place, ItemView(evidence_id=evidence_id))
        assert "0x" + item.commitment.hex() == disclosure["root"], kind
        content = straight_walk.ask("exporter", "GET", f"/v1/documents/{document}/content")
        (tmp_path / "paper").write_bytes(content.content)
        (tmp_path / "shown.json").write_bytes(shown.content)
        words = ["verify", str(tmp_path / "paper"), "--disclosure", str(tmp_path / "shown.json")]
        assert CliRunner().invoke(main, words).exit_code == 0, kind


def test_commands_keep_the_documents(straight_walk: Walk, straight_statement: Statement) -> None:
    invoice = documents(straight_walk, straight_statement)["INVOICE"]
    importer = straight_walk.ask("importer", "GET", f"/v1/documents/{invoice}/content")
    assert importer.status_code == 200
    assert json.loads(vault(straight_walk, "rotate").output) == {"wrapped": 0}
    assert json.loads(vault(straight_walk, "sweep").output) == {"swept": 0}
    kept = vault(straight_walk, "erase", invoice)
    assert kept.exit_code == FAILED
    assert "is kept until" in kept.output
    assert vault(straight_walk, "hold", invoice, "--reason", "claim 7").exit_code == 0
    assert "legal hold: claim 7" in vault(straight_walk, "erase", invoice).output
    assert vault(straight_walk, "hold", invoice).exit_code == 0
    lei = straight_walk.ask("exporter", "GET", f"/v1/orders/{straight_statement.order_id}").json()
    member = lei["importer"]["lei"]
    path = f"/v1/documents/{invoice}/content"
    assert vault(straight_walk, "revoke", invoice, member).exit_code == 0
    assert straight_walk.ask("importer", "GET", path).json()["code"] == "document-locked"
    assert vault(straight_walk, "revoke", invoice, member, "--back").exit_code == 0
    assert straight_walk.ask("importer", "GET", path).status_code == 200
    assert vault(straight_walk, "hold", "0x" + "ab" * 32).exit_code == FAILED
    assert vault(straight_walk, "hold", "invoice").exit_code == 2
