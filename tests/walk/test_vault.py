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
from entrepot.domain import standard_webhooks
from entrepot.store import webhooks
from entrepot.store.envelope import KeyEncryptionKeyMissing, Keyring
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


def test_rotation_seals_the_webhooks_secrets_anew_as_well(
    straight_walk: Walk, straight_statement: Statement, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"url": "https://erp.example/hooks"}
    answer = straight_walk.ask("exporter.admin", "POST", "/v1/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    world, newer = straight_walk.world, "another key of this node's, of 32 bytes or more"
    former = world.settings.vault_key.get_secret_value().decode()

    def rotated(to: str, since: str) -> int:
        monkeypatch.setenv("ENTREPOT_VAULT_KEY", to)
        monkeypatch.setenv("ENTREPOT_VAULT_KEY_FORMER", since)
        return int(json.loads(vault(straight_walk, "rotate").output)["wrapped"])

    def signs_with(key: str) -> list[str]:
        ring = Keyring((key.encode(),))
        with world.store.reading() as session:
            found = webhooks.secrets(session, ring, made["webhook_id"], world.clock.now())
        return [standard_webhooks.spell(secret) for secret in found]

    assert signs_with(former) == [made["secret"]]
    sealed = rotated(newer, former)
    assert sealed > len(documents(straight_walk, straight_statement))
    assert signs_with(newer) == [made["secret"]]
    with pytest.raises(KeyEncryptionKeyMissing):
        signs_with(former)
    assert rotated(newer, former) == 0
    assert rotated(former, newer) == sealed
    assert signs_with(former) == [made["secret"]]
