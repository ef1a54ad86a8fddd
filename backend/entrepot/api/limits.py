"""How much one participant may ask of us, so that none is crowded out by another.

Told on every answer in the RateLimit fields of draft-ietf-httpapi-ratelimit-headers-10; counted in
the database, so that several processes of the API count as one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from fastapi import Request

from entrepot.api.problems import RATE_LIMITED, Refused
from entrepot.kit.clock import to_unix
from entrepot.steps import World
from entrepot.steps.submission.caller import Caller
from entrepot.store import counting

Policy = Literal["reads", "commands"]
_WINDOW_S: Final = counting.WINDOW_S


def admit(request: Request, world: World, caller: Caller, policy: Policy) -> None:
    """Counts the request; 429 when the participant has had its share of this minute."""
    quota = quota_of(world, policy)
    now = to_unix(world.clock.now())
    used = getattr(request.state, "used", None)
    if used is None:  # it was not counted together with the look at who comes
        used = counting.count(world.store, caller.participant_id, policy, now)
    left, seconds = max(0, quota - used), _WINDOW_S - now % _WINDOW_S
    told = {
        "RateLimit-Policy": f'"{policy}";q={quota};w={_WINDOW_S}',
        "RateLimit": f'"{policy}";r={left};t={seconds}',
    }
    request.state.headers = told
    if used > quota:
        detail = f"more than {quota} {policy} of one participant within a minute"
        mend = f"wait {seconds} s, then go on more slowly; RateLimit tells what is left"
        problem = replace(RATE_LIMITED, detail=detail, mend=mend)
        raise Refused(problem, {"Retry-After": str(seconds)})


def quota_of(world: World, policy: Policy) -> int:
    """Requests in a minute."""
    settings = world.settings
    return settings.reads_per_minute if policy == "reads" else settings.commands_per_minute
