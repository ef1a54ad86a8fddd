"""What is read: at which block it is true, whether it has changed, and where a list goes on."""

import json

from tests.api.stage import HEAD, Stage, lei


def test_read_tells_its_block_and_finality(stage: Stage) -> None:
    order_id = stage.order()
    told = stage.get("importer", f"/v1/orders/0x{order_id.hex()}").json()
    assert (told["as_of_block"], told["finality"]) == (HEAD, "final")
    assert told["amount"] == {"amount": "1284000.00", "currency": "USD"}
    assert told["ship_by"] == "2026-11-21T12:00:00Z"
    assert told["exporter"]["lei"] == lei("exporter")


def test_read_again_is_not_sent_again_while_nothing_changed(stage: Stage) -> None:
    order_id = stage.order()
    path = f"/v1/orders/0x{order_id.hex()}"
    tag = stage.get("importer", path).headers["etag"]
    again = stage.get("importer", path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    stage.order(state="FULFILLED")
    changed = stage.get("importer", path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["state"]) == (200, "FULFILLED")


def test_list_goes_on_where_it_ended(stage: Stage) -> None:
    ids = {"0x" + stage.order(f"PO-{n}").hex() for n in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        page = stage.get("exporter", f"/v1/orders?limit=2{cursor}").json()
        seen += [item["order_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&after={page['next']}"
    assert set(seen) == ids
    assert len(seen) == len(ids)


def test_list_may_be_narrowed_by_state(stage: Stage) -> None:
    stage.order("PO-1", state="PLACED")
    stage.order("PO-2")
    page = stage.get("exporter", "/v1/orders?state=PLACED").json()
    assert [item["reference"] for item in page["items"]] == ["PO-1"]


def test_p7_strangers_see_empty_lists(stage: Stage) -> None:
    order_id = stage.order()
    stage.title(order_id)
    for path in ("orders", "facilities", "releases", "limits", "approval-bands", "deposits"):
        assert stage.get("fintech", f"/v1/{path}").json()["items"] == [], path


def test_p7_keys_of_a_member_are_shown_to_itself_only(stage: Stage) -> None:
    path = f"/v1/participants/{lei('bank')}"
    assert stage.get("bank", path).json()["keys"]
    assert not stage.get("exporter", path).json()["keys"]


def test_p8_answers_hold_no_keys_of_ours(stage: Stage) -> None:
    stage.order()
    told = json.dumps([stage.get("exporter", f"/v1/{p}").json() for p in ("orders", "chain")])
    assert "token" not in told
    assert "devnet only" not in told


def test_before_the_first_block_nothing_is_known(stage: Stage) -> None:
    answer = stage.get("exporter", "/v1/chain")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
