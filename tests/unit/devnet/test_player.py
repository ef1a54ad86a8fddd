"""The player repeats until it is answered, and stops at the first answer that is another."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from msgspec import structs

from entrepot.client import Credentials
from entrepot.devnet.ground import Ground
from entrepot.devnet.player import Player
from entrepot.devnet.scenario import ScenarioError, Step

AT = datetime(2026, 11, 2, tzinfo=UTC)


class Stage:
    """A stage that notes what it is asked for."""

    url = "http://stage"

    def __init__(self) -> None:
        self.credentials = {"exporter": Credentials.new("client_1")}
        self.moved: list[datetime] = []
        self.settled = 0

    def now(self) -> float:
        return AT.timestamp()

    def move_to(self, at: datetime) -> None:
        self.moved.append(at)

    def settle(self) -> None:
        self.settled += 1

    @property
    def ground(self) -> Ground:
        raise AssertionError("no request needs the chain")

    def mine(self) -> None:
        raise AssertionError("no request mines")

    def fork(self, blocks: Sequence[Sequence[str]]) -> None:
        raise AssertionError(f"no request forks to {blocks}")


class Api:
    """Answers in a fixed order, and keeps what it was sent."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "secret", "expires_in": 300})
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(http: int, **content: Any) -> httpx.Response:
    return httpx.Response(http, json=content)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def player(stage: Stage) -> Iterator[Player]:
    player = Player(stage, lambda name: name.encode(), "test")
    yield player
    player.close()


def speak(player: Player, api: Api) -> None:
    player.client.close()
    player.client = httpx.Client(base_url="http://stage", transport=httpx.MockTransport(api))


PLACE = Step(say="places", actor="exporter", post="/v1/orders", body={"reference": "PO"}, at=AT)


def test_request_is_repeated_with_its_key_until_it_is_answered(
    player: Player, stage: Stage
) -> None:
    api = Api(httpx.ConnectError("gone"), answer(503), answer(200, operation_id="op_1"))
    speak(player, api)
    player.play([PLACE], lambda _: None)
    keys = {request.headers["Idempotency-Key"] for request in api.requests}
    assert len(api.requests) == 3
    assert keys == {"test-1"}
    assert api.requests[0].headers["Authorization"] == "DPoP secret"
    assert len({request.headers["DPoP"] for request in api.requests}) == 3
    assert stage.moved == [AT]


def test_accepted_command_is_followed_to_its_end(player: Player, stage: Stage) -> None:
    pending, done = {"status": "pending"}, {"status": "succeeded", "result": {"order_id": "0x1"}}
    accepted = answer(202, operation_id="op_1")
    api = Api(accepted, answer(200, **pending), answer(200, **done), answer(200))
    speak(player, api)
    saving = Step(say="s", actor="exporter", post="/v1/orders", save={"order": "result.order_id"})
    player.play([saving, Step(say="t", actor="exporter", post="/v1/{order}")], lambda _: None)
    assert player.names == {"order": "0x1"}
    assert api.requests[-1].url.path == "/v1/0x1"
    assert stage.settled == 2


def test_operation_that_failed_is_the_answer(player: Player) -> None:
    problem = {"status": 409, "code": "wrong-state", "detail": "it is PLACED"}
    failed = answer(200, status="failed", error=problem)
    speak(player, Api(answer(202, operation_id="op_1"), failed))
    with pytest.raises(ScenarioError, match="409 wrong-state: it is PLACED"):
        player.play([PLACE], lambda _: None)


def test_expected_refusal_is_as_it_should_be(player: Player) -> None:
    refused = Step(say="s", actor="exporter", post="/v1/orders", expect=409, refused="wrong-state")
    speak(player, Api(httpx.Response(409, json={"code": "wrong-state"})))
    player.play([refused], lambda _: None)
    assert player.played[0].status == 409


def test_file_is_sent_as_it_is(player: Player) -> None:
    api = Api(answer(200))
    speak(player, api)
    player.play([Step(say="s", actor="exporter", post="/v1/x", content="events.json")], print)
    assert api.requests[0].content == b"events.json"
    assert api.requests[0].headers["Content-Type"] == "application/json"


def test_waiting_step_polls_until_the_fields_are_there(player: Player, stage: Stage) -> None:
    api = Api(answer(200, state="PENDING"), answer(200, state="RELEASED"))
    speak(player, api)
    waits = Step(say="s", actor="exporter", until="/v1/x", equals={"state": "RELEASED"})
    player.play([waits], lambda _: None)
    assert json.loads(json.dumps(player.played[0].answer)) == {"state": "RELEASED"}
    assert stage.settled == 2


def test_actor_who_is_not_in_the_cast_is_refused(player: Player) -> None:
    with pytest.raises(ScenarioError, match="'nobody'"):
        player.play([Step(say="s", actor="nobody", post="/v1/x")], lambda _: None)


def test_step_that_does_not_wait_goes_on_with_what_was_accepted(player: Player) -> None:
    speak(player, Api(answer(202, operation_id="op_1", result={"order_id": "0x01"})))
    step = structs.replace(PLACE, wait=False, save={"order": "result.order_id"})
    player.play([step], lambda _: None)
    assert player.names == {"order": "0x01"}


def test_step_that_does_not_wait_is_refused_at_the_door_as_any_other(player: Player) -> None:
    speak(player, Api(answer(409, code="wrong-state")))
    with pytest.raises(ScenarioError, match="wrong-state"):
        player.play([structs.replace(PLACE, wait=False)], lambda _: None)
