"""Measures reads and commands a second through one process of the API on one core; beside it, in
turn in the same run, a bare route that answers the same order to anybody, and PostgreSQL asked the
same by itself.

Everything is put together and signed before it is sent, so that the sender costs little.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import httpx

from entrepot import worker
from entrepot.client import DpopAuth
from entrepot.devnet.crowd import Crowd
from entrepot.devnet.ground import Ground, environment, open_ground
from entrepot.kit.processes import Child, free_port, listens
from entrepot.steps import World
from entrepot.views.chain import as_of
from entrepot.views.orders import get_order
from entrepot.wiring import open_world

ROUNDS = 9
AT_A_TIME = 8
"""Requests on their way."""
READY_S = 60.0
HOST = "127.0.0.1"
QUOTAS = {"ENTREPOT_READS_PER_MINUTE": "10000000", "ENTREPOT_COMMANDS_PER_MINUTE": "10000000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """per_second: median of the rounds. p99_ms: of all requests, with as many on their way as the
    sender allows. cpu_ms: of the answering process for one request, median of the rounds; None for
    PostgreSQL, which is asked by this very process."""

    per_second: float
    p99_ms: float
    cpu_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """postgres: the same statements, one after another on one connection. bare: a route that
    answers them. read, command: ours, with a token bound to a key and a proof for each request; a
    command places an order. Ratios are of the same round, medians: read_ratio, read over bare;
    read_cpu_ratio, the processor's time of bare over that of read; postgres_ratio, read over
    postgres; command_ratio, command over bare."""

    requests: int
    postgres: Rate
    bare: Rate
    read: Rate
    command: Rate
    read_ratio: float
    read_cpu_ratio: float
    postgres_ratio: float
    command_ratio: float
    load: float


def measure(parties: Path, folder: Path, requests: int, tell: Callable[[str], None]) -> Measured:
    """requests: in each round, of each way."""
    with (
        open_ground(folder, parties, api_port=free_port(), durable=False) as ground,
        open_world(ground.settings) as world,
    ):
        Crowd(ground, world).found()
        while not worker.tick(world).idle:
            pass
        bare_port = free_port()
        with (
            _serving(ground, ["-m", "entrepot", "api"], ground.settings.api_port) as api,
            _serving(ground, ["-m", "entrepot.devnet.bare_api", str(bare_port)], bare_port) as bare,
        ):
            sender = _Sender(ground)
            order = _an_order(world, sender)
            tell(f"order {order}")
            rounds = {name: _Rounds() for name in ("postgres", "bare", "read", "command")}
            for number in range(ROUNDS + 1):
                for name, took in _a_round(world, sender, order, bare_port, requests, api, bare):
                    if number:  # the first one warms up
                        rounds[name].note(took, requests)
            load = os.getloadavg()[0]
    return _summed_up(requests, rounds, load)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds: by the clock, of the answering process's processor, of each request."""

    clock_s: float
    cpu_s: float | None
    each_s: list[float]


@dataclass(slots=True)
class _Rounds:
    rates: list[float] = field(default_factory=list[float])
    cpu_ms: list[float] = field(default_factory=list[float])
    each_s: list[float] = field(default_factory=list[float])

    def note(self, took: Took, requests: int) -> None:
        self.rates.append(requests / took.clock_s)
        self.each_s.extend(took.each_s)
        if took.cpu_s is not None:
            self.cpu_ms.append(took.cpu_s / requests * 1000)

    def rate(self) -> Rate:
        ranked = sorted(self.each_s)
        return Rate(
            per_second=round(median(self.rates), 1),
            p99_ms=round(ranked[int(len(ranked) * 0.99)] * 1000, 2),
            cpu_ms=round(median(self.cpu_ms), 3) if self.cpu_ms else None,
        )


def _summed_up(requests: int, rounds: dict[str, _Rounds], load: float) -> Measured:
    def ratio(some: Sequence[float], others: Sequence[float]) -> float:
        return round(median(a / b for a, b in zip(some, others, strict=True)), 3)

    postgres, bare, read, command = (
        rounds[name] for name in ("postgres", "bare", "read", "command")
    )
    return Measured(
        requests=requests,
        postgres=postgres.rate(),
        bare=bare.rate(),
        read=read.rate(),
        command=command.rate(),
        read_ratio=ratio(read.rates, bare.rates),
        read_cpu_ratio=ratio(bare.cpu_ms, read.cpu_ms),
        postgres_ratio=ratio(read.rates, postgres.rates),
        command_ratio=ratio(command.rates, bare.rates),
        load=round(load, 1),
    )


def _a_round(
    world: World, sender: "_Sender", order: str, bare_port: int, count: int, api: int, bare: int
) -> Iterator[tuple[str, Took]]:
    """Each way once, in turn, so that a slow moment is shared."""
    path, port = f"/v1/orders/{order}", sender.port
    yield "postgres", _ask_postgres(world, bytes.fromhex(order[2:]), count)
    yield "bare", _send(bare, bare_port, [_request("GET", path, bare_port, {})] * count, 200)
    yield "read", _send(api, port, [sender.signed("GET", path) for _ in range(count)], 200)
    placing = [sender.placing() for _ in range(count)]
    yield "command", _send(api, port, placing, 202)


