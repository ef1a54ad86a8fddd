"""Deposits, and what lenders and regulators decide beforehand."""

from __future__ import annotations

from typing import Annotated

from fastapi import Response

from entrepot.api.deps import Desk, Reader, hands_in
from entrepot.api.routes.paths import COMMAND, lists, router
from entrepot.api.schemas.facilities import DepositIn
from entrepot.api.schemas.policies import BandsIn, LimitIn, SandboxCapIn
from entrepot.steps.submission import payments, policies
from entrepot.views import deposits, exposure
from entrepot.views.deposits import DepositView
from entrepot.views.exposure import BandsView, LimitView, SandboxView

api = router("policies")
Decides = Annotated[Desk, hands_in("decide")]


@api.post("/deposits", summary="Issue a deposit", tags=["deposits"], **COMMAND)
def issue_deposit(body: DepositIn, desk: Decides) -> Response:
    """The bank credits money that came in over a payment rail, once per rail reference."""
    return desk.submit(payments.deposit, body.to_command())


@api.get("/deposits", summary="Own balances", tags=["deposits"], **lists(DepositView))
def list_deposits(window: Reader) -> Response:
    """By currency, in minor units that add up."""
    return window.page(deposits.balances)


@api.post("/limits", summary="Limit an exporter", **COMMAND)
def set_limit(body: LimitIn, desk: Decides) -> Response:
    """Without a limit nothing is released."""
    return desk.submit(policies.set_limit, body.to_command())


@api.get("/limits", summary="Limits and what is used of them", **lists(LimitView))
def list_limits(window: Reader) -> Response:
    """Those that the caller gives, or has."""
    return window.page(exposure.limits)


@api.post("/sandbox-caps", summary="Cap a corridor", **COMMAND)
def set_sandbox_cap(body: SandboxCapIn, desk: Decides) -> Response:
    """For regulators. Without a cap nothing is released in a corridor."""
    return desk.submit(policies.set_cap, body.to_command())


@api.get("/sandbox-caps", summary="Corridors and their caps", **lists(SandboxView))
def list_sandbox_caps(window: Reader) -> Response:
    """Known to all members."""
    return window.page(exposure.sandbox)


@api.post("/approval-bands", summary="Say how many officers sign", **COMMAND)
def set_approval_bands(body: BandsIn, desk: Decides) -> Response:
    """By amount; two at least, whatever is asked for."""
    return desk.submit(policies.set_bands, body.to_command())


@api.get("/approval-bands", summary="How many officers sign", **lists(BandsView))
def list_approval_bands(window: Reader) -> Response:
    """The caller's own."""
    return window.page(exposure.approval_bands)
