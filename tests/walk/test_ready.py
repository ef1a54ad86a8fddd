"""Whether an instance may be asked, and how far behind it is."""

import pytest

from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]


def test_readiness_tells_the_lag_and_the_oldest_call(straight_walk: Walk) -> None:
    straight_walk.fingerprint()  # waits until all is dealt with
    told = straight_walk.ask("exporter", "GET", "/readyz").json()
    assert told == {"status": "ok", "lag_blocks": 0, "oldest_call_s": 0.0}
