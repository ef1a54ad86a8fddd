"""The console's screens, in the order of the menu."""

from entrepot.console.screens import (
    approvals,
    chain,
    counterparties,
    exposure,
    policies,
    releases,
    repayments,
)

SCREENS = (
    approvals.SCREEN,
    exposure.SCREEN,
    releases.SCREEN,
    repayments.SCREEN,
    counterparties.SCREEN,
    counterparties.ONE,
    policies.SCREEN,
    chain.SCREEN,
)
