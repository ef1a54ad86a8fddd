"""The examination itself: every rule, one notice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Final

from entrepot.domain.examination import amounts, conflicts, dates, insurance, invoice, transport
from entrepot.domain.examination.case import Case, Presentation, Rule
from entrepot.domain.examination.credit import CreditTerms
from entrepot.domain.examination.findings import Finding, Severity

RULES: Final[tuple[Rule, ...]] = (
    *invoice.RULES,
    *amounts.RULES,
    *dates.RULES,
    *transport.RULES,
    *insurance.RULES,
    *conflicts.RULES,
)

_PACKAGE = files("entrepot.domain.examination")
_SOURCES = sorted(one.name for one in _PACKAGE.iterdir() if one.name.endswith(".py"))
RULES_HASH: Final = hashlib.sha256(
    b"".join((_PACKAGE / name).read_bytes() for name in _SOURCES)
).digest()
"""Which rules examined: the hash of the very text of them."""

_ORDER: Final = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice that lists everything (16(c)): a discrepancy that is not in it is waived by law.

    answer_by: the last day to give it, the fifth banking day after the presentation (14(b)).
    """

    findings: tuple[Finding, ...]
    answer_by: date

    @property
    def discrepancies(self) -> tuple[Finding, ...]:
        """The grounds to refuse."""
        return tuple(f for f in self.findings if f.severity is Severity.DISCREPANCY)

    @property
    def choices(self) -> tuple[Finding, ...]:
        """What the bank may accept or not."""
        return tuple(f for f in self.findings if f.severity is Severity.CHOICE)

    @property
    def complies(self) -> bool:
        """Whether the presentation complies as it is."""
        return not self.discrepancies and not self.choices

    def is_precluded(self, given_on: date) -> bool:
        """Whether a refusal on that day comes too late to count (16(f))."""
        return given_on > self.answer_by


def examine(credit: CreditTerms, presentation: Presentation) -> Notice:
    """Applies every rule. The same documents in another order give the same notice."""
    case = Case(credit, presentation)
    findings = [finding for rule in RULES for finding in rule(case)]
    findings.sort(key=lambda f: (_ORDER.index(f.severity), f.rule, f.found.place, f.found.value))
    days = credit.banking_days
    return Notice(
        tuple(findings), days.answer_by(presentation.presented_on, presentation.suspended)
    )
