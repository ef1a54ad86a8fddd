"""Measures the console's pages among many facilities, each beside its longest query alone.

One facility is real, on a real chain. The others are copies of it in the database alone, under
other names, lent by the same bank: one in a hundred still waits for its signatures.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from entrepot.api.app import create_app
from entrepot.chain import ids
from entrepot.console import create_console
from entrepot.console.screens import SCREENS
from entrepot.devnet import many_orders
from entrepot.devnet.benching import Spread, spread
from entrepot.devnet.crowd import Crowd
from entrepot.devnet.ground import open_ground
from entrepot.devnet.rehearsal import serve
from entrepot.devnet.sequencer import Mode
from entrepot.steps import World
from entrepot.store.multiplying import Copies, analyze, multiply
from entrepot.store.timing import statements_timed
from entrepot.wiring import open_world
from entrepot.worker import tick

START = datetime(2027, 1, 16, tzinfo=UTC)
CHUNK = 20_000
OFFICER = "bank.officer-1"
WARMING = 3
OTHERS = ("supervision",)
"""For regulators alone."""

PLAIN = ("trade_order", "order_attester", "evidence_item")
TRADES: Copies = {
    **{name: many_orders.ORDERS[name] for name in PLAIN},
    "facility": {
        **many_orders.FINANCED["facility"],
        "state": "CASE n % 100 WHEN 0 THEN 'REQUESTED' ELSE one.state END",
        "requested_block": "n % one.requested_block",
    },
    "facility_lender": {
        **many_orders.FINANCED["facility_lender"],
        "approved": "n % 100 <> 0",
    },
    "tranche": many_orders.FINANCED["tranche"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Milliseconds from request to last byte; query: of its longest statement, in the same
    requests. ratio: of the medians."""

    name: str
    path: str
    rows: int
    whole: Spread
    query: Spread
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    facilities: int
    requests: int
    pages: tuple[Page, ...]


def measure(
    parties: Path, folder: Path, facilities: int, requests: int, tell: Callable[[str], None]
) -> Measured:
    """requests: of each page, after the first few."""
    with (
        open_ground(folder, parties, mode=Mode.MANUAL, start=START, durable=False) as ground,
        open_world(ground.settings) as world,
    ):
        model = _founded(Crowd(ground, world), world)
        for start in range(0, facilities, CHUNK):
            end = min(start + CHUNK, facilities)
            with world.store.transaction() as session:
                multiply(session, TRADES, range(start, end), **model)
            tell(f"{end} facilities")
        analyze(world.store)
        app = create_app(world)
        app.mount("/console", create_console(world))
        with serve(app) as url, httpx.Client(base_url=f"{url}/console", timeout=120) as client:
            client.headers["Origin"] = url
            client.post("/login", data={"token": ground.tokens[OFFICER]})
            paths = _paths("0x" + model["financing_id"].hex())
            pages = [_page(client, world, *each, requests, tell) for each in paths.items()]
    return Measured(facilities=facilities, requests=requests, pages=tuple(pages))


def _founded(crowd: Crowd, world: World) -> dict[str, bytes]:
    """The ids of the order and of the facility that are copied."""
    crowd.found()
    [terms] = crowd.build(1, waiting=True)
    while not tick(world).idle:
        pass
    at = world.deployment
    own = ids.financing_id(at.chain_id, at["Financing"], terms.order_id, terms.natural_key)
    return {"order_id": bytes(terms.order_id), "financing_id": bytes(own)}


def _paths(facility_id: str) -> dict[str, str]:
    """Pages by name: every list that is in the menu, the first in each of its filters."""
    found = {each.name: each.path for each in SCREENS if each.key and each.name not in OTHERS}
    queues = {f"approvals, {show}": f"/?show={show}" for show in ("pending", "exceptions", "all")}
    more = {"search": "/?show=all&q=haishu", "facility": f"/facilities/{facility_id}"}
    return found | queues | more


def _page(
    client: httpx.Client,
    world: World,
    name: str,
    path: str,
    requests: int,
    tell: Callable[[str], None],
) -> Page:
    whole, longest, rows = list[float](), list[float](), 0
    with statements_timed(world.store) as statements:
        for number in range(WARMING + requests):
            statements.clear()
            began = time.perf_counter()
            answer = client.get(path)
            took = (time.perf_counter() - began) * 1000
            answer.raise_for_status()
            rows = answer.text.count("<tr data-row>")
            if number >= WARMING:
                whole.append(took)
                longest.append(max(statements))
    told, query = spread(whole), spread(longest)
    tell(f"{name}: {told.median_ms} ms, its longest query {query.median_ms} ms")
    ratio = round(told.median_ms / query.median_ms, 2)
    return Page(name=name, path=path, rows=rows, whole=told, query=query, ratio=ratio)


def lines(measured: Measured) -> Iterator[str]:
    """The figures in words."""
    yield f"{measured.requests} requests of each page among {measured.facilities:,} facilities"
    yield f"{'':24}{'rows':>6}{'median':>10}{'p99':>10}{'query':>10}{'p99':>10}{'ratio':>8}   ms"
    for p in measured.pages:
        times = (p.whole.median_ms, p.whole.p99_ms, p.query.median_ms, p.query.p99_ms)
        cells = "".join(f"{each:>10}" for each in times)
        yield f"{p.name:<24}{p.rows:>6}{cells}{p.ratio:>8}"
