"""The page's addresses: which cases there are, and a reader's place in one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from entrepot.console.frame import mount_files
from entrepot.console.language import language_of
from entrepot.console.rendering import Renderer
from entrepot.console.security import Hardened, check_origin
from entrepot.devnet.cases.case import CaseError
from entrepot.devnet.replay_page.desk import Desk, NoSuchCase
from entrepot.devnet.replay_page.shown import Says

HERE = Path(__file__).parent
NAMES = ("127.0.0.1", "localhost")
"""The hosts that this page answers to: another site's name that leads here is refused."""

router = APIRouter()


def create_page(desk: Desk, words_of: Callable[[str], Says]) -> FastAPI:
    """words_of: a language's code -> our own phrases in it."""
    app = FastAPI(title="Entrepot replay", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.desk, app.state.words_of = desk, words_of
    app.state.renderer = Renderer(folder=HERE / "templates")
    mount_files(app)
    app.mount("/stepper", StaticFiles(directory=HERE / "static"), name="stepper")
    app.include_router(router)
    app.add_exception_handler(CaseError, _no_case)
    app.add_exception_handler(HTTPException, _failed)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(NAMES))
    app.add_middleware(Hardened)
    return app


@router.get("/")
def choose(request: Request) -> Response:
    """The cases to choose from; the case itself where there is but one."""
    names = request.app.state.desk.cases()
    if len(names) == 1:
        return RedirectResponse(f"/cases/{names[0]}", 303)
    return _page(request, "cases.html", names=names)


@router.get("/cases/{name}")
def case(request: Request, name: str) -> Response:
    """The reader's place in the case."""
    return _look(request, name, "")


@router.post("/cases/{name}")
def carry_out(
    request: Request,
    name: str,
    do: Annotated[str, Form(max_length=300)],
    rest: Annotated[list[str] | None, Form(max_length=4)] = None,
) -> Response:
    """Carries a command of the stepper's out. rest: what stands behind its name."""
    check_origin(request)
    return _look(request, name, " ".join([do, *(rest or ())]).strip())


def _look(request: Request, name: str, line: str) -> Response:
    try:
        shown = request.app.state.desk.look(name, language_of(request).code, line)
    except NoSuchCase as error:
        raise HTTPException(404, str(error)) from error
    return _page(request, "stepper.html", case_name=name, shown=shown)


def _page(request: Request, template: str, *, status: int = 200, **values: object) -> Response:
    words = request.app.state.words_of(language_of(request).code)
    return request.app.state.renderer.page(request, template, status=status, say=words, **values)


def _no_case(request: Request, error: Exception) -> Response:
    return _page(request, "refused.html", status=422, what=str(error))


def _failed(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _page(request, "refused.html", status=status, what="")


def _malformed(request: Request, _: Exception) -> Response:
    return _page(request, "refused.html", status=422, what="")
