"""Conditions -> money: judged where a block touched, asked for alone or together (P1, P3)."""

import pytest
from sqlmodel import col, select

from entrepot.bindings import financing
from entrepot.bindings.financing import Release
from entrepot.devnet import cast
from entrepot.devnet.crowd import CURRENCY, PAPERS, PLENTY_MINOR, TRANCHES, Crowd
from entrepot.domain.terms import OPEN_STATES, evaluate
from entrepot.steps.conditions import service as conditions
from entrepot.steps.indexing import service as indexing
from entrepot.steps.release import service as release
from entrepot.steps.sending import service as sending
from entrepot.store.facts import gather
from entrepot.store.tables import (
    Block,
    Decision,
    Facility,
    Outbox,
    ReleaseRequest,
    Standing,
    Tranche,
)
from tests.steps.conftest import Bench

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

DESK = f"bank.{cast.DESK}"


@pytest.fixture
def crowd(bench: Bench) -> Crowd:
    crowd = Crowd(bench.ground, bench.world)
    crowd.found()
    return crowd


def judge(bench: Bench) -> None:
    indexing.run(bench.world, 500)
    conditions.run(bench.world, 2)  # two facilities in a transaction


def met(bench: Bench) -> set[tuple[bytes, int]]:
    """What is met, as was judged; AssertionError unless judging everything now says the same."""
    at = bench.world.deployment["Financing"]
    with bench.world.store.reading() as session:
        head = session.exec(select(Block).order_by(col(Block.number).desc())).first()
        assert head is not None
        pairs = session.exec(
            select(Facility, Tranche)
            .where(Tranche.financing_id == Facility.financing_id, Tranche.state == "PENDING")
            .where(col(Facility.state).in_(OPEN_STATES))
        ).all()
        now = {
            (f.financing_id, t.position): evaluate(gather(session, f, t, head, at)).met
            for f, t in pairs
        }
        kept = {(row.financing_id, row.tranche): row.met for row in session.exec(select(Standing))}
        decided = set(session.exec(select(Decision.financing_id, Decision.tranche)).all())
    assert {key: kept[key] for key in now} == now
    assert not any(kept[key] for key in kept.keys() - now.keys()), "what waits no more is not met"
    assert {(one, place) for one, place in now} <= {(one, place) for one, place in decided}
    return {key for key, is_met in kept.items() if is_met}


def test_what_a_fork_makes_wait_again_is_judged_again(bench: Bench, crowd: Crowd) -> None:
    """Found by seed 1030 of the simulator: the fork took the releases, and no other log of the
    facility, so that nobody looked at it any more."""
    at = bench.world.deployment
    terms = crowd.build(1, waiting=True)[0]
    exporter = f"exporter.{cast.DESK}"
    crowd.act([(exporter, at["Evidence"], crowd.saying(terms.order_id, p)) for p in PAPERS])
    bench.mine()
    bench.mine()
    numbers = range(len(PAPERS))
    crowd.act([(cast.KEEPER, at["Financing"], Release(terms=terms, tranche=n)) for n in numbers])
    judge(bench)
    assert met(bench) == set()
    bench.ground.sequencer.reorg(1)
    judge(bench)
    assert {place for _, place in met(bench)} == set(numbers)


def test_judging_what_was_touched_is_judging_all(bench: Bench, crowd: Crowd) -> None:
    at = bench.world.deployment
    terms = crowd.build(3, waiting=True)
    judge(bench)
    assert met(bench) == set()
    for number, paper in enumerate(PAPERS[:3]):
        crowd.act(
            [(f"exporter.{cast.DESK}", at["Evidence"], crowd.saying(terms[0].order_id, paper))]
        )
        judge(bench)
        assert len(met(bench)) == number + 1
    limit = financing.SetLimit(exporter=crowd.who("exporter"), currency=CURRENCY, limit=10_000)
    crowd.act([(DESK, at["Financing"], limit)])
    judge(bench)
    assert len(met(bench)) == 3
    crowd.act([(cast.KEEPER, at["Financing"], Release(terms=terms[0], tranche=0))])
    judge(bench)
    assert met(bench) == set()  # the other two are over the limit now
    wider = financing.SetLimit(
        exporter=crowd.who("exporter"), currency=CURRENCY, limit=PLENTY_MINOR
    )
    crowd.act([(DESK, at["Financing"], wider)])
    judge(bench)
    assert len(met(bench)) == 2
    bench.ground.sequencer.reorg(2)  # neither the release nor the wider limit
    judge(bench)
    assert len(met(bench)) == 3
    bench.ground.sequencer.advance(301 * 86_400)  # and all is too late
    judge(bench)
    assert met(bench) == set()


def test_many_that_fall_due_at_once_are_asked_for_together(bench: Bench, crowd: Crowd) -> None:
    crowd.build(2, waiting=False)
    judge(bench)
    assert release.run(bench.world, 500) == 2 * TRANCHES
    assert release.run(bench.world, 500) == 0
    assert sending.run(bench.world, 500).sent == 1
    bench.mine()
    judge(bench)
    with bench.world.store.reading() as session:
        states = set(session.exec(select(Tranche.state)))
        asked = session.exec(select(ReleaseRequest)).all()
    assert states == {"RELEASED"}
    assert len(asked) == 2 * TRANCHES
    assert release.run(bench.world, 500) == 0


def test_one_that_is_refused_among_many_is_asked_for_alone(bench: Bench, crowd: Crowd) -> None:
    """Another has released it already, and we do not know yet."""
    terms = crowd.build(2, waiting=False)
    judge(bench)
    crowd.act(
        [(cast.GUARDIAN, bench.world.deployment["Financing"], Release(terms=terms[0], tranche=0))]
    )
    assert release.run(bench.world, 500) == 2 * TRANCHES
    with bench.world.store.reading() as session:
        verbs = sorted(session.exec(select(Outbox.verb).where(col(Outbox.key).contains("@"))))
    assert verbs == ["Financing.release", "Financing.releaseMany"]
    done = sending.run(bench.world, 500)
    assert (done.sent, done.refused) == (1, 1)
    bench.mine()
    judge(bench)
    with bench.world.store.reading() as session:
        assert set(session.exec(select(Tranche.state))) == {"RELEASED"}


def test_what_came_back_from_many_is_asked_for_alone(bench: Bench, crowd: Crowd) -> None:
    """It was still good when we asked, and is refused in its block; the others are not."""
    terms = crowd.build(1, waiting=False)
    judge(bench)
    assert release.run(bench.world, 500) == TRANCHES
    cap = financing.SetLimit(exporter=crowd.who("exporter"), currency=CURRENCY, limit=70_000)
    crowd.send([(DESK, bench.world.deployment["Financing"], cap)])
    sending.run(bench.world, 500)
    bench.mine()
    sending.run(bench.world, 500)
    judge(bench)
    with bench.world.store.reading() as session:
        assert sorted(session.exec(select(Tranche.state)))[0] == "PENDING"
    assert met(bench) == set()
    wider = financing.SetLimit(
        exporter=crowd.who("exporter"), currency=CURRENCY, limit=PLENTY_MINOR
    )
    crowd.act([(DESK, bench.world.deployment["Financing"], wider)])
    judge(bench)
    assert release.run(bench.world, 500) == 1
    assert sending.run(bench.world, 500).sent == 1
    bench.mine()
    judge(bench)
    with bench.world.store.reading() as session:
        assert set(session.exec(select(Tranche.state))) == {"RELEASED"}
    assert terms