def _ask_postgres(world: World, order_id: bytes, count: int) -> Took:
    each: list[float] = []
    with world.store.reading() as session:
        for _ in range(count):
            began = time.perf_counter()
            if get_order(session, None, order_id) is None or as_of(session) is None:
                raise AssertionError("the order is not there")
            each.append(time.perf_counter() - began)
    return Took(sum(each), None, each)


class _Sender:
    """The exporter's machine: signs beforehand what is sent later."""

    def __init__(self, ground: Ground) -> None:
        self.port = ground.settings.api_port
        self.url = f"http://{HOST}:{self.port}"
        self.importer = next(m.lei for m in ground.members if m.alias == "importer")
        self._auth = DpopAuth(self.url, ground.credentials["exporter"])
        self._placed, self._token, self._since = 0, "", 0.0

    def signed(self, method: str, path: str, body: bytes = b"", key: str = "") -> bytes:
        """One request, which holds for a minute."""
        if time.monotonic() - self._since > 60:
            with httpx.Client(timeout=READY_S) as client:
                self._token, self._since = self._auth.log_in(client), time.monotonic()
        headers = {
            "Authorization": f"DPoP {self._token}",
            "DPoP": self._auth.proof(method, self.url + path, self._token),
        }
        if body:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": key}
        return _request(method, path, self.port, headers, body)

    def placing(self) -> bytes:
        """A request that places another order."""
        self._placed += 1
        number = f"BENCH-{self._placed}"
        day = time.strftime("%Y-%m-%dT00:00:00Z", time.gmtime(time.time() + 9 * 86_400))
        body = {
            "reference": number,
            "importer": self.importer,
            "amount": {"amount": "1284000.00", "currency": "USD"},
            "origin": "CN",
            "destination": "NL",
            "accept_by": day,
            "ship_by": day,
            "attesters": [{"participant": self.importer, "kinds": ["PURCHASE_ORDER"]}],
        }
        return self.signed("POST", "/v1/orders", json.dumps(body).encode(), number)


def _an_order(world: World, sender: _Sender) -> str:
    """Places an order through the API, and sees it onto the ledger and back."""
    status, content = asyncio.run(_answer(sender.port, sender.placing()))
    if status != 202:
        raise AssertionError(f"the order was refused: {content!r}")
    order = str(json.loads(content)["result"]["order_id"])
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        worker.tick(world)
        with world.store.reading() as session:
            if get_order(session, None, bytes.fromhex(order[2:])) is not None:
                return order
    raise AssertionError("the order does not come onto the ledger")


def _request(
    method: str, path: str, port: int, headers: dict[str, str], body: bytes = b""
) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def _send(pid: int, port: int, requests: Sequence[bytes], status: int) -> Took:
    """All of them, a few at a time, each connection one after another."""
    before, began = _cpu_s(pid), time.perf_counter()
    each = asyncio.run(_through(port, requests, status))
    return Took(time.perf_counter() - began, _cpu_s(pid) - before, each)


async def _through(port: int, requests: Sequence[bytes], status: int) -> list[float]:
    async def some(mine: Sequence[bytes]) -> list[float]:
        reader, writer = await asyncio.open_connection(HOST, port)
        each: list[float] = []
        for request in mine:
            began = time.perf_counter()
            writer.write(request)
            found, content = await _read(reader)
            each.append(time.perf_counter() - began)
            if found != status:
                raise AssertionError(f"answered {found}: {content[:500]!r}")
        writer.close()
        return each

    parts = [requests[start::AT_A_TIME] for start in range(AT_A_TIME)]
    return [s for found in await asyncio.gather(*map(some, parts)) for s in found]


async def _answer(port: int, request: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(request)
    found = await _read(reader)
    writer.close()
    return found


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """An answer's status and content; it must tell its length."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return int(head.split(b" ", 2)[1]), await reader.readexactly(length)


@contextmanager
def _serving(ground: Ground, arguments: list[str], port: int) -> Iterator[int]:
    """A program that answers at that port, on one core; its process id."""
    child = Child(
        [sys.executable, *arguments],
        log=ground.settings.state_folder / f"{port}.log",
        environment={**environment(ground.settings), **QUOTAS},
        grace_s=5,
    ).start()
    try:
        if hasattr(os, "sched_setaffinity"):  # its threads come later and stay there too
            os.sched_setaffinity(child.pid, {min(os.sched_getaffinity(0))})
        child.wait_until(lambda: listens(port), timeout_s=READY_S)
        yield child.pid
    finally:
        child.stop()


def _cpu_s(pid: int) -> float:
    """Seconds of the processor that a process has had (Linux; elsewhere the clock)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return time.perf_counter()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words."""
    m = measured
    yield f"one process of the API on one core, {m.requests} requests a round, load {m.load}"
    for what, rate, ratio in (
        ("PostgreSQL by itself", m.postgres, ""),
        ("a bare route, for anybody", m.bare, ""),
        (
            "an order, token and proof",
            m.read,
            f"{m.read_ratio} of the bare route ({m.read_cpu_ratio} by processor time), "
            f"{m.postgres_ratio} of PostgreSQL",
        ),
        ("a command, token and proof", m.command, f"{m.command_ratio} of the bare route"),
    ):
        cpu = "" if rate.cpu_ms is None else f"{rate.cpu_ms:>8} ms of a core"
        yield f"{what:<28}{rate.per_second:>9}/s   p99 {rate.p99_ms:>7} ms{cpu:<22} {ratio}"
