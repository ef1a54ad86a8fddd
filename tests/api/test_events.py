"""Events out: their shape, their order, who is told what, and what a fork cannot take back."""

from dataclasses import replace
from typing import Any

import pytest

from entrepot.bindings.financing import FinancingApproved
from entrepot.bindings.ids import FinancingId, OrderId
from entrepot.domain.cloudevents import TYPES
from entrepot.steps.indexing import repository
from entrepot.store.tables import Breach, Decision, Network
from tests.api.dealing import requested
from tests.api.stage import HEAD, Stage, contract_at, lei, member
from tests.api.telling import accepted, feed_of, judged, recorded, tell, types_of, withdrawn

pytestmark = pytest.mark.postgres
CUSTOMS = "entrepot.customs.import_released"


def settings(stage: Stage, **changes: Any) -> None:
    """The API under other settings, until the next test."""
    api: Any = stage.client.app
    changed = stage.world.settings.model_copy(update=changes)
    api.state.world = replace(stage.world, settings=changed)


@pytest.fixture(autouse=True)
def own_settings(stage: Stage) -> Any:
    yield
    api: Any = stage.client.app
    api.state.world = stage.world


def test_event_is_a_cloudevent_that_says_what_happened_to_which_order(stage: Stage) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, recorded(order_id))
    [event] = feed_of(stage, "exporter")
    assert event["specversion"] == "1.0"
    assert event["type"] == CUSTOMS
    assert event["source"] == f"eip155:1337:0x{contract_at('Evidence').hex()}"
    assert event["subject"] == "0x" + order_id.hex()
    assert event["time"] == "2026-11-20T12:00:12Z"
    assert event["datacontenttype"] == "application/json"
    assert event["id"] == f"{event['blockhash']}-0"
    assert (event["blocknumber"], event["finality"]) == (HEAD + 1, "final")
    assert (event["cursor"], event["ledgerevent"]) == (f"{HEAD + 1}.0", "Evidence.EvidenceRecorded")
    assert event["data"]["attester"] == lei("import_customs")
    assert event["data"]["fact"]["kind"] == "IMPORT_RELEASED"
    assert all(name.isalnum() and name.islower() for name in event), "as CloudEvents names them"


def test_every_type_is_told_by_one_event_alone() -> None:
    places = [place for place in TYPES.values() if place is not None]
    assert len(places) == len(set(places)) > 90
    assert all(name.startswith("entrepot.") and name == name.lower() for name in TYPES)


def test_list_goes_on_after_its_cursor_and_keeps_it_at_the_end(stage: Stage) -> None:
    order_id = stage.order()
    for number in range(1, 4):
        tell(stage, HEAD + number, recorded(order_id), accepted(order_id), withdrawn(order_id))
    whole = feed_of(stage, "exporter")
    assert len(whole) == 9
    seen: list[Any] = []
    after: dict[str, Any] = {}
    while True:
        page = stage.get("exporter", "/v1/events", params={"limit": 2, **after}).json()
        if page["next"] == after.get("after"):
            break
        seen += page["items"]
        after = {"after": page["next"]}
    assert seen == whole
    assert page["items"] == []
    tell(stage, HEAD + 9, accepted(order_id))
    assert types_of(feed_of(stage, "exporter", **after)) == ["entrepot.order.accepted"]


def test_list_is_narrowed_by_type_and_by_order(stage: Stage) -> None:
    one, other = stage.order("PO-1"), stage.order("PO-2")
    tell(stage, HEAD + 1, recorded(one), accepted(one), withdrawn(one), recorded(other))
    assert types_of(feed_of(stage, "exporter", type=CUSTOMS)) == [CUSTOMS, CUSTOMS]
    group = feed_of(stage, "exporter", type="entrepot.customs.*", order="0x" + one.hex())
    assert types_of(group) == [CUSTOMS, CUSTOMS + ".withdrawn"]
    both = feed_of(stage, "exporter", type=[CUSTOMS + ".withdrawn", "entrepot.order.accepted"])
    assert types_of(both) == ["entrepot.order.accepted", CUSTOMS + ".withdrawn"]
    assert {e["subject"] for e in feed_of(stage, "exporter", order="0x" + other.hex())} == {
        "0x" + other.hex()
    }


@pytest.mark.parametrize(
    "query",
    [
        {"type": "entrepot.customs.no_such"},
        {"type": "*"},
        {"after": "1.x"},
        {"after": "1.1000000000"},
    ],
)
def test_what_can_never_come_is_refused(stage: Stage, query: dict[str, str]) -> None:
    assert stage.get("exporter", "/v1/events", params=query).status_code == 422


