"""A lender keeps a release back before it is signed, and lets go of it (P1)."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Event

import pytest
from sqlmodel import col, select

from entrepot.bindings.financing import SetLimit
from entrepot.bindings.ids import FinancingId
from entrepot.chain.signer import Signer, Signers
from entrepot.devnet import cast
from entrepot.devnet.crowd import CURRENCY, TRANCHES, Crowd
from entrepot.domain.errors import WrongState
from entrepot.kit.abi import Address
from entrepot.steps.release import service as release
from entrepot.steps.sending import service as sending
from entrepot.steps.sending.service import Sent
from entrepot.steps.submission import releases
from entrepot.steps.submission.caller import Caller
from entrepot.steps.submission.releases import HoldRelease
from entrepot.store.tables import Facility, Outbox, ReleaseHold, Tranche
from tests.steps.conftest import Bench
from tests.steps.test_releasing import crowd, judge

__all__ = ["crowd"]

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


@dataclass
class Pausing:
    """The signers, who wait once they have begun, with the rows in their hands."""

    signers: Signers
    begun: Event = field(default_factory=Event)
    go: Event = field(default_factory=Event)

    def addresses(self) -> list[Address]:
        return self.signers.addresses()

    def signer(self, address: Address) -> Signer:
        self.begun.set()
        assert self.go.wait(20)
        return self.signers.signer(address)


def bank(crowd: Crowd) -> Caller:
    key = cast.address_of(f"bank.{cast.DESK}")
    return Caller(
        participant_id=crowd.who("bank"), key=key, scopes=frozenset({"decide"}), label="desk"
    )


def first(bench: Bench, tranche: int = 0) -> HoldRelease:
    """The command on a tranche of the first facility."""
    with bench.world.store.reading() as session:
        ids = session.exec(select(Facility.financing_id).order_by(col(Facility.financing_id)))
        found = FinancingId(ids.first() or b"")
    return HoldRelease(financing_id=found, tranche=tranche, reason="a call from the customer")


def hold(bench: Bench, crowd: Crowd, command: HoldRelease) -> None:
    with bench.world.store.transaction() as session:
        releases.hold(bench.world, session, bank(crowd), command)


def resume(bench: Bench, crowd: Crowd, command: HoldRelease) -> None:
    with bench.world.store.transaction() as session:
        releases.resume(bench.world, session, bank(crowd), command)


def send(bench: Bench) -> Sent:
    """Signs and hands over all that is queued, and lets it be mined and seen."""
    sent = sending.run(bench.world, 500)
    bench.mine()
    sending.run(bench.world, 500)
    judge(bench)
    return sent


def pending(bench: Bench) -> list[int]:
    query = select(Tranche.position).where(Tranche.state == "PENDING")
    with bench.world.store.reading() as session:
        return sorted(session.exec(query))


def asked(bench: Bench) -> list[tuple[str, str]]:
    """Every call for releases, with how far it has come."""
    query = select(Outbox).where(col(Outbox.key).startswith("release")).order_by(col(Outbox.id))
    with bench.world.store.reading() as session:
        return [(row.verb.partition(".")[2], row.state) for row in session.exec(query)]


def test_p1_held_release_waits_and_goes_once_it_is_resumed(bench: Bench, crowd: Crowd) -> None:
    crowd.build(1, waiting=False)
    judge(bench)
    with bench.world.store.transaction() as session:  # of another connection than the worker's
        releases.hold(bench.world, session, bank(crowd), first(bench))
        session.flush()
        assert release.run(bench.world, 500) == 0, "it waits for what is being held"
    assert release.run(bench.world, 500) == TRANCHES - 1
    assert send(bench).sent == TRANCHES - 1
    assert pending(bench) == [0]
    assert release.run(bench.world, 500) == 0
    with pytest.raises(WrongState, match="held by you"):
        hold(bench, crowd, first(bench))
    resume(bench, crowd, first(bench))
    with pytest.raises(WrongState, match="not held by you"):
        resume(bench, crowd, first(bench))
    assert release.run(bench.world, 500) == 1
    assert send(bench).sent == 1
    assert pending(bench) == []
    with bench.world.store.reading() as session:
        [row] = session.exec(select(ReleaseHold)).all()
    assert (row.number, row.label, row.ended_by) == (1, "desk", "desk")
    assert row.ended_at is not None


def test_p1_of_a_queued_batch_all_go_but_the_one_that_is_held(bench: Bench, crowd: Crowd) -> None:
    """At the same head all along: nothing waits for a block of others."""
    crowd.build(2, waiting=False)
    judge(bench)
    assert release.run(bench.world, 500) == 2 * TRANCHES
    hold(bench, crowd, first(bench, 3))
    resume(bench, crowd, first(bench, 3))
    assert release.run(bench.world, 500) == 2 * TRANCHES
    with bench.world.store.transaction() as session:
        releases.hold(bench.world, session, bank(crowd), first(bench, 3))
        session.flush()
        assert sending.run(bench.world, 500) == Sent(), "the call is in the holder's hands"
    assert sending.run(bench.world, 500) == Sent()
    assert release.run(bench.world, 500) == 2 * TRANCHES - 1
    many = "releaseMany"
    assert asked(bench) == [(many, "FAILED"), (many, "FAILED"), (many, "QUEUED")]
    assert send(bench).sent == 1
    assert pending(bench) == [3]
    resume(bench, crowd, first(bench, 3))
    assert release.run(bench.world, 500) == 1
    assert send(bench).sent == 1
    assert pending(bench) == []


def test_release_that_is_being_signed_is_before_the_hold(bench: Bench, crowd: Crowd) -> None:
    crowd.build(1, waiting=False)
    judge(bench)
    release.run(bench.world, 500)
    pausing = Pausing(bench.world.signers)
    with ThreadPoolExecutor(2) as pool:
        signing = pool.submit(sending.run, replace(bench.world, signers=pausing), 500)
        assert pausing.begun.wait(20)
        holding = pool.submit(hold, bench, crowd, first(bench))
        time.sleep(0.3)
        assert not holding.done(), "it waits for the rows that are being signed"
        pausing.go.set()
        with pytest.raises(WrongState, match="the release is S"):  # SIGNED, or SENT by now
            holding.result()
        assert signing.result().signed == 1
    sending.run(bench.world, 500)
    bench.mine()
    sending.run(bench.world, 500)
    with pytest.raises(WrongState, match="the release is MINED"):  # in a block not indexed yet
        hold(bench, crowd, first(bench))
    judge(bench)
    with pytest.raises(WrongState, match="the tranche is RELEASED"):
        hold(bench, crowd, first(bench))
    with bench.world.store.reading() as session:
        assert session.exec(select(ReleaseHold)).all() == []


def test_p1_signed_call_that_a_fork_gives_back_does_not_pay_what_is_held_since(
    bench: Bench, crowd: Crowd
) -> None:
    """It was refused in a batch for the limit; without that block it would be paid."""
    crowd.build(1, waiting=False)
    judge(bench)
    release.run(bench.world, 500)
    limit = SetLimit(exporter=crowd.who("exporter"), currency=CURRENCY, limit=70_000)
    crowd.send([(f"bank.{cast.DESK}", bench.world.deployment["Financing"], limit)])
    assert send(bench).sent == 1
    [refused] = pending(bench)
    hold(bench, crowd, first(bench, refused))
    bench.ground.sequencer.reorg(1)
    sending.run(bench.world, 500)
    judge(bench)
    assert len(pending(bench)) == TRANCHES
    for _ in range(3):
        release.run(bench.world, 500)
        bench.pass_by(10)
        send(bench)
    assert pending(bench) == [refused]
