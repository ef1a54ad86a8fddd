"""Figures for Prometheus: how requests are dealt with here, and how the engine stands.

Those of the engine are read from the database when they are asked for, so any process of the API
tells them for all. No label names a participant, an order or an amount.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from entrepot.chain.errors import ChainError
from entrepot.steps import World
from entrepot.views.machinery import Machinery, machinery

SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The figures of one application."""

    def __init__(self, world: World) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "entrepot_request_seconds",
            "From the first byte of a request to the last of its answer.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.registry.register(Engine(world))


class Engine(Collector):
    """How far the chain is known, how far each step has come, and what waits to be sent."""

    def __init__(self, world: World) -> None:
        self._world = world

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database before somebody wants to know."""
        return []

    def collect(self) -> Iterator[Metric]:
        with self._world.store.reading() as session:
            seen = machinery(session, self._world.settings.finality)
        yield from _of_chain(self._world, seen)
        step = GaugeMetricFamily(
            "entrepot_step_block", "The block up to which a step has come.", labels=["step"]
        )
        for name, block in seen.steps.items():
            step.add_metric([name], block)
        outbox = GaugeMetricFamily(
            "entrepot_outbox_calls", "Calls of ours by their state.", labels=["state"]
        )
        for state, count in seen.outbox.items():
            outbox.add_metric([state], count)
        yield step
        yield outbox
        yield GaugeMetricFamily(
            "entrepot_outbox_oldest_seconds",
            "How long the oldest call that is not mined has waited; 0 for none.",
            value=oldest_wait_s(seen, self._world.clock.now()),
        )


def _of_chain(world: World, seen: Machinery) -> Iterator[Metric]:
    indexed = -1 if seen.as_of is None else seen.as_of.block
    yield GaugeMetricFamily("entrepot_indexed_block", "The newest block known here.", value=indexed)
    try:
        head = world.node.block().number
    except ChainError:
        yield GaugeMetricFamily("entrepot_node_up", "Whether a node answers.", value=0)
        return
    yield GaugeMetricFamily("entrepot_node_up", "Whether a node answers.", value=1)
    yield GaugeMetricFamily(
        "entrepot_lag_blocks", "Blocks of the node that are not known here.", value=lag(seen, head)
    )


def lag(seen: Machinery, head: int) -> int:
    """Blocks up to `head` that are not indexed yet."""
    indexed = -1 if seen.as_of is None else seen.as_of.block
    return max(0, head - indexed)


def oldest_wait_s(seen: Machinery, now: datetime) -> float:
    """Seconds that the oldest call waits to be mined; 0 when none does."""
    since = [lane.waits_since for lane in seen.lanes if lane.waits_since is not None]
    return max(0.0, (now - min(since)).total_seconds()) if since else 0.0
