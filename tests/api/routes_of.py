"""Every route of the API, with a request for it that is sound in form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from tests.api.stage import input_file, lei

UNKNOWN_ID = "0x" + "ab" * 32
OPEN = ("/healthz", "/readyz")
QUESTIONS = ("/v1/documents/verify", "/v1/documents/{document_id}:disclose")
"""POSTs that write nothing: a reader may ask them."""

FORMS: dict[str, dict[str, Any]] = {
    "/v1/orders/{order_id}/documents": {
        "data": {"kind": "INVOICE"},
        "files": input_file("invoice.xml"),
    },
    "/v1/titles": {
        "data": {"order_id": UNKNOWN_ID},
        "files": input_file("transport-document.json"),
    },
    "/v1/titles/{title_id}:reissue": {"files": input_file("transport-document.json")},
    "/v1/documents/verify": {"files": input_file("invoice.xml")},
    "/v1/customs-events": {"files": input_file("export-response-accepted.xml")},
}


@dataclass(frozen=True)
class Route:
    method: str
    template: str
    request: dict[str, Any]

    def path(self, **ids: str) -> str:
        """The path with an unknown id in it, or those that are given."""
        known = {
            "lei": lei("importer"),
            "tranche": "0",
            "operation_id": "op_" + "0" * 32,
            "client_id": "client_" + "0" * 32,
            "webhook_id": "ab" * 16,
            "delivery_id": "7",
            "consent_id": "con_" + "0" * 32,
            "offer_id": "off_" + "0" * 32,
            "proposal_id": "pol_" + "0" * 32,
            "quote_id": "quo_" + "0" * 32,
            **ids,
        }
        path = self.template
        for part in path.split("{")[1:]:
            name = part.partition("}")[0]
            path = path.replace(f"{{{name}}}", known.get(name, UNKNOWN_ID))
        return path

    @property
    def has_id(self) -> bool:
        return "{" in self.template and "{lei}" not in self.template

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def routes_of(app: FastAPI) -> Iterator[Route]:
    """As the description has them: what is not described is not there."""
    schema = app.openapi()
    for template, methods in schema["paths"].items():
        for method, operation in methods.items():
            if template not in OPEN:
                yield Route(method.upper(), template, _request(schema, template, operation))


def _request(schema: dict[str, Any], template: str, operation: dict[str, Any]) -> dict[str, Any]:
    """The example that the description gives, or the form of an upload."""
    if template in FORMS:
        return FORMS[template]
    media = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if media is None:
        return {}
    if "example" in media:
        return {"json": media["example"]}
    found = media["schema"]
    for option in [found, *found.get("anyOf", [])]:
        name = option.get("$ref", "").rpartition("/")[2]
        examples = schema["components"]["schemas"].get(name, {}).get("examples")
        if examples:
            return {"json": examples[0]}
    return {}
