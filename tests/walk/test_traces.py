"""A command's trace, from the API through the worker to the block and back."""

from pathlib import Path

import httpx
import pytest

from entrepot.client import DpopAuth
from entrepot.devnet import founding
from entrepot.devnet.stack import open_stack
from entrepot.kit.tracing import ATTRIBUTES
from tests.api.stage import lei
from tests.api.test_manners import PLACED
from tests.tracing import receiving

PARTIES = Path(__file__).parents[2] / "hardhat-free-devnet/scenarios/parties.toml"
WORD = "PO-NOBODYS-BUSINESS"
CALLER = f"00-{'11' * 16}-{'22' * 8}-01"

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


def test_order_is_traced_over_both_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as receiver:
        monkeypatch.setenv("ENTREPOT_TRACES_URL", receiver.url)
        with open_stack(tmp_path, PARTIES) as stack:
            two = [m for m in stack.ground.members if m.alias in ("exporter", "importer")]
            founding.found(stack, two, lambda _: None)
            auth = DpopAuth(stack.url, stack.credentials["exporter"])
            with httpx.Client(base_url=stack.url, auth=auth, timeout=60) as client:
                day = "2099-01-01T00:00:00Z"
                order = {
                    **PLACED,
                    "reference": WORD,
                    "attesters": [],
                    "accept_by": day,
                    "ship_by": day,
                }
                headers = {"Idempotency-Key": "traced", "traceparent": CALLER}
                answer = client.post("/v1/orders", json=order, headers=headers)
                assert answer.status_code == 202, answer.text
                again = client.post("/v1/orders", json=order, headers=headers)
                assert again.headers["Idempotency-Replayed"] == "true"
            operation_id = answer.json()["operation_id"]
            names = {"request", "rehearse", "sign", "send", "index", "mine"}
            spans = receiver.await_spans(operation_id.removeprefix("op_"), names)
        content = b"".join(receiver.bodies)
    by_name = {one.span.name: one for one in spans}
    assert len(spans) == len(by_name) == len(names), "each once, also when it is asked for twice"
    root = by_name["request"]
    assert root.service == "entrepot-api"
    assert [link.trace_id.hex() for link in root.span.links] == ["11" * 16]
    below = [by_name[name] for name in ("rehearse", "sign", "send", "index", "mine")]
    assert {one.service for one in below} == {"entrepot-worker"}
    assert {one.span.parent_span_id for one in below} == {root.span.span_id}
    ends = [one.span.end_time_unix_nano for one in below]
    assert ends == sorted(ends)
    assert root.span.start_time_unix_nano <= below[0].span.start_time_unix_nano
    assert by_name["mine"].attributes["block"] == by_name["index"].attributes["block"] > 0
    for one in receiver.spans():
        assert one.attributes.keys() <= ATTRIBUTES
    for word in (WORD, lei("importer"), lei("exporter")):
        assert word.encode() not in content
