"""Figures for whoever keeps the service running: true, and of nobody."""

from prometheus_client import generate_latest

from tests.api.stage import REFERENCE, Stage, lei
from tests.api.test_manners import PLACED


def figures(stage: Stage) -> dict[str, float]:
    """Each series by its whole name."""
    told = generate_latest(stage.client.app.state.metrics.registry).decode()  # type: ignore[attr-defined]  # Starlette's state is open
    lines = (line.rpartition(" ") for line in told.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_requests_are_counted_by_template_and_never_by_path(stage: Stage) -> None:
    order_id = stage.order()
    label = 'method="GET",route="/v1/orders/{order_id}",status="200"'
    name = f"entrepot_request_seconds_count{{{label}}}"
    before = figures(stage).get(name, 0)
    for _ in range(2):
        assert stage.get("exporter", f"/v1/orders/0x{order_id.hex()}").status_code == 200
    after = figures(stage)
    assert after[name] == before + 2
    assert not any(order_id.hex() in each or REFERENCE in each for each in after)


def test_a_method_of_somebody_s_making_makes_no_series(stage: Stage) -> None:
    stage.client.request("BREW", "/v1/orders")
    named = [name for name in figures(stage) if "BREW" in name or 'method="other"' in name]
    assert named
    assert not any("BREW" in name for name in named)


def test_engine_tells_what_waits_and_that_no_node_answers(stage: Stage) -> None:
    assert stage.post("exporter", "/v1/orders", json=PLACED).status_code == 202
    told = figures(stage)
    assert told['entrepot_outbox_calls{state="QUEUED"}'] == 1
    assert told["entrepot_node_up"] == 0
    assert told["entrepot_outbox_oldest_seconds"] >= 0
    assert not any(lei("exporter") in name for name in told)
