"""The stream of events: resumed exactly, also over a restart; bounded, and closed to strangers."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from entrepot.api import streaming
from entrepot.api.deps import Window
from entrepot.api.routes.events import Follows
from entrepot.api.streaming import Pace, Streams, follow
from entrepot.domain.cloudevents import CloudEvent
from entrepot.kit.processes import free_port
from entrepot.steps.submission.caller import Caller
from entrepot.store.session import StoreUnavailable
from entrepot.views.events import Wanted
from entrepot.views.values import Page
from tests.api.serving import serve
from tests.api.stage import HEAD, Stage, member
from tests.api.telling import accepted, feed_of, recorded, tell

pytestmark = pytest.mark.postgres
BEGINNING = {"after": "0.0"}


def frames(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """The frames of a stream, as an EventSource reads them."""
    frame: dict[str, str] = {}
    for line in lines:
        if not line:
            yield frame
            frame = {}
            continue
        name, _, value = line.partition(":")
        frame[name] = frame.get(name, "") + value.removeprefix(" ")


def listen(
    stage: Stage,
    url: str,
    count: int,
    actor: str = "exporter",
    last: str | None = None,
    **query: Any,
) -> list[dict[str, str]]:
    """The first `count` events of a stream, with their ids."""
    headers = stage.headers(actor, **({"Last-Event-ID": last} if last else {}))
    found: list[dict[str, str]] = []
    with httpx.stream(
        "GET", f"{url}/v1/events/stream", headers=headers, params=query, timeout=30
    ) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        for frame in frames(response.iter_lines()):
            found += [frame] if "data" in frame else []
            if len(found) == count:
                return found
    raise AssertionError(f"the stream ended after {len(found)} events")


def test_stream_goes_on_after_the_last_id_also_from_another_server(stage: Stage) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, *([accepted(order_id)] * 150))
    whole = feed_of(stage, "exporter", limit=500)
    port = free_port()
    with serve(stage.world, port) as url:
        first = listen(stage, url, 70, **BEGINNING)
    with serve(stage.world, port) as url:
        rest = listen(stage, url, 80, last=first[-1]["id"])
        tell(stage, HEAD + 2, recorded(order_id))
        [last] = listen(stage, url, 1, last=rest[-1]["id"])
    told = [json.loads(frame["data"]) for frame in (*first, *rest, last)]
    assert told == [*whole, *feed_of(stage, "exporter", after=rest[-1]["id"])]
    assert [frame["id"] for frame in first] == [event["cursor"] for event in whole[:70]]


def test_stream_is_narrowed_like_the_list(stage: Stage) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id), recorded(order_id), accepted(order_id))
    with serve(stage.world) as url:
        [frame] = listen(stage, url, 1, **BEGINNING, type="entrepot.customs.*")
        [found] = listen(stage, url, 1, actor="import_customs", **BEGINNING)
    assert json.loads(frame["data"])["type"] == "entrepot.customs.import_released"
    assert json.loads(found["data"])["type"] == "entrepot.order.accepted"


@pytest.mark.parametrize("query", [{"type": "entrepot.no.such"}, {"after": "x"}])
def test_what_can_never_come_is_refused_before_the_stream_begins(
    stage: Stage, query: dict[str, str]
) -> None:
    answer = stage.get("exporter", "/v1/events/stream", params={**BEGINNING, **query})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


def collect(look: Any, after: str | None, pace: Pace, count: int) -> list[bytes]:
    """The first frames of a stream, by themselves."""

    async def go() -> list[bytes]:
        found: list[bytes] = []
        async for frame in follow(look, after, pace):
            found.append(frame)
            if len(found) == count:
                break
        return found

    return asyncio.run(go())


def following(stage: Stage, asks: Wanted) -> Follows:
    """The exporter's own look."""
    caller = Caller(
        participant_id=member("exporter"), key=None, scopes=frozenset(("read",)), label="exporter"
    )
    request = Request({"type": "http"})
    return Follows(Window(stage.world, caller, request), asks)


def test_silent_stream_beats_and_says_how_far_it_is(stage: Stage) -> None:
    """So that whoever waits for a rare event does not look through all others again."""
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id))
    rare = Wanted(types=("entrepot.customs.hold",))
    look = following(stage, rare)
    start, beat = collect(look, "0.0", Pace(beat_s=0, look_s=0), 2)
    assert b"retry: 1000" in start
    assert b"id: 0.0\n" in start
    assert beat.startswith(b": beat")
    assert b"data:" not in beat


def test_idle_stream_reads_nothing_until_there_is_more(stage: Stage) -> None:
    order_id = stage.order()
    tell(stage, HEAD + 1, accepted(order_id))
    look = following(stage, Wanted())
    page = look("0.0")
    assert page is not None
    assert [len(page.items), look.seen] == [1, None]
    again = look(page.next)
    assert again == Page((), page.next)
    assert look.seen == HEAD + 1
    tell(stage, HEAD + 2, accepted(order_id))
    more = look(page.next)
    assert more is not None
    assert len(more.items) == 1


def test_stream_ends_when_the_member_is_suspended_or_the_database_away(stage: Stage) -> None:
    stage.suspend("exporter")
    look = following(stage, Wanted())
    assert len(collect(look, "0.0", Pace(), 9)) == 1

    def away(_: str | None) -> Page[CloudEvent]:
        raise StoreUnavailable("OperationalError")

    assert len(collect(away, "0.0", Pace(), 9)) == 1


def test_stream_ends_after_its_life_so_that_the_token_is_looked_at_again(stage: Stage) -> None:
    look = following(stage, Wanted())
    assert len(collect(look, "0.0", Pace(life_s=0), 9)) == 1


def test_page_is_read_only_when_the_last_one_was_taken(stage: Stage) -> None:
    """A client that does not read makes us hold one page and no more."""
    order_id = stage.order()
    tell(stage, HEAD + 1, *([accepted(order_id)] * 250))
    inner, looks = following(stage, Wanted()), []

    def look(after: str | None) -> Page[CloudEvent] | None:
        looks.append(after)
        return inner(after)

    frames = collect(look, "0.0", Pace(), 1 + 100)
    assert len(frames) == 101
    assert len(looks) == 1


def test_member_has_so_many_streams_and_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "PER_MEMBER_MAX", 1)
    streams = Streams()
    with streams.place(b"a") as first, streams.place(b"a") as second, streams.place(b"b") as other:
        assert (first, second, other) == (True, False, True)
    api: Any = stage.client.app
    with api.state.streams.place(member("exporter")):
        refused = stage.get("exporter", "/v1/events/stream")
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-streams")
    assert refused.headers["retry-after"] == "30"
