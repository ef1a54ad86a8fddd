"""Every error as a problem: one table, from the class of the error to a status and a title."""

from __future__ import annotations

import re

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from entrepot.api import problems, refusals
from entrepot.api.problems import Problem, Refused, respond
from entrepot.chain.errors import CallReverted, KeyUnknown, NodeUnavailable
from entrepot.domain.errors import (
    Conflict,
    Contradiction,
    DomainError,
    InvalidInput,
    MalformedDocument,
    NonconformingDocument,
    NotFound,
    NotPermitted,
    OversizedDocument,
)
from entrepot.kit.abi import to_plain
from entrepot.kit.logs import Log
from entrepot.store.blobs import BlobsUnavailable
from entrepot.store.errors import is_passing
from entrepot.store.vault import VaultDamaged, VaultErased, VaultLocked

log = Log(__name__)

ERRORS_MAX = 20

STATUSES: tuple[tuple[type[DomainError], int, str], ...] = (
    (NotFound, 404, "Not found"),
    (NotPermitted, 403, "Not permitted"),
    (Conflict, 409, "Not as things stand"),
    (OversizedDocument, 413, "The document is too large"),
    (Contradiction, 422, "It disagrees with what is agreed"),
    (InvalidInput, 422, "It cannot be used as it is"),
    (DomainError, 409, "The business refuses"),
)
"""First match wins: the narrower class stands above the wider one."""


def install(app: FastAPI) -> None:
    """Answers every error that a route or the framework raises."""
    app.add_exception_handler(HTTPException, _of_framework)
    app.add_exception_handler(RequestValidationError, _of_validation)
    for kind in (Refused, DomainError, CallReverted, NodeUnavailable, KeyUnknown):
        app.add_exception_handler(kind, _of_ours)


def problem_of(error: Exception) -> Problem:
    """The problem that an error is, whatever it is."""
    match error:
        case Refused():
            return error.problem
        case DomainError():
            return _of_domain(error)
        case CallReverted():
            abi = error.revert.abi
            told = {"contract": abi.contract, "name": abi.name, "arguments": to_plain(error.revert)}
            return refusals.problem_of(told)
        case KeyUnknown():
            return Problem(
                status=403,
                code="key-not-held",
                title="Not permitted",
                detail="the token's key is none of those that we sign with",
                mend="use a token whose key is kept here",
            )
        case VaultDamaged():
            return problems.DAMAGED
        case VaultErased():
            return problems.ERASED
        case VaultLocked():
            return problems.LOCKED
        case NodeUnavailable() | BlobsUnavailable():
            return problems.UNAVAILABLE
        case _:
            return problems.UNAVAILABLE if is_passing(error) else problems.INTERNAL


def _of_domain(error: DomainError) -> Problem:
    status, title = next((s, t) for kind, s, t in STATUSES if isinstance(error, kind))
    return Problem(
        status=status,
        code=error.code,
        title=title,
        detail=str(error),
        mend=str(getattr(error, "mend", "")),
        errors=_places(error),
    )


def _places(error: DomainError) -> list[dict[str, str]]:
    """Where in a document it is wrong: XPath or JSON pointer."""
    match error:
        case MalformedDocument():
            return [{"pointer": error.location, "why": error.why}]
        case NonconformingDocument():
            broken = error.violations[:ERRORS_MAX]
            return [
                {
                    "pointer": v.location,
                    "why": f"{v.rule}: {v.why}",
                    "expected": v.expected,
                    "found": v.found,
                    "mend": v.mend,
                }
                for v in broken
            ]
        case _:
            return []


def _of_ours(request: Request, error: Exception) -> Response:
    headers = error.headers if isinstance(error, Refused) else {}
    return _respond(request, problem_of(error), headers)


def _of_framework(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    for problem in (problems.TOO_LARGE, problems.TOO_SLOW):
        if error.status_code == problem.status:
            return _respond(request, problem, {})
    headers = dict(error.headers or {})
    if error.status_code == 405 and (methods := _methods(request)):
        headers["Allow"] = ", ".join(sorted(methods))
    problem = problems.of_status(error.status_code, str(error.detail))
    return _respond(request, problem, headers)


def _methods(request: Request) -> set[str]:
    """All that the path may be asked, as it is described: several routes may share it."""
    found: set[str] = set()
    for template, methods in request.app.openapi()["paths"].items():
        pattern = re.sub(r"\\\{[a-z_]+\\\}", "[^/:]+", re.escape(template))
        if re.fullmatch(pattern, request.url.path):
            found.update(method.upper() for method in methods)
    return found


def _of_validation(request: Request, error: Exception) -> Response:
    """Names every wrong place, never repeats what stood there."""
    if not isinstance(error, RequestValidationError):
        raise error
    places = [
        {"pointer": "/".join(("", *map(str, each["loc"]))), "why": str(each["msg"])}
        for each in error.errors()[:ERRORS_MAX]
    ]
    first = places[0] if places else {"pointer": "/", "why": "unreadable"}
    problem = Problem(
        status=422,
        code="invalid-request",
        title="It cannot be used as it is",
        detail=f"{first['pointer']}: {first['why']}",
        mend="see errors for every place, and /openapi.json for what is taken",
        errors=places,
    )
    return _respond(request, problem, {})


def _respond(request: Request, problem: Problem, headers: dict[str, str]) -> Response:
    request.state.code = problem.code
    return respond(problem, request.url.path, request.state.request_id, headers)
