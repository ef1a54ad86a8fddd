"""Measures invoices a second: read and checked against EN 16931, and sent to a fact on the ledger.

Beside the reading, in the same run on the same files: lxml alone, which is the least that a reader
of XML could do, and the official XSLT of the norm run with saxonche. Neither is a part of Entrepot;
`scripts/bench ingest` installs both in a place of their own. What is missing is left out.
"""

import importlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import msgspec

from entrepot.client import DpopAuth
from entrepot.devnet import founding
from entrepot.devnet.player import Player
from entrepot.devnet.scenario import Scenario, ScenarioError, Step
from entrepot.devnet.stack import Stack, open_stack
from entrepot.domain.documents.reading import read

START = datetime(2026, 11, 6, tzinfo=UTC)
"""After the invoice's date, and before the order has to be accepted."""

ROUNDS = 25
ROUND_S = 0.1
"""A round repeats the files for so long, of the processor's time: others use the machine."""

SENDERS = 8
PATIENCE_S = 120.0
PAUSE_S = 0.02
NUMBER = "NHA-2026-0931"
AMOUNT = 1_284_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Invoices a second, of one processor's time, medians. entrepot: from bytes to a typed document
    with every rule checked. lxml and xslt: the same files parsed by lxml alone, and judged by the
    official XSLT; None where it is missing. lxml_ratio: lxml over entrepot; xslt_ratio: entrepot
    over xslt. ledger: through the API to a fact on the ledger, by the clock; None where it was not
    asked for. ledger_ratio: entrepot over ledger."""

    files: int
    kilobytes: float
    entrepot: float
    lxml: float | None
    xslt: float | None
    lxml_ratio: float | None
    xslt_ratio: float | None
    ledger: float | None
    ledger_ratio: float | None


def measure(
    contents: Sequence[bytes], xslt: Path | None, ledger: float | None, tell: Callable[[str], None]
) -> Measured:
    """contents: sound invoices. ledger: what `to_the_ledger` measured before, or None."""
    ways: dict[str, Callable[[bytes], object]] = {"entrepot": read}
    if (parse := _lxml()) is not None:
        ways["lxml"] = parse
    if xslt is not None and (judge := _saxon(xslt)) is not None:
        ways["xslt"] = judge
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():  # in turn, so that a slow moment is shared
            rates[name].append(_rate(way, contents))
    ours, bare, official = rates["entrepot"], rates.get("lxml", []), rates.get("xslt", [])
    at = {name: round(median(each), 1) for name, each in rates.items()}
    tell("read: " + ", ".join(f"{name} {rate} a second" for name, rate in at.items()))
    return Measured(
        files=len(contents),
        kilobytes=round(sum(map(len, contents)) / len(contents) / 1000, 1),
        entrepot=at["entrepot"],
        lxml=at.get("lxml"),
        xslt=at.get("xslt"),
        lxml_ratio=_ratio(bare, ours),
        xslt_ratio=_ratio(ours, official),
        ledger=ledger and round(ledger, 1),
        ledger_ratio=ledger and round(at["entrepot"] / ledger, 1),
    )


def _ratio(some: Sequence[float], others: Sequence[float]) -> float | None:
    """Between what was measured in the same round: the median of all rounds."""
    ratios = [one / other for one, other in zip(some, others, strict=False)]
    return round(median(ratios), 2) if ratios else None


def _rate(way: Callable[[bytes], object], contents: Sequence[bytes]) -> float:
    """Invoices a second of the processor's time, for others may use the machine as well."""
    began, done = time.thread_time(), 0
    while time.thread_time() - began < ROUND_S:
        for content in contents:
            way(content)
        done += len(contents)
    return done / (time.thread_time() - began)


def _lxml() -> Callable[[bytes], object] | None:
    try:
        return importlib.import_module("lxml.etree").fromstring
    except ImportError:
        return None


