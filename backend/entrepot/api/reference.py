"""The reference for people at /docs: the description of the API as one page, without any script.

Whoever reads it needs nothing from elsewhere, and nothing on it can run: its policy lets in one
style sheet of ours. Why it is not Swagger UI: docs/adr/0047.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

PAGES: Final = Path(__file__).parent / "pages"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
Json = dict[str, Any]

api = APIRouter(include_in_schema=False)


@api.get("/docs")
def show_reference(request: Request) -> Response:
    """Every operation, with examples, by resource."""
    state = request.app.state
    if not hasattr(state, "reference"):
        state.reference = rendered(request.app.openapi())
    return Response(
        state.reference,
        media_type="text/html",
        headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"},
    )


@api.get("/docs/reference.css")
def show_style() -> Response:
    """How it looks."""
    return Response(_style(), media_type="text/css", headers={"Cache-Control": "no-cache"})


@cache
def _style() -> bytes:
    return (PAGES / "reference.css").read_bytes()


def rendered(description: Json) -> str:
    """The page for a description (OpenAPI 3.1)."""
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("reference.html").render(
        info=description["info"],
        openapi=description["openapi"],
        tags=[_tag(description, tag) for tag in description["tags"]],
        schemas=[
            _schema(name, schema)
            for name, schema in sorted(description["components"]["schemas"].items())
        ],
    )


def _tag(description: Json, tag: Json) -> Json:
    found = [
        _operation(path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
        if operation["tags"][-1] == tag["name"]
    ]
    return {**tag, "operations": found}


def _operation(path: str, method: str, operation: Json) -> Json:
    verb = method.upper()
    line = f"entrepot token exporter --curl --method {verb} --path '{path}'"
    return {
        "name": operation["operationId"],
        "method": verb,
        "path": path,
        "line": line,
        "summary": operation["summary"],
        "description": _parts(operation.get("description", "")),
        "parameters": [_parameter(each) for each in operation.get("parameters", ())],
        "bodies": _bodies(operation),
        "answers": [
            {"status": status, "about": each["description"]}
            for status, each in sorted(operation["responses"].items())
        ],
    }


def _parameter(parameter: Json) -> Json:
    return {
        "name": parameter["name"],
        "place": parameter["in"],
        "type": _type(parameter["schema"]),
        "about": parameter.get("description", ""),
        "required": parameter.get("required", False),
    }


def _bodies(operation: Json) -> list[Json]:
    """What is sent, and what is answered when all is well, each with its example."""
    said = [("Request", operation.get("requestBody", {}))]
    good = (pair for pair in sorted(operation["responses"].items()) if pair[0] < "300")
    said += [(f"Answer {status}", each) for status, each in good]
    return [
        {
            "title": title,
            "media_type": media_type,
            "schema": media.get("schema", {}).get("$ref", "").rpartition("/")[2],
            "example": _written(media.get("example")),
        }
        for title, body in said
        for media_type, media in body.get("content", {}).items()
    ]


def _written(example: Any) -> str:
    if isinstance(example, str):
        return example
    return json.dumps(example, indent=2, ensure_ascii=False)


def _schema(name: str, schema: Json) -> Json:
    required = schema.get("required", ())
    return {
        "name": name,
        "description": _parts(schema.get("description", "")),
        "members": [
            {
                "name": member,
                "type": _type(each),
                "schema": _named(each),
                "about": each.get("description", ""),
                "required": member in required,
            }
            for member, each in schema.get("properties", {}).items()
        ],
    }


def _named(schema: Json) -> str:
    """The schema that it names, itself or for each of a list."""
    for each in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
        if "$ref" in each:
            return str(each["$ref"]).rpartition("/")[2]
    return ""


def _type(schema: Json) -> str:
    """In words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(each) for each in schema["anyOf"]))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    kind = str(schema.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return f"{kind} ({schema['format']})" if "format" in schema else kind


def _parts(text: str) -> list[str]:
    """Its paragraphs."""
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
