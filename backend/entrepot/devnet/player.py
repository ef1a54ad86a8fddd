"""Plays a scenario through the public HTTP API, as the different members would."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import httpx

from entrepot.api.refusals import problem_of
from entrepot.chain.errors import CallReverted
from entrepot.client import Credentials, DpopAuth
from entrepot.devnet import hands
from entrepot.devnet.ground import Ground
from entrepot.devnet.scenario import ScenarioError, Step, fill, pick
from entrepot.kit.abi import to_plain

PATIENCE_S = 60.0
PAUSE_S_MIN, PAUSE_S = 0.005, 0.1
AWAY = (502, 503, 504)
MEDIA_TYPES = {
    ".json": "application/json",
    ".xml": "application/xml",
    ".edi": "application/edifact",
    ".pdf": "application/pdf",
}


class Stage(Protocol):
    """Where a scenario is played: a running devnet, or one that is driven step by step."""

    @property
    def url(self) -> str:
        """Where the API answers."""
        ...

    @property
    def credentials(self) -> dict[str, Credentials]:
        """Everybody's credentials, by name."""
        ...

    def now(self) -> float:
        """What its clock says, in unix seconds: proofs bear its time."""
        ...

    def move_to(self, at: datetime) -> None:
        """Lets the chain's clock go on from a time; one that has passed already changes nothing."""
        ...

    def settle(self) -> None:
        """Lets the worker do what is to be done; returns when it may have."""
        ...


@runtime_checkable
class Grounded(Stage, Protocol):
    """One that has the chain itself and everybody's keys: where more than requests is played."""

    @property
    def ground(self) -> Ground:
        """The chain and the keys beneath it."""
        ...

    def mine(self) -> None:
        """Has what the node was handed mined, where that does not happen by itself."""
        ...

    def fork(self, blocks: Sequence[Sequence[str]]) -> None:
        """Puts these blocks of raw transactions in the place of as many last ones."""
        ...


@dataclass(frozen=True, slots=True)
class Played:
    """One step that has been played: what was answered, and what its operation came to."""

    number: int
    step: Step
    status: int
    answer: dict[str, Any]
    took_s: float


