"""Declarations and answers of a real customs service in the WCO's data model."""

import re
from pathlib import Path

import pytest

from entrepot.domain.customs import CustomsAnswer, CustomsState, fold_all
from entrepot.domain.documents.facts import answer_of
from entrepot.domain.documents.reading import read
from entrepot.domain.documents.wco_declaration import WcoDeclaration
from entrepot.domain.documents.wco_response import ResponseFunction, WcoResponse
from entrepot.domain.errors import UnknownDocument
from tests.conformance.suite import name_of, needs_suite, samples

pytestmark = needs_suite

FILES = samples("customs-wco", ".xml")
# Inventory linking (port community systems) and full retrieval are other vocabularies.
OTHER_VOCABULARY = re.compile(rb"<(?:[\w]+:)?(?:[iI]nventoryLinking\w+|DeclarationFullResponse)\b")
FUNCTION_OF_NAME = {
    "ACC": ResponseFunction.ACCEPTED,
    "RCV": ResponseFunction.RECEIVED,
    "REJ": ResponseFunction.REJECTED,
    "RES": ResponseFunction.CORRECTED_BY_CUSTOMS,
    "CLE": ResponseFunction.CLEARED,
    "REQ": ResponseFunction.REQUEST_ANSWERED,
    "TAX": ResponseFunction.TAX_DUE,
    "EOG": ResponseFunction.EXITED,
}
# Files whose name says one thing and whose content, which counts, says another.
MISNAMED = {"TT_EX038a/Example_Notifications/02_DMSRCV(2).xml"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_message_reads_as_what_it_is(path: Path) -> None:
    data = path.read_bytes()
    if OTHER_VOCABULARY.search(data):
        with pytest.raises(UnknownDocument):
            read(data)
        return
    document = read(data)
    named = re.search(r"DMS([A-Z]{3})", path.name)
    if named is None:
        assert isinstance(document, WcoDeclaration)
        assert document.reference
        return
    assert isinstance(document, WcoResponse)
    assert len(document.mrn) == 18
    if not any(str(path).endswith(name) for name in MISNAMED):
        assert document.function is FUNCTION_OF_NAME[named[1]]


@pytest.mark.parametrize("name", ["TT_IM031a", "TT_IM063a"])
def test_rejection_in_a_thread_means_another_declaration(name: str) -> None:
    answers = [
        read(path.read_bytes()) for path in FILES if name in path.parts and "DMS" in path.name
    ]
    by_function = {answer.function: answer for answer in answers if isinstance(answer, WcoResponse)}
    rejected = by_function[ResponseFunction.REJECTED]
    assert rejected.mrn != by_function[ResponseFunction.ACCEPTED].mrn


THREADS = sorted({path.parent for path in FILES if path.parent.name == "Example_Notifications"})
# What the story of each ends with: exports that have left, and everything else that was cleared.
EXITED = {"TT_EX011a", "TT_EX013a", "TT_EX038a"}
# Answers to other declarations that lie in the same folder, with what they come to.
STRANGERS = {
    "TT_IM031a": {"23GB7DAO2KZ2UJGAR9": CustomsState.REJECTED},
    "TT_IM063a": {"23GB7DAM27Z2I4KAR4": CustomsState.REJECTED},
    "TT_IM068a": {"22GB2VL0IA6VLYBA03": CustomsState.LODGED},
}


def folded(thread: Path) -> list[CustomsAnswer]:
    read_all = [read(path.read_bytes()) for path in sorted(thread.glob("*.xml"))]
    return [answer_of(each) for each in read_all if isinstance(each, WcoResponse)]


@pytest.mark.parametrize("thread", THREADS, ids=lambda thread: thread.parent.name)
def test_thread_of_answers_folds_to_where_the_declaration_ended(thread: Path) -> None:
    answers, name = folded(thread), thread.parent.name
    standings = fold_all(answers)
    strangers = STRANGERS.get(name, {})
    assert {mrn: standings[mrn].state for mrn in strangers} == strangers
    [own] = [standings[mrn] for mrn in standings if mrn not in strangers]
    assert own.state is (CustomsState.EXITED if name in EXITED else CustomsState.CLEARED)
    assert own.is_released
    assert fold_all(reversed(answers)) == fold_all([*answers, *answers]) == standings


def test_there_is_a_thread_to_fold() -> None:
    assert len(THREADS) == 27
