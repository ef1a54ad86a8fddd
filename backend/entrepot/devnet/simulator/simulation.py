"""One history: members ask, the chain moves, workers tick and fail; and everything is looked at."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.chain.errors import BlockUnknown, NodeLied, NodeUnavailable
from entrepot.chain.node import HttpNode
from entrepot.devnet.simulator import kinds, stage
from entrepot.devnet.simulator.chain import Block, Chain, Tx
from entrepot.devnet.simulator.checks import Broken, Checks
from entrepot.devnet.simulator.endpoint import Endpoint, Mirror
from entrepot.devnet.simulator.faults import (
    LIES,
    PATIENT,
    RARE,
    Disk,
    Fate,
    Fault,
    Killed,
    Line,
    Planned,
    Safe,
)
from entrepot.devnet.simulator.members import Members
from entrepot.settings import Settings
from entrepot.steps import Halt, World
from entrepot.steps.indexing import service as indexing
from entrepot.steps.sending.service import Sent
from entrepot.store.session import Store, StoreUnavailable
from entrepot.store.vault import Vault
from entrepot.views.digest import digest
from entrepot.worker import Tick, tick

POLICIES = ("depth:6", "depth:3", "tag", "instant")
TAG_DEPTH = 4
WORKERS = 2
BLOCK_S_MAX = 4
ROUNDS_MAX = 100
TICKS_MAX = 50
REST_S = 6
POLL_S = 0.001

Fresh = Callable[[], AbstractContextManager[str]]

WAITED_OUT = (NodeUnavailable, NodeLied, BlockUnknown, StoreUnavailable)
"""What `worker.turn` waits out; anything else but a halt with its reason would end the worker."""


class DriftingClock:
    """A Clock that a machine's owner, or its time server, moves both ways."""

    def __init__(self) -> None:
        self.at = datetime.fromtimestamp(stage.START, UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """faults: names in kinds.KINDS. orders: how many are opened; None is no end of them. trail: of
    how many of the last things that happened there is a note."""

    faults: tuple[str, ...] = tuple(kinds.USUAL)
    orders: int | None = None
    trail: int = 60


USUALLY = Asked()


class Simulation:
    """Everything that one seed makes. fresh: opens an empty database; one for the workers, and one
    each time that the chain is read again from zero."""

    def __init__(self, seed: int, fresh: Fresh, asked: Asked = USUALLY) -> None:
        self.chance = Random(seed)  # noqa: S311 (a history that can be played again)
        self.policy = POLICIES[seed % len(POLICIES)]
        depth = {"instant": 0, "tag": TAG_DEPTH}.get(self.policy)
        self.chain = Chain(seed, int(self.policy[6:]) if depth is None else depth)
        self.clock = DriftingClock()
        self.members = Members(self.chain, self.chance, asked.orders)
        self._asked, self._steps = asked, kinds.steps(asked.faults)
        self._faults = kinds.faults(asked.faults)
        self._away, self._deaf = 0, [0] * WORKERS
        self.checks = Checks(self.chain)
        self.counts: Counter[str] = Counter()
        self.trail: list[str] = []
        self._seed, self._fresh, self._databases = seed, fresh, ExitStack()
        self._url = self._databases.enter_context(fresh())
        self._left, self._halted, self._held, self._compare_at = self.chain.blocks, 0, b"", 40
        self.fates = [Fate(self._happens) for _ in range(WORKERS)]
        self._busy: set[int] = set()
        self._open = [ExitStack() for _ in range(WORKERS)]
        self.worlds = [self._world(i) for i in range(WORKERS)]
        indexing.pin(self.worlds[0])

    def step(self) -> None:
        """One thing happens, and everything is looked at. Raises Broken."""
        names, weights = zip(*self._steps.items(), strict=True)
        (name,) = self.chance.choices(names, weights)
        self._note(name)
        getattr(self, "_" + name)()
        self.checks.after_step(self._store)
        if len(self.chain.blocks) >= self._compare_at and self.checks.caught_up(self._store):
            self.compare()

    def rest(self) -> None:
        """Faults end; everything must come to an end too. Raises Broken."""
        self._held, self._halted, self._away = b"", 0, 0
        for fate in self.fates:
            fate.plan.clear()
        quiet = 0
        for _ in range(ROUNDS_MAX):
            busy = self.calm(self.counts["blocks"] % WORKERS) or self.checks.owes(self._store)
            quiet = 0 if busy else quiet + 1
            if quiet > self.chain.depth + 1:
                break
        else:
            restless = self.checks.restless(self._store)
            others = "others wait" if self.members.waiting else ""
            raise Broken(f"no rest within {ROUNDS_MAX} blocks: {restless}; {others}")
        self.checks.at_rest(self._store)
        self.compare()

    def compare(self) -> None:
        """Reads the chain again from zero into another database, and holds the digests together.
        Ever less often as the chain grows, so that all of it costs in proportion to its length."""
        with self._fresh() as url, ExitStack() as opened:
            line = Line(lambda: Mirror(self.chain, has_tags=True), Fate(self._happens))
            disk = Disk(url, Fate(self._happens))
            opened.callback(disk.close)
            node, keys = HttpNode(line), self.chain.keys
            again = replace(self.worlds[0], store=disk, node=node, signers=keys)
            indexing.pin(again)
            for _ in range(ROUNDS_MAX + len(self.chain.blocks)):
                if tick(again).idle:
                    break
            if _digest(again) != _digest(self.worlds[0]):
                raise Broken(f"at {self.chain.head.number} the tables are not those of a replay")
        self._compare_at = len(self.chain.blocks) * 3 // 2
        self.counts["replays"] += 1

    def reset(self) -> None:
        """Another chain of the same id and the same length stands where ours was; both the workers
        that run and any that starts must halt, having changed and sent nothing. Raises Broken."""
        order_id = stage.Deal(0, 0).order_id
        self.members.record(self.worlds[0], order_id, stage.EXPORTER, EvidenceKind.INVOICE)
        before, length = _digest(self.worlds[0]), len(self.chain.blocks)
        self.chain.__init__((self._seed, "another"), self.chain.depth)
        while len(self.chain.blocks) < length:
            self._mine_block(lambda _: True)
        self.chain.taken.clear()
        for world in self.worlds:
            for begin in (tick, indexing.pin):
                try:
                    begin(world)
                except Halt:
                    continue
                raise Broken(f"{begin.__name__} goes on upon another chain")
        if _digest(self.worlds[0]) != before or self.chain.taken:
            raise Broken("another chain has changed the tables, or was sent to")

    @property
    def met(self) -> Counter[Fault]:
        """The faults that have happened."""
        return sum((fate.met for fate in self.fates), Counter())

    @property
    def _store(self) -> Store:
        return self.worlds[0].store

    def calm(self, which: int = 0) -> bool:
        """One block with all that waits, and ticks of one worker until nothing moves; answers
        whether anything but reading was to be done, or is."""
        self._note("calm")
        self.members.insist()
        self._mine_block(lambda _: True)
        self.clock.move(REST_S)
        did = self._work_off(which)
        self.checks.after_step(self._store)
        return did or self.members.waiting

    def _work_off(self, which: int) -> bool:
        did = False
        for _ in range(TICKS_MAX):
            done = self._run(which)
            did |= done is None or done.sent != Sent() or bool(done.released)
            if done is not None and done.idle:
                return did
        raise Broken(f"{TICKS_MAX} ticks at one block, and no end")

    def close(self) -> None:
        for opened in (*self._open, self._databases):
            opened.close()

    def _world(self, which: int) -> World:
        fate = self.fates[which]
        line, disk = Line(lambda: self.endpoint(), fate), Disk(self._url, fate)
        self._open[which].callback(disk.close)
        settings = Settings(
            database_url=self._url,
            finality=self.policy,
            environment="devnet",
            poll_interval_s=POLL_S,
        )
        return World(
            settings=settings,
            store=disk,
            node=HttpNode(line),
            signers=Safe(self.chain.keys, fate),
            deployment=stage.deployment(self.chain.blocks[0].hash),
            keeper=stage.KEEPER,
            clock=self.clock,
            vault=Vault.of(Path(), bytes(64)),
        )

    def endpoint(self) -> Endpoint:
        """The node that answers as it should; NodeUnavailable while it is down."""
        if self._away:
            raise NodeUnavailable("connection refused")
        return Endpoint(self.chain, has_tags=self.policy == "tag")

    # What can be a step, by the names in kinds.KINDS.

    def _tick(self) -> None:
        which = self.chance.randrange(WORKERS)
        fate = self.fates[which]
        if self._deaf[which]:
            self._deaf[which] -= 1
            return
        if self._faults and self.chance.random() < _FAULTY:
            for _ in range(self.chance.choice((1, 1, 1, 2))):
                fault = self.chance.choice(self._faults)
                skip = 0 if fault in RARE else self.chance.randrange(8)
                fate.plan.append(Planned(fault, skip))
                self._note(f"  plan {fault.name} +{skip} for {which}")
        self._run(which)
        fate.plan = [planned for planned in fate.plan if planned.fault in PATIENT]
        self._away = max(self._away - 1, 0)

    def _ask(self) -> None:
        self._note("  " + self.members.ask(self.worlds[0]))

    def _mine(self) -> None:
        if self._halted:
            self._halted -= 1
            return
        share = self.chance.choice((1.0, 1.0, 0.7, 0.3))
        self._mine_block(lambda _: self.chance.random() < share)

    def _fork(self) -> None:
        depth_max = min(self.chain.head.number - max(self.chain.final, 1), self.chain.depth)
        if depth_max < 1:
            return
        depth = self.chance.randint(1, depth_max)
        self._left = list(self.chain.blocks)
        lost = self.chance.choice((0.0, 0.5, 1.0))
        self.chain.fork(depth, lambda tx: self._survives(tx, lost))
        grown = self.chance.randint(0, depth + 1)
        for _ in range(grown):
            self._mine_block(lambda _: self.chance.random() < 0.5)
        self.counts["forks"] += 1
        self._note(f"  fork of {depth}, {grown} mined instead, {lost} of the transactions lost")

    def _evict(self) -> None:
        ours = [lane for lane in self.chain.pool if lane[0] != stage.NETWORK]
        ours = [lane for lane in ours if lane[0] in stage.OURS]
        if ours:
            del self.chain.pool[self.chance.choice(ours)]
            self.counts["evicted"] += 1

    def _hold(self) -> None:
        """From now on nothing of one account is mined, until another is held or none."""
        self._held = b"" if self._held else bytes(self.chance.choice(stage.OURS))

    def _halt(self) -> None:
        self._halted = self.chance.randint(3, 15)

    def _drift(self) -> None:
        self.clock.move(self.chance.choice((-3600, -5, 6, 60, 86_400)))

    def _jump(self) -> None:
        """The chain's time goes on by hours at once, as after a weekend without blocks."""
        if not self._halted:
            self._mine_block(lambda _: True, self.chance.choice((3_600, 40_000, 90_000)))

    def _restart(self) -> None:
        self._start_again(self.chance.randrange(WORKERS))

    def _deafen(self) -> None:
        """The subscription of one worker is dropped: for long no new head wakes it."""
        self._deaf[self.chance.randrange(WORKERS)] = self.chance.randint(3, 15)

    def _down(self) -> None:
        self._away = self.chance.randint(2, 8)

    def _late(self) -> None:
        """Customs answer days later, when what waited for them may have lapsed."""
        self._mine_block(lambda _: True, self.chance.choice((90_000, 200_000, 400_000)))
        self._note("  " + self.members.clear(self.worlds[0], retracted=False))

    def _retract(self) -> None:
        self._note("  " + self.members.clear(self.worlds[0], retracted=True))

    # How it is done.

    def _run(self, which: int) -> Tick | None:
        """A tick of one worker; None when something kept it from its end."""
        fate = self.fates[which]
        met = fate.met.copy()
        self._busy.add(which)
        try:
            return tick(self.worlds[which])
        except Killed as killed:
            self._note(f"  killed: {killed}")
            self._start_again(which)
        except WAITED_OUT as error:
            self._note(f"  {type(error).__name__}: {error}")
        except Halt as halt:
            if not any((fate.met - met)[lie] for lie in LIES):
                raise Broken(f"halted, and nobody lied: {halt}") from halt
            self.counts["halts"] += 1
            self._start_again(which)
        except Exception as error:
            raise Broken(f"the worker ends with {type(error).__name__}: {error}") from error
        finally:
            self._busy.discard(which)
            fate.signed = False
            self.counts["ticks"] += 1
        return None

    def _start_again(self, which: int) -> None:
        """Whoever starts a worker waits until its node is there."""
        self._away = 0
        self.fates[which].plan.clear()
        self._open[which].close()
        self.worlds[which] = self._world(which)
        indexing.pin(self.worlds[which])
        self.counts["starts"] += 1

    def _happens(self, fault: Fault) -> Endpoint:
        if fault is Fault.FORKED:
            self._fork()
        elif fault is Fault.GROWN:
            self._mine()
        elif fault is Fault.TURN:
            for other in range(WORKERS):
                if other not in self._busy:
                    self._run(other)
        elif fault is Fault.SLOW:
            self.clock.move(60)
            for _ in range(self.chance.randint(0, 3)):
                self._mine()
        elif self.chance.random() < 0.5:
            return Endpoint(self.chain, self._left, has_tags=self.policy == "tag")
        else:
            behind = self.chance.randint(1, 4)
            blocks = self.chain.blocks[: max(len(self.chain.blocks) - behind, 2)]
            return Endpoint(self.chain, blocks, has_tags=self.policy == "tag")
        return self.endpoint()

    def _mine_block(self, takes: Callable[[Tx], bool], seconds: int = 0) -> Block:
        at = self.chain.head.timestamp + (seconds or self.chance.randint(1, BLOCK_S_MAX))
        self.counts["blocks"] += 1
        return self.chain.mine(at, lambda tx: bytes(tx.sender) != self._held and takes(tx))

    def _survives(self, tx: Tx, lost: float) -> bool:
        """Others send theirs again by themselves."""
        return tx.sender not in stage.OURS or self.chance.random() >= lost

    def _note(self, what: str) -> None:
        self.trail.append(what)
        del self.trail[: -self._asked.trail]


def _digest(world: World) -> str:
    with world.store.reading() as session:
        return digest(session)


_FAULTY = 0.5
