"""Customs' answers fold to one standing, in whatever order they come."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot.domain.customs import (
    OF_CONTAINER,
    OF_CUSRES,
    OF_WCO,
    CustomsAnswer,
    CustomsState,
    Said,
    fold,
    fold_all,
)

MRN, OTHER = "20GB1Q3RTK463FGVR4", "23GB7DAO2KZ2UJGAR9"
START = datetime(2026, 11, 9, 7, tzinfo=UTC)
DECLARED = "NHA-EX-2026-0931"


def answer(said: Said, at_s: int, version: int | None = 1, **other: str) -> CustomsAnswer:
    return CustomsAnswer(
        reference=other.get("reference", f"{said.name}-{at_s}-{version}"),
        mrn=other.get("mrn", MRN),
        said=said,
        issued_at=START + timedelta(seconds=at_s),
        version=version,
        declared_as=other.get("declared_as", DECLARED),
    )


def sequence(*saids: Said) -> list[CustomsAnswer]:
    """One answer a minute."""
    return [answer(said, number * 60) for number, said in enumerate(saids)]


S = Said


@pytest.mark.parametrize(
    ("saids", "state", "released"),
    [
        ([S.RECEIVED], CustomsState.LODGED, False),
        ([S.ACCEPTED], CustomsState.ACCEPTED, False),
        ([S.ACCEPTED, S.RECEIVED], CustomsState.ACCEPTED, False),
        ([S.RECEIVED, S.REJECTED], CustomsState.REJECTED, False),
        ([S.ACCEPTED, S.UNDER_CONTROL], CustomsState.UNDER_CONTROL, False),
        ([S.ACCEPTED, S.DOCUMENTS_REQUIRED, S.RELEASED], CustomsState.RELEASED, True),
        ([S.ACCEPTED, S.DETAINED, S.CLEARED], CustomsState.CLEARED, True),
        ([S.ACCEPTED, S.CLEARED, S.RELEASED], CustomsState.CLEARED, True),
        ([S.ACCEPTED, S.CLEARED, S.EXITED], CustomsState.EXITED, True),
        ([S.ACCEPTED, S.CLEARED, S.UNDER_CONTROL], CustomsState.UNDER_CONTROL, True),
        ([S.ACCEPTED, S.CLEARED, S.RECEIVED, S.NOTED], CustomsState.CLEARED, True),
        ([S.ACCEPTED, S.CLEARED, S.INVALIDATED], CustomsState.INVALIDATED, False),
        ([S.ACCEPTED, S.INVALIDATED, S.CLEARED], CustomsState.INVALIDATED, False),
        ([S.REJECTED, S.ACCEPTED, S.CLEARED], CustomsState.REJECTED, False),
    ],
)
def test_folds_to_the_state(saids: list[Said], state: CustomsState, released: bool) -> None:
    standing = fold(MRN, sequence(*saids))
    assert standing.state is state
    assert standing.is_released is released


def test_invalidation_takes_back_what_was_reached_but_leaves_a_hold() -> None:
    standing = fold(MRN, sequence(S.ACCEPTED, S.CLEARED, S.UNDER_CONTROL, S.INVALIDATED))
    assert set(standing.reached) == {S.UNDER_CONTROL, S.INVALIDATED}
    assert [hold.said for hold in standing.holds] == [S.UNDER_CONTROL]


def test_release_ends_the_holds_before_it_and_none_after_it() -> None:
    before = fold(MRN, sequence(S.ACCEPTED, S.DOCUMENTS_REQUIRED, S.UNDER_CONTROL, S.CLEARED))
    after = fold(MRN, sequence(S.ACCEPTED, S.CLEARED, S.UNDER_CONTROL))
    assert before.holds == ()
    assert [hold.said for hold in after.holds] == [S.UNDER_CONTROL]


def test_debts_and_reminders_never_change_the_state() -> None:
    standing = fold(MRN, sequence(S.NOTED, S.ACCEPTED, S.NOTED, S.CLEARED, S.NOTED))
    assert standing.history == (CustomsState.ACCEPTED, CustomsState.CLEARED)
    assert [unused.answer.said for unused in standing.unused] == [S.NOTED] * 3


def test_answers_of_one_second_are_put_in_the_order_of_a_declarations_life() -> None:
    """A real service stamps acceptance, correction and clearance with the same second."""
    answers = [answer(s, 0) for s in (S.CLEARED, S.CORRECTED, S.ACCEPTED)]
    standing = fold(MRN, answers)
    assert standing.history == (CustomsState.ACCEPTED, CustomsState.CLEARED)
    assert [each.said for each in standing.corrections] == [S.CORRECTED]


def test_refusal_of_a_request_leaves_the_declaration_as_it_is() -> None:
    refused = answer(S.REJECTED, 600, None, declared_as="AMEND-1")
    standing = fold(MRN, [*sequence(S.ACCEPTED, S.CLEARED), refused])
    assert standing.state is CustomsState.CLEARED
    assert "AMEND-1" in standing.unused[0].why


def test_release_of_an_older_version_counts_for_nothing_but_a_hold_does() -> None:
    accepted = [answer(S.ACCEPTED, 0, 1), answer(S.CORRECTED, 60, 2)]
    late = fold(MRN, [*accepted, answer(S.CLEARED, 120, 1)])
    assert late.state is CustomsState.ACCEPTED
    assert "version 2" in late.unused[0].why
    held = fold(MRN, [*accepted, answer(S.UNDER_CONTROL, 120, 1)])
    assert held.state is CustomsState.UNDER_CONTROL


def test_answers_are_told_apart_by_mrn_and_never_by_their_thread() -> None:
    thread = [*sequence(S.ACCEPTED, S.CLEARED), answer(S.REJECTED, 700, mrn=OTHER)]
    standings = fold_all(thread)
    assert standings[MRN].state is CustomsState.CLEARED
    assert standings[OTHER].state is CustomsState.REJECTED


def test_one_number_for_two_answers_is_refused() -> None:
    one, other = answer(S.ACCEPTED, 0, reference="a"), answer(S.CLEARED, 0, reference="a")
    with pytest.raises(ValueError, match="number a"):
        fold(MRN, [one, other])


def test_every_dialect_has_each_of_its_codes() -> None:
    assert sorted(OF_WCO) == [f"{n:02}" for n in (*range(1, 4), *range(5, 12), *range(13, 17), 18)]
    assert set(OF_CUSRES) == {str(n) for n in (*range(1, 10), *range(14, 19))}
    assert OF_CONTAINER["CUSR"] is S.RELEASED
    assert not {OF_CUSRES[code] for code in ("8", "14", "15", "16", "18")} - {S.NOTED}


anything = st.lists(
    st.builds(
        answer,
        st.sampled_from(list(Said)),
        st.integers(0, 3),
        st.sampled_from([None, 1, 2, 3]),
        declared_as=st.sampled_from([DECLARED, "AMEND-1"]),
        mrn=st.sampled_from([MRN, OTHER]),
    ),
    max_size=9,
    unique_by=lambda each: each.reference,
)


@given(anything, st.data())
def test_order_and_repetition_make_no_difference(
    answers: list[CustomsAnswer], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(answers))
    again = data.draw(st.lists(st.sampled_from(answers), max_size=4)) if answers else []
    assert fold_all([*shuffled, *again]) == fold_all(answers)


@given(anything)
def test_nothing_is_released_after_the_end_nor_lost_on_the_way(
    answers: list[CustomsAnswer],
) -> None:
    for mrn, standing in fold_all(answers).items():
        own = [each for each in answers if each.mrn == mrn]
        if standing.state in (CustomsState.REJECTED, CustomsState.INVALIDATED):
            assert not standing.is_released
        if any(each.said is S.INVALIDATED for each in own):
            assert standing.state is CustomsState.INVALIDATED
        used = {each.reference for each in (*standing.reached.values(), *standing.corrections)}
        assert used <= {each.reference for each in own}
