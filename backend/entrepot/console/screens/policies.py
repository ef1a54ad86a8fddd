"""What the bank decided beforehand: how many sign what, whom it limits, what regulators cap."""

from entrepot.console.screen import Looking, Screen, Values
from entrepot.views import exposure


def gather(looking: Looking) -> Values:
    """Bands and limits of the officer's own bank; the caps of every corridor."""
    caller = looking.officer.participant_id
    return {
        "bands": exposure.approval_bands(looking.session, caller),
        "limits": exposure.limits(looking.session, caller),
        "caps": exposure.sandbox(looking.session, caller),
    }


SCREEN = Screen(name="policies", path="/policies", title="Policies", key="o", gather=gather)
