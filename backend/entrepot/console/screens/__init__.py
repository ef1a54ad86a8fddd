"""The console's screens, in the order of the menu."""

from entrepot.console.screens import (
    approvals,
    audit,
    chain,
    counterparties,
    documents,
    exposure,
    policies,
    releases,
    repayments,
    supervision,
    titles,
    voyages,
)

SCREENS = (
    approvals.SCREEN,
    exposure.SCREEN,
    releases.SCREEN,
    repayments.SCREEN,
    documents.SCREEN,
    documents.ONE,
    titles.SCREEN,
    titles.ONE,
    voyages.SCREEN,
    counterparties.SCREEN,
    counterparties.ONE,
    policies.SCREEN,
    policies.ONE,
    chain.SCREEN,
    audit.SCREEN,
    supervision.SCREEN,
)
