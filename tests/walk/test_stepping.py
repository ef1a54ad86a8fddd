"""Stepping goes forward and back through chain and tables alike, and says why money waits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest

from entrepot.cli.answers import Narrator
from entrepot.devnet.anvil import STATES_KEPT
from entrepot.devnet.cases.case import Block, Case
from entrepot.devnet.cases.chain import CaseChain
from entrepot.devnet.cases.commands import NotUnderstood, run
from entrepot.devnet.cases.expressions import ExpressionError
from entrepot.devnet.cases.stage import CaseStage, open_stage
from entrepot.devnet.cases.states import States, between
from entrepot.devnet.cases.stepper import NoSuchPlace, Stepper
from entrepot.devnet.cases.timeline import Level, event_at
from entrepot.devnet.cases.why import ATTEST, WITHDRAW
from entrepot.kit.clock import to_unix
from entrepot.views.changes import changes

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

FAR = 500
QUIET = 200


@pytest.fixture(scope="module")
def stage(held_case: Case) -> Iterator[CaseStage]:
    with open_stage(held_case) as stage:
        yield stage


@pytest.fixture
def stepper(held_case: Case, stage: CaseStage) -> Stepper:
    return Stepper(held_case, stage)


def held_at(stepper: Stepper) -> int:
    """The block of the departure, after which the hold alone stands against the second tranche."""
    run(stepper, "on shipment.vessel_departed")
    run(stepper, "c")
    stepper.breakpoints.clear()
    return stepper.place.block


def is_at_its_block(stepper: Stepper) -> bool:
    """Whether chain and tables are where the stepper says, and as the case has them there."""
    block = stepper.block
    differing = changes(stepper.stage.state(), stepper.state())
    return (stepper.stage.chain.number, stepper.stage.chain.hash) == (
        block.number,
        block.hash,
    ) and not differing


def lengthened(case: Case) -> Case:
    """The same, after which blocks pass in which nothing happens, to over 500 places in all."""
    blocks = list(case.blocks)
    with CaseChain(case.head.chain_id, case.head.genesis_time) as chain:
        chain.mine_again(blocks)
        for _ in range(QUIET):
            found = chain.mine(chain.time + 1, ())
            blocks.append(Block(number=chain.number, time=chain.time, hash=found))
    head = msgspec.structs.replace(case.head, last=len(blocks))
    return replace(case, head=head, blocks=tuple(blocks), end=None)


@pytest.mark.full
@pytest.mark.timeout(900)  # a thousand steps, each with a chain and a database
def test_back_500_steps_and_forward_again_ends_in_the_same_digest(held_case: Case) -> None:
    case = lengthened(held_case)
    with open_stage(case) as stage:
        stepper = Stepper(case, stage)
        last = len(stepper.places) - 1
        stepper.go_to(last)
        digest = stage.digest()
        for _ in range(FAR):
            stepper.out()
        assert stepper.place.number == last - FAR
        assert is_at_its_block(stepper)
        for _ in range(FAR):
            stepper.into()
        assert (stage.chain.hash, stage.digest()) == (case.blocks[-1].hash, digest)
        stepper.go_to(0)
        assert stage.block < case.last - STATES_KEPT
        assert is_at_its_block(stepper)


def test_the_end_of_the_case_is_reached_by_steps(held_case: Case, stepper: Stepper) -> None:
    assert held_case.end is not None
    stepper.go_to(len(stepper.places) - 1)
    assert stepper.stage.digest() == held_case.end.digest


def test_next_and_back_stop_at_business_events_only(stepper: Stepper) -> None:
    there = [stepper.next() for _ in range(5)]
    assert {place.level for place in there} == {Level.EVENT}
    assert [stepper.back() for _ in range(4)] == there[-2::-1]


def test_into_goes_by_block_call_and_event(stepper: Stepper) -> None:
    stepper.go_to_block(held_at(stepper))
    levels = [stepper.into().level for _ in range(2)]
    assert levels == [Level.CALL, Level.EVENT]


def test_why_names_the_hold_and_who_would_lift_it(held_case: Case, stepper: Stepper) -> None:
    held_at(stepper)
    first, second, third = run(stepper, "w").value
    assert (first.state, first.remedies) == ("RELEASED", ())
    (remedy,) = second.remedies
    assert (remedy.deed, remedy.kind) == (WITHDRAW, "CUSTOMS_HOLD")
    words = "\n".join(Narrator(held_case, "en").why((second,)))
    assert "Held by customs: stands against it until it is withdrawn" in words
    assert "China Customs, Ningbo would withdraw it" in words
    wanted = {(each.deed, each.kind) for each in third.remedies}
    assert {(ATTEST, "VESSEL_ARRIVED"), (ATTEST, "IMPORT_RELEASED")} < wanted


def test_why_is_told_in_chinese_too(held_case: Case, stepper: Stepper) -> None:
    held_at(stepper)
    words = "\n".join(Narrator(held_case, "zh").why(stepper.why()))
    assert "海关扣留: 在撤回之前不得放款" in words
    assert "宁波海关 可予撤回" in words


def test_diff_tells_states_balances_documents_journal_and_what_was_told(
    held_case: Case, stepper: Stepper
) -> None:
    before = held_at(stepper)
    run(stepper, "on financing.released")
    run(stepper, "c")
    told = "\n".join(Narrator(held_case, "en").between(stepper.diff(before, stepper.place.block)))
    for line in (
        "  Held by customs (China Customs, Ningbo): recorded → withdrawn",
        "  Tranche 2: pending → released",
        "  Title: issued → pledged",
        "  deposit exporter: USD 256,800.00 → USD 898,800.00",
        "  claim Harbour Bank: USD 385,200.00 (release)",
        "  customs.hold.withdrawn: Held by customs (withdrawn): China Customs, Ningbo",
    ):
        assert line in told.splitlines()
    assert "Documents" in told.splitlines()


def test_diff_of_a_block_and_itself_is_empty(held_case: Case) -> None:
    same = between(held_case, States(held_case), 120, 120)
    assert list(Narrator(held_case, "en").between(same)) == ["nothing differs"]


def test_continue_stops_where_an_event_comes_and_where_a_condition_becomes_true(
    stepper: Stepper,
) -> None:
    run(stepper, "on financing.released")
    run(stepper, "when outstanding > 25680000 and title == 'PLEDGED'")
    reached: list[tuple[str, Level]] = []
    while (hit := run(stepper, "c").value) is not None:
        reached.append((hit.text.partition(" ")[0], stepper.place.level))
    assert reached == [
        ("on", Level.EVENT),
        ("when", Level.BLOCK),
        ("on", Level.EVENT),
        ("on", Level.EVENT),
    ]
    assert stepper.place == stepper.places[-1]


def test_continue_stops_where_something_was_refused(held_case: Case, stepper: Stepper) -> None:
    """Here by the API, which asks the contract before it takes a call; what the founding had to
    send twice is no refusal."""
    run(stepper, "on refused")
    assert run(stepper, "c").value is not None
    (refused,) = (step for step in held_case.steps if step.refused)
    assert refused.refused == "financing-conditions-not-met"
    assert stepper.place.block == refused.last_block
    assert [each for each in held_case.requests if each.refused] == []


def test_a_condition_over_what_is_not_there_is_refused_at_once(stepper: Stepper) -> None:
    for text, said in (
        ("when outstandin > 1", "there is no 'outstandin'"),
        ("when title > 3", "have no order"),
        ("when __import__('os').system('true')", "not understood"),
        ("on", "it is `on EVENT`"),
    ):
        with pytest.raises(ExpressionError, match=said):
            run(stepper, text)
    assert stepper.breakpoints == []


def test_clock_moves_chain_backend_and_interest_and_any_move_takes_it_back(
    stepper: Stepper,
) -> None:
    held_at(stepper)
    was = stepper.time
    waited = run(stepper, "clock +90d").value
    assert stepper.time == was + 90 * 86_400
    assert stepper.stage.world.clock.now() == datetime.fromtimestamp(stepper.time, UTC)
    (before,), (after,) = waited.owed_before, waited.owed
    assert before.principal_minor == after.principal_minor
    assert after.interest_minor > before.interest_minor
    assert "DATES" in {each.condition for each in stepper.why()[1].remedies}
    stepper.into()
    assert not stepper.off_record
    assert is_at_its_block(stepper)


def test_at_runs_to_a_date_and_not_into_the_past(stepper: Stepper) -> None:
    held_at(stepper)
    run(stepper, "at 2026-12-01")
    assert stepper.time == to_unix(datetime(2026, 12, 1, tzinfo=UTC))
    with pytest.raises(NoSuchPlace, match="time runs forward"):
        run(stepper, "at 2026-11-01")


def test_what_is_no_command_changes_nothing(stepper: Stepper) -> None:
    place = stepper.place
    for line in ("", "fly", "g", "g block", "clock 90", "at noon", "d 1"):
        with pytest.raises(NotUnderstood):
            run(stepper, line)
    with pytest.raises(NoSuchPlace):
        run(stepper, "g 100000")
    assert stepper.place == place


def test_goto_takes_the_tables_along(held_case: Case, stepper: Stepper) -> None:
    run(stepper, "g block 107")
    assert is_at_its_block(stepper)
    assert stepper.facts()["releases"] == 1
    run(stepper, "n")
    event = event_at(held_case, stepper.place)
    assert event is not None
    assert event.type == "entrepot.facility.tranche_released"
