"""Standard Webhooks: the signature as the specification reckons it, and days of attempts."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from entrepot.domain import standard_webhooks
from entrepot.domain.standard_webhooks import DELAYS, delay, headers, sign, spell, unspell

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


def test_signature_is_that_of_the_specification_s_own_example() -> None:
    signed = sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY, unspell(SECRET))
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_headers_bear_a_signature_by_each_secret_that_holds() -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    one, other = b"1" * 32, b"2" * 32
    both = headers("0xab-1", at, BODY, [one, other])
    assert (both["webhook-id"], both["webhook-timestamp"]) == ("0xab-1", "1795176000")
    assert both["webhook-signature"].split() == [
        sign("0xab-1", 1795176000, BODY, one),
        sign("0xab-1", 1795176000, BODY, other),
    ]


def test_every_part_of_the_message_is_signed() -> None:
    whole = sign("id", 1, BODY, b"k" * 32)
    changed = [
        sign("ie", 1, BODY, b"k" * 32),
        sign("id", 2, BODY, b"k" * 32),
        sign("id", 1, BODY + b" ", b"k" * 32),
        sign("id", 1, BODY, b"l" * 32),
    ]
    assert whole not in changed


def test_secret_is_spelled_so_that_it_can_be_read_again() -> None:
    secret = standard_webhooks.new_secret()
    assert len(secret) == 32
    assert unspell(spell(secret)) == secret
    assert spell(unspell(SECRET)) == SECRET
    with pytest.raises(ValueError, match="whsec_"):
        unspell(base64.b64encode(secret).decode())


def test_attempts_go_on_for_days_ever_slower_and_then_end() -> None:
    plain = [delay(attempts, 0.5) for attempts in range(1, len(DELAYS) + 1)]
    waits = [wait for wait in plain if wait is not None]
    assert waits == sorted(waits) == list(DELAYS)
    assert timedelta(days=3) < sum(waits, timedelta()) < timedelta(days=5)
    assert delay(len(DELAYS) + 1, 0.5) is None


def test_chance_spreads_attempts_and_keeps_their_order_of_size() -> None:
    early, late = delay(3, 0), delay(3, 1)
    assert early is not None
    assert late is not None
    assert (early, late) == (DELAYS[2] * 0.8, DELAYS[2] * 1.2)
