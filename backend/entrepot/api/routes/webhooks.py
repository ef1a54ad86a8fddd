"""Webhooks: where a member wants to be told (Standard Webhooks 1.0)."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query, Response

from entrepot.api.deps import Desk, Reader, hands_in
from entrepot.api.routes.paths import After, Limit, bare, lists, router, shows
from entrepot.api.schemas.answers import written
from entrepot.api.schemas.webhooks import ReplayIn, RotateIn, WebhookChangeIn, WebhookIn
from entrepot.domain import standard_webhooks
from entrepot.steps.submission import webhooks
from entrepot.steps.submission.webhooks import OnWebhook, Redeliver
from entrepot.store import webhooks as store
from entrepot.store.session import Session
from entrepot.views import webhooks as webhook_views
from entrepot.views.webhooks import DeliveryView, WebhookView

api = router("webhooks")

Manages = Annotated[Desk, hands_in("admin")]
WebhookId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", examples=["5a" * 16])]
DeliveryId = Annotated[str, Path(pattern=r"^[0-9]{1,18}$", examples=["1042"])]
SHOWN: Final[dict[str, Any]] = {"response_model": written(WebhookView)}
MADE: Final[dict[str, Any]] = {**SHOWN, "status_code": 201}
BARE: Final[dict[str, Any]] = {"dependencies": [Depends(bare)]}
SENT: Final[dict[str, Any]] = {**BARE, "response_model": written(DeliveryView)}


@api.post("/webhooks", summary="Be told at an address", **MADE)
def create_webhook(body: WebhookIn, desk: Manages) -> Response:
    """Answers with the secret that messages are signed with; it is shown here and on rotation
    only."""
    return desk.write(webhooks.create, body.to_command(), _with_secret(desk), 201)


@api.get("/webhooks", summary="Own webhooks", **lists(WebhookView))
def list_webhooks(window: Reader) -> Response:
    """The oldest first, none of others."""
    return window.page(webhook_views.list_webhooks)


@api.get("/webhooks/{webhook_id:plain}", summary="One webhook", **shows(WebhookView))
def get_webhook(webhook_id: WebhookId, window: Reader) -> Response:
    """How far it has come, and whether it answers."""
    return window.one(
        "webhook",
        lambda session, caller: webhook_views.get_webhook(session, caller, webhook_id),
    )


@api.patch("/webhooks/{webhook_id:plain}", summary="Change a webhook", **SHOWN)
def change_webhook(webhook_id: WebhookId, body: WebhookChangeIn, desk: Manages) -> Response:
    """What is left out stays as it is. ACTIVE again, it is told all that has waited."""
    return desk.write(webhooks.change, body.to_command(webhook_id), _plain(desk))


@api.delete("/webhooks/{webhook_id:plain}", summary="Delete a webhook", status_code=204)
def delete_webhook(webhook_id: WebhookId, desk: Manages) -> Response:
    """With its secrets, and with what waits for it."""
    return desk.write(webhooks.delete, OnWebhook(webhook_id=webhook_id), lambda *_: None)


@api.post("/webhooks/{webhook_id}:rotate-secret", summary="Take a new secret", **SHOWN)
def rotate_secret(webhook_id: WebhookId, body: RotateIn, desk: Manages) -> Response:
    """Until the overlap is over each message bears a signature by both."""
    return desk.write(webhooks.rotate, body.to_command(webhook_id), _with_secret(desk))


@api.post("/webhooks/{webhook_id}:replay", summary="Be told again from a cursor", **SHOWN)
def replay_webhook(webhook_id: WebhookId, body: ReplayIn, desk: Manages) -> Response:
    """All after it, in order, under the same ids as before."""
    return desk.write(webhooks.replay, body.to_command(webhook_id), _plain(desk))


@api.post("/webhooks/{webhook_id}:ping", summary="Send a message that says nothing", **SENT)
def ping_webhook(webhook_id: WebhookId, desk: Manages) -> Response:
    """To see whether it arrives: the delivery says what was answered."""
    return desk.write(webhooks.ping, OnWebhook(webhook_id=webhook_id), _delivery(desk, webhook_id))


@api.get(
    "/webhooks/{webhook_id}/deliveries", summary="What was sent to a webhook", **lists(DeliveryView)
)
def list_deliveries(
    webhook_id: WebhookId,
    window: Reader,
    state: Annotated[str | None, Query(pattern="^(PENDING|DELIVERED)$")] = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """The newest first; what was delivered is kept for 30 days."""
    return window.page(
        lambda session, caller: webhook_views.list_deliveries(
            session, caller, webhook_id, state=state, after=after, limit=limit
        ),
        "webhook",
    )


@api.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}:redeliver",
    summary="Send a message again",
    **SENT,
)
def redeliver(webhook_id: WebhookId, delivery_id: DeliveryId, desk: Manages) -> Response:
    """At once, under the same id."""
    command = Redeliver(webhook_id=webhook_id, delivery_id=int(delivery_id))
    return desk.write(webhooks.redeliver, command, _delivery(desk, webhook_id))


def _plain(desk: Desk) -> Any:
    caller = desk.caller.participant_id
    return lambda session, webhook_id: webhook_views.get_webhook(session, caller, webhook_id)


def _with_secret(desk: Desk) -> Any:
    """The newest secret, also for whoever repeats the request that made it."""

    def tell(session: Session, webhook_id: str) -> WebhookView | None:
        world, caller = desk.world, desk.caller.participant_id
        if store.find(session, caller, webhook_id) is None:
            return None
        now = world.clock.now()
        newest = store.secrets(session, world.vault.keyring, webhook_id, now)[0]
        secret = standard_webhooks.spell(newest)
        return webhook_views.get_webhook(session, caller, webhook_id, secret)

    return tell


def _delivery(desk: Desk, webhook_id: str) -> Any:
    caller = desk.caller.participant_id
    return lambda session, delivery_id: webhook_views.get_delivery(
        session, caller, webhook_id, int(delivery_id)
    )
