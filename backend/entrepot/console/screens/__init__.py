"""The console's screens, in the order of the menu."""

from entrepot.console.screens import approvals

SCREENS = (approvals.SCREEN,)
