"""Every word that the console can say is there in both languages."""

import re
from dataclasses import fields
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

import entrepot.console
from entrepot.bindings.evidence_kinds import EvidenceKind
from entrepot.bindings.financings import Condition, FinancingState, LenderShare, PayoutKind
from entrepot.bindings.participants import ParticipantState
from entrepot.bindings.roles import Role
from entrepot.bindings.titles import EVENTS as TITLE_EVENTS
from entrepot.bindings.trade_orders import EVENTS as ORDER_EVENTS
from entrepot.bindings.trade_orders import OrderState
from entrepot.console.language import catalogue
from entrepot.console.screens import SCREENS
from entrepot.domain.offers import OfferedTranche, OfferTerms
from entrepot.store.tables import OutboxState
from entrepot.views import policy_words, portfolio, trail, words

TEMPLATES = Path(entrepot.console.__file__).parent / "templates"


def spoken() -> set[str]:
    """What the templates and the ledger's words say in English."""
    found = extract_from_dir(TEMPLATES, [("**.html", "jinja2.ext:babel_extract")])
    return {
        *(str(message) for _, _, message, _, _ in found),
        *chain(words.STATES.values(), words.KINDS.values(), words.CONDITIONS.values()),
        *chain(words.PAPERS.values(), words.FIELDS.values(), words.ROLES.values()),
        *chain(trail.ACTS.values(), words.STEPS.values()),
        *chain(policy_words.FIELDS.values(), policy_words.GROUPS.values()),
        *chain(policy_words.POLICIES.values(), policy_words.YES_NO.values()),
        *policy_words.REFUSALS.values(),
        *chain(words.MATCHES.values(), words.BREACHES.values(), words.PAYOUTS.values()),
        *chain.from_iterable(words.EVENTS.values()),
        *chain(words.OBSTACLES.values(), words.REFUSALS.values()),
        *(screen.title for screen in SCREENS),
        *(name for _, name in portfolio.OVERDUE),
        *(column.title for screen in SCREENS for column in screen.columns),
    }


@pytest.mark.parametrize("english", sorted(spoken()))
def test_word_is_translated_with_the_same_places_to_fill(english: str) -> None:
    chinese = catalogue("zh").gettext(english)
    assert chinese != english, "missing in locale/zh/LC_MESSAGES/console.po"
    assert sorted(_places(chinese)) == sorted(_places(english))


@pytest.mark.parametrize("english", sorted(spoken()))
def test_chinese_has_the_marks_of_chinese(english: str) -> None:
    chinese = catalogue("zh").gettext(english)
    assert not re.search(r"[\u4e00-\u9fff]\s?[,;:?!()]|[,;:?!()]\s?[\u4e00-\u9fff]", chinese)


def test_catalogue_says_nothing_that_nobody_asks_for() -> None:
    from babel.messages.pofile import read_po

    path = TEMPLATES.parent / "locale/zh/LC_MESSAGES/console.po"
    with path.open("rb") as file:
        written = {str(message.id) for message in read_po(file) if message.id}
    assert written == spoken()


def test_each_member_of_the_ledger_has_a_word() -> None:
    assert {kind.name for kind in EvidenceKind} == words.KINDS.keys()
    assert {condition.name for condition in Condition} == words.CONDITIONS.keys()
    states = {state.name for state in (*FinancingState, *OrderState)} - {"NONE"}
    assert states <= words.STATES.keys()
    assert {role.name for role in Role} == words.ROLES.keys()
    assert {kind.name for kind in PayoutKind} == words.PAYOUTS.keys()
    assert {state.name for state in ParticipantState} - {"NONE"} <= words.STATES.keys()
    assert {state for name, state in vars(OutboxState).items() if name.isupper()} <= (
        words.STATES.keys()
    )
    events = {event.__name__ for event in (*TITLE_EVENTS, *ORDER_EVENTS)}
    assert events <= words.EVENTS.keys()


def test_each_field_of_a_policy_has_a_word() -> None:
    told = {each.name for of in (OfferTerms, OfferedTranche, LenderShare) for each in fields(of)}
    assert told - policy_words.GROUPS.keys() <= policy_words.FIELDS.keys()


def _places(text: str) -> list[str]:
    return [part.split(")")[0] for part in text.split("%(")[1:]]
