"""The application: routes, errors, the door, and its description as OpenAPI 3.1."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

import entrepot
from entrepot.api import errors, examples, reference
from entrepot.api.door import Door
from entrepot.api.metrics import Metrics
from entrepot.api.problems import MEDIA_TYPE
from entrepot.api.routes import (
    chain,
    clients,
    consents,
    documents,
    events,
    examinations,
    facilities,
    health,
    oauth,
    offers,
    orders,
    participants,
    policies,
    proposals,
    shipments,
    statements,
    titles,
    webhooks,
)
from entrepot.api.schemas.answers import ProblemOut
from entrepot.api.streaming import Streams
from entrepot.domain.consents import KINDS
from entrepot.steps import World
from entrepot.views.fields import CATALOGUE, Class

TITLE: Final = "Entrepot"
SUMMARY: Final = "Trade finance on a permissioned ledger: the contract decides, the backend asks."
TAGS: Final = [
    {"name": "orders", "description": "Placed by the exporter, accepted by the importer."},
    {"name": "documents", "description": "Papers of an order, and the facts they are."},
    {"name": "examinations", "description": "Documents under a credit (UCP 600, eUCP 2.1)."},
    {"name": "shipments", "description": "Voyages and events (DCSA Track & Trace 2.2)."},
    {"name": "customs", "description": "Customs' answers (WCO Data Model 3.6)."},
    {"name": "titles", "description": "Electronic bills of lading (DCSA EBL 3.0, PINT 3.0)."},
    {"name": "facilities", "description": "Loans in tranches, by several lenders."},
    {"name": "offers", "description": "What lenders are ready to finance, and at which price."},
    {"name": "quotes", "description": "What an order's financing costs; the exporter accepts."},
    {"name": "statements", "description": "What repayments brought each participant."},
    {"name": "releases", "description": "Money that went out, and is asked for."},
    {"name": "deposits", "description": "Tokenised deposits, one bank's and currency's each."},
    {"name": "policies", "description": "Limits, bands of approval, sandbox caps; changed by two."},
    {"name": "participants", "description": "Members and their keys."},
    {"name": "clients", "description": "Machines that may ask for tokens."},
    {"name": "consents", "description": "What others may see (Berlin Group NextGenPSD2)."},
    {"name": "operations", "description": "What became of a command."},
    {"name": "events", "description": "What happened, as CloudEvents 1.0."},
    {"name": "webhooks", "description": "Where you are told (Standard Webhooks 1.0)."},
    {"name": "chain", "description": "How far the chain is known here."},
    {"name": "health", "description": "For operators."},
]
REFUSALS: Final = {
    "400": "Unreadable",
    "401": "No valid token",
    "403": "Not for this token, or not yours to do",
    "404": "There is no such thing, or you are no party to it",
    "409": "Not as things stand; contract_error has the contract's own reason",
    "408": "Too slow",
    "413": "Too large",
    "415": "Another media type is needed",
    "422": "It cannot be used as it is",
    "429": "The consent is used up for today",
    "431": "Its headers are too large",
    "500": "Our fault",
    "503": "Not now",
}
OF_COMMANDS: Final = ("408", "409", "413", "415")
OF_ANYBODY: Final = ("500", "503")


def create_app(world: World) -> FastAPI:
    """The API over one world: no pages, nothing loaded from elsewhere, no foreign origin let in."""
    app = FastAPI(
        title=TITLE,
        summary=SUMMARY,
        version=entrepot.__version__,
        openapi_tags=TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    app.state.world = world
    app.state.streams = Streams()
    for module in (
        orders,
        documents,
        examinations,
        shipments,
        titles,
        facilities,
        offers,
        statements,
        policies,
        proposals,
        participants,
        clients,
        consents,
        chain,
        events,
        webhooks,
        health,
        oauth,
    ):
        app.include_router(module.api)
    app.include_router(reference.api)
    errors.install(app)
    app.state.metrics = Metrics(world)
    app.add_middleware(
        Door,
        body_bytes_max=world.settings.document_bytes_max,
        body_s_max=world.settings.request_seconds_max,
        metrics=app.state.metrics,
    )
    app.openapi = lambda: _described(app)
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, made once; every refusal in it is a problem."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            openapi_version="3.1.0",
            routes=app.routes,
            tags=TAGS,
            license_info=app.license_info,
        )
        schemas = schema["components"]["schemas"]
        reference = "#/components/schemas/{model}"
        problem = ProblemOut.model_json_schema(ref_template=reference)
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        _add_masks(schemas)
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                _add_refusals(method, operation)
        examples.add_to(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _add_masks(schemas: dict[str, Any]) -> None:
    """A field that a consent must name is null where it doesn't; each says how much it tells."""
    for view, known in CATALOGUE.items():
        for name in (view, view.removesuffix("View") + "Out"):
            fields = schemas.get(name, {}).get("properties", {})
            for field, told in known.fields.items():
                if told is Class.PUBLIC or field not in fields:
                    continue
                meant = fields[field]
                if known.kind in KINDS or known.told_with:
                    other = meant.pop("anyOf", [{**meant}])
                    options = [one for one in other if one.get("type") != "null"]
                    meant = {"anyOf": [*options, {"type": "null"}]}
                fields[field] = {**meant, "x-sensitivity": str(told)}


def _add_refusals(method: str, operation: dict[str, Any]) -> None:
    is_open = "security" not in operation
    for status, description in REFUSALS.items():
        if is_open and status not in OF_ANYBODY:
            operation["responses"].pop(status, None)
            continue
        if method == "get" and status in OF_COMMANDS:
            continue
        operation["responses"][status] = {
            "description": description,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