def test_only_final_facts_are_told_unless_the_head_is_asked_for(stage: Stage) -> None:
    settings(stage, finality="depth:3")
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id))
    tell(stage, HEAD + 5, recorded(order_id))
    assert [e["finality"] for e in feed_of(stage, "exporter")] == ["final"]
    head = feed_of(stage, "exporter", finality="head")
    assert [(e["blocknumber"], e["finality"]) for e in head] == [
        (HEAD + 1, "final"),
        (HEAD + 5, "head"),
    ]


def test_fork_takes_nothing_back_that_was_told_as_final(stage: Stage) -> None:
    """Not even for the while that our own copy of the chain is shorter."""
    settings(stage, finality="depth:2")
    order_id = stage.order()
    stage.insert(Network(chain_id=1337, genesis_hash=bytes(32), first_block=1))
    for number in range(1, 6):
        tell(stage, HEAD + number, accepted(order_id))
    told = feed_of(stage, "exporter")
    head = feed_of(stage, "exporter", finality="head")
    assert (len(told), len(head)) == (2, 5)
    with stage.world.store.transaction() as session:
        repository.keep_final(session, HEAD + 3)
        repository.forget_blocks(session, HEAD + 4)
    judged(stage, HEAD + 3)
    assert feed_of(stage, "exporter") == told
    for number in range(4, 8):
        tell(stage, HEAD + number, accepted(order_id), fork="other")
    after = feed_of(stage, "exporter")
    assert after[:2] == told
    assert len({e["id"] for e in (*after, *head)}) == 6, "another block's event is another event"


def test_block_is_told_once_every_tranche_is_judged_at_it(stage: Stage) -> None:
    """So that a decision is never put in before a cursor that was given out."""
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id))
    judged(stage, HEAD)
    assert feed_of(stage, "exporter") == []
    assert feed_of(stage, "exporter", finality="head") == []
    judged(stage, HEAD + 1)
    assert len(feed_of(stage, "exporter")) == 1


def test_decisions_and_breaches_are_told_to_those_who_see_the_facility(stage: Stage) -> None:
    path, terms = requested(stage)
    financing_id = bytes.fromhex(path.rpartition("0x")[2])
    approved = FinancingApproved(
        order_id=terms.order_id, financing_id=FinancingId(financing_id), lender=member("bank")
    )
    tell(stage, HEAD + 1, approved)
    at = {"financing_id": financing_id, "tranche": 0, "block_number": HEAD + 1}
    stage.insert(
        Decision(
            **at,
            block_hash=bytes(32),
            rules_hash=bytes(32),
            met=False,
            facts={"secret": "of the rules"},
            outcome={"met": False, "missing": ["INVOICE"]},
        ),
        Breach(**at, causes=[{"kind": "INVOICE", "cause": "WITHDRAWN", "evidence_ids": []}]),
    )
    events = feed_of(stage, "bank")
    assert types_of(events) == [
        "entrepot.facility.approved",
        "entrepot.facility.conditions_wait",
        "entrepot.facility.breach_noted",
    ]
    waits = events[1]
    assert waits["data"]["missing"] == ["INVOICE"]
    assert waits["source"] == path
    assert waits["subject"] == "0x" + terms.order_id.hex()
    assert "secret" not in str(events)
    for at_cursor, event in enumerate(events):
        assert feed_of(stage, "bank", after=event["cursor"]) == events[at_cursor + 1 :]
    only = feed_of(stage, "bank", type="entrepot.facility.breach_noted", limit=1)
    assert only == events[2:]
    assert feed_of(stage, "import_customs") == []


def test_p7_strangers_are_told_nothing_of_an_order(stage: Stage) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id), recorded(order_id))
    for actor in ("exporter", "importer", "carrier", "import_customs", "regulator"):
        assert len(feed_of(stage, actor)) == 2, actor
    for actor in ("bank", "fintech"):
        assert feed_of(stage, actor) == [], actor
        assert feed_of(stage, actor, order="0x" + order_id.hex()) == [], actor


def test_ids_are_unique_and_the_same_each_time(stage: Stage) -> None:
    order_id = OrderId(stage.order())
    tell(stage, HEAD + 1, recorded(order_id), recorded(order_id), accepted(order_id))
    first, again = feed_of(stage, "exporter"), feed_of(stage, "importer")
    assert first == again
    assert len({(e["source"], e["id"]) for e in first}) == 3