@dataclass(slots=True)
class Player:
    """Plays steps one after the other and remembers what they saved.

    read_file: gives the content of a file that a step names; run: what makes the keys of these
    requests other than those of another run on the same stage.

    Every request carries an idempotency key of its own and is repeated until it is answered, so
    that an API or a worker that dies on the way changes nothing but the time it takes.
    """

    stage: Stage
    read_file: Callable[[str], bytes]
    run: str
    names: dict[str, str] = field(default_factory=dict[str, str])
    played: list[Played] = field(default_factory=list[Played])
    client: httpx.Client = field(init=False)
    _auths: dict[str, DpopAuth] = field(default_factory=dict[str, DpopAuth])

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.stage.url, timeout=PATIENCE_S)

    def play(self, steps: Iterable[Step], tell: Callable[[Played], None]) -> None:
        """Plays the steps in order; ScenarioError at the first that goes another way."""
        for step in steps:
            started = time.monotonic()
            if step.at is not None:
                self.stage.move_to(step.at)
            status, answer = self._do(step)
            for name, path in step.save.items():
                self.names[name] = str(pick(answer, path))
            took_s = time.monotonic() - started
            played = Played(len(self.played) + 1, step, status, answer, took_s)
            self.played.append(played)
            tell(played)

    def read(self, actor: str, path: str) -> Any:
        """What a member reads at a path."""
        return self._repeat(actor, "GET", path, {}).json()

    def auth_of(self, actor: str) -> DpopAuth:
        """How that actor proves its requests; ScenarioError when nobody is called so."""
        if actor not in self._auths:
            credentials = self.stage.credentials.get(actor)
            if credentials is None:
                raise ScenarioError(f"nobody of the cast is called {actor!r}")
            self._auths[actor] = DpopAuth(self.stage.url, credentials, now=self.stage.now)
        return self._auths[actor]

    def close(self) -> None:
        self.client.close()

    def _do(self, step: Step) -> tuple[int, dict[str, Any]]:
        if step.until:
            return self._wait(step)
        if step.fork:
            body = fill(step.body or {}, self.names)
            stage = self._grounded(step)
            stage.fork(hands.branch(stage.ground, step.fork, step.actor, step.call, body))
            stage.settle()
            return 200, {}
        status, answer = self._call(step) if step.call else self._act(step)
        wanted = step.expect if step.wait or status != httpx.codes.ACCEPTED else status
        if status != wanted or (step.refused and answer.get("code") != step.refused):
            raise ScenarioError(f"“{step.say}”: {status} {_why(answer)}")
        return status, answer

    def _call(self, step: Step) -> tuple[int, dict[str, Any]]:
        """A call past the API, and what the contract made of it."""
        stage, body = self._grounded(step), fill(step.body or {}, self.names)
        try:
            tx_hash = hands.reach(stage.ground, step.actor, step.call, body, int(stage.now()))
        except CallReverted as error:
            abi = error.revert.abi
            facts = {"contract": abi.contract, "arguments": to_plain(error.revert)}
            problem = problem_of({"name": abi.name, **facts})
            return problem.status, {"code": problem.code, "detail": problem.detail}
        except ValueError as error:
            raise ScenarioError(f"“{step.say}”: {step.call}: {error}") from error
        stage.mine()
        stage.settle()
        return 200, {"tx_hash": tx_hash}

    def _grounded(self, step: Step) -> Grounded:
        if not isinstance(self.stage, Grounded):
            raise ScenarioError(f"“{step.say}”: calls and forks need a devnet of one's own")
        return self.stage

    def _act(self, step: Step) -> tuple[int, dict[str, Any]]:
        request = self._request(step)
        key = step.key or f"{self.run}-{len(self.played) + 1}"
        headers = {"Idempotency-Key": key, **request.pop("headers", {})}
        path = fill(step.post, self.names)
        response = self._repeat(step.actor, "POST", path, {**request, "headers": headers})
        status, answer = response.status_code, response.json()
        if status == httpx.codes.ACCEPTED and step.wait:
            return self._outcome(step.actor, answer["operation_id"])
        return status, answer

    def _request(self, step: Step) -> dict[str, Any]:
        if step.file:
            files = {"file": (Path(step.file).name, self.read_file(step.file))}
            return {"data": fill(step.form, self.names), "files": files}
        if step.content:
            content = self.read_file(step.content)
            media_type = MEDIA_TYPES[Path(step.content).suffix]
            return {"content": content, "headers": {"Content-Type": media_type}}
        return {"json": fill(step.body or {}, self.names)}

    def _outcome(self, actor: str, operation_id: str) -> tuple[int, dict[str, Any]]:
        """What an accepted command came to: 200 with its result, or its problem and its status."""

        def poll() -> dict[str, Any] | None:
            self.stage.settle()
            operation = self.read(actor, f"/v1/operations/{operation_id}")
            return None if operation["status"] == "pending" else operation

        operation = self._until(poll, f"operation {operation_id}")
        if operation["status"] == "failed":
            problem: dict[str, Any] = operation["error"]
            return int(problem.get("status", 409)), problem
        return 200, operation

    def _wait(self, step: Step) -> tuple[int, dict[str, Any]]:
        path = fill(step.until, self.names)
        wanted = fill(step.equals, self.names)

        def poll() -> dict[str, Any] | None:
            self.stage.settle()
            answer = self.read(step.actor, path)
            met = all(str(pick(answer, at)) == str(value) for at, value in wanted.items())
            return answer if met else None

        return 200, self._until(poll, step.say)

    def _until(self, poll: Callable[[], dict[str, Any] | None], what: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        pause_s = PAUSE_S_MIN
        while True:
            if (found := poll()) is not None:
                return found
            if time.monotonic() > deadline:
                raise ScenarioError(f"“{what}” did not come to pass within {PATIENCE_S:.0f} s")
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, PAUSE_S)

    def _repeat(
        self, actor: str, method: str, path: str, request: dict[str, Any]
    ) -> httpx.Response:
        """Asks until answered: the idempotency key makes a repetition harmless."""
        auth = self.auth_of(actor)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                response = self.client.request(method, path, auth=auth, **request)
                if response.status_code not in AWAY and not _in_flight(response):
                    return response
                reason = f"{response.status_code} {response.text[:300]}"
            except httpx.TransportError as error:
                reason = f"{type(error).__name__}: {error}"
            if time.monotonic() > deadline:
                raise ScenarioError(f"{method} {path} is not answered: {reason}")
            time.sleep(PAUSE_S)


def _why(answer: dict[str, Any]) -> str:
    """A problem in a line; any other answer as it is."""
    if "code" in answer:
        return f"{answer['code']}: {answer.get('detail', '')}"
    return json.dumps(answer, ensure_ascii=False)


def _in_flight(response: httpx.Response) -> bool:
    """Whether an earlier attempt with the same key is still being dealt with."""
    return response.status_code == httpx.codes.CONFLICT and "idempotency" in str(
        response.json().get("code", "")
    )