def _saxon(stylesheet: Path) -> Callable[[bytes], object] | None:
    """The compiled stylesheet as a function of an invoice's bytes."""
    try:
        saxonche: Any = importlib.import_module("saxonche")
    except ImportError:
        return None
    processor = saxonche.PySaxonProcessor(license=False)
    compiled = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(stylesheet))

    def judge(content: bytes) -> object:
        return compiled.transform_to_string(xdm_node=processor.parse_xml(xml_text=content.decode()))

    return judge


def to_the_ledger(
    scenario: Scenario, folder: Path, count: int, tell: Callable[[str], None]
) -> float:
    """Invoices a second from the first that is sent to the last that is a fact on the ledger.

    A devnet of its own is founded and one order placed that they all belong to; the invoice is the
    scenario's, under `count` numbers, sent by a few senders at once.
    """
    with open_stack(folder, scenario.folder / scenario.cast, start=START) as stack:
        founding.found(stack, stack.ground.members, lambda _: None)
        order = _place_order(stack, scenario, count)
        step = next(each for each in scenario.steps if each.form == {"kind": "INVOICE"})
        content = scenario.read(step.file)
        tell(f"{count} invoices")
        with httpx.Client(base_url=stack.url, timeout=PATIENCE_S) as client:
            client.auth = DpopAuth(stack.url, stack.credentials[step.actor])
            began = time.perf_counter()
            with ThreadPoolExecutor(SENDERS) as pool:
                sent = pool.map(lambda n: _send(client, order, content, n), range(count))
                _wait(client, list(sent))
            return count / (time.perf_counter() - began)


def _place_order(stack: Stack, scenario: Scenario, count: int) -> str:
    """An order that so many invoices fit into."""
    placing = next(each for each in scenario.steps if each.post == "/v1/orders")
    amount = {"amount": f"{AMOUNT * count}.00", "currency": "USD"}
    larger = msgspec.structs.replace(placing, body={**(placing.body or {}), "amount": amount})
    accepting = next(each for each in scenario.steps if each.post.endswith(":accept"))
    steps: list[Step] = [larger, accepting]
    player = Player(stack, scenario.read, "order")
    try:
        player.play(steps, lambda _: None)
        return player.names["order"]
    finally:
        player.close()


def _send(client: httpx.Client, order: str, content: bytes, number: int) -> str:
    other = content.replace(NUMBER.encode(), f"NHA-{70_000 + number}".encode())
    response = client.post(
        f"/v1/orders/{order}/documents",
        data={"kind": "INVOICE"},
        files={"file": ("invoice.xml", other)},
        headers={"Idempotency-Key": f"invoice-{number}"},
    )
    if response.status_code != httpx.codes.ACCEPTED:
        raise ScenarioError(f"an invoice is not accepted: {response.text[:500]}")
    return response.json()["operation_id"]


def _wait(client: httpx.Client, operations: list[str]) -> None:
    """Returns when all are done; ScenarioError when one failed or they take too long."""
    deadline = time.perf_counter() + PATIENCE_S
    while operations:
        operation = client.get(f"/v1/operations/{operations[-1]}").raise_for_status().json()
        if operation["status"] == "failed" or time.perf_counter() > deadline:
            raise ScenarioError(f"an invoice did not become a fact: {operation}")
        if operation["status"] == "pending":
            time.sleep(PAUSE_S)
        else:
            operations.pop()


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words."""
    m = measured
    yield f"{m.files} invoice(s) of {m.kilobytes} kB, in invoices a second"
    yield f"{'read and checked':<32}{m.entrepot:>10}"
    for name, rate, ratio in (
        ("lxml alone, nothing checked", m.lxml, f"{m.lxml_ratio} times ours"),
        ("official XSLT with saxonche", m.xslt, f"ours is {m.xslt_ratio} times faster"),
    ):
        yield f"{name:<32}{rate or 'not there':>10}" + (f"   {ratio}" if rate else "")
    if m.ledger is not None:
        told = f"reading is {m.ledger_ratio} times faster"
        yield f"{'API to a fact on the ledger':<32}{m.ledger:>10}   {told}"
