"""Pages from templates, each for one reader and under one nonce."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from entrepot.console.language import (
    HERE,
    LANGUAGE_COOKIE,
    LANGUAGES,
    Language,
    catalogue,
    language_of,
    zone_of,
)
from entrepot.console.listing import Column
from entrepot.console.map.drawing import land, sketch
from entrepot.console.showing import Reader, corridor, share, short
from entrepot.views.voyages import STAGES
from entrepot.views.words import PAYOUTS, STEPS

YEAR_S = 365 * 24 * 3600
MARKS = {"ok": "✓", "open": "○", "bad": "✕"}
TEMPLATES: Path = HERE / "templates"


class Renderer:
    """Renders templates for a request. menu: the screens, in the menu's order. folder: of templates
    of somebody else's, who uses our frame."""

    def __init__(self, menu: Sequence[Any] = (), folder: Path | None = None) -> None:
        folders = [TEMPLATES] if folder is None else [folder, TEMPLATES]
        self._environments = {
            code: _environment(language, folders) for code, language in LANGUAGES.items()
        }
        for environment in self._environments.values():
            environment.globals["menu"] = menu

    def page(
        self, request: Request, name: str, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A whole page. A language asked for in the URL is remembered."""
        language = language_of(request)
        html = self._template(language, name).render(**_context(request, values))
        response = HTMLResponse(html, status)
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE,
                language.code,
                max_age=YEAR_S,
                path=request.scope.get("root_path") or "/",
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
        return response

    def part(self, request: Request, name: str, values: Mapping[str, Any]) -> str:
        """A piece of a page, for the live stream."""
        return self._template(language_of(request), name).render(**_context(request, values))

    def _template(self, language: Language, name: str) -> Template:
        return self._environments[language.code].get_template(name)


def reader_of(request: Request, as_of: Any) -> Reader:
    """Who reads, and at which moment of the chain. as_of: a chain.AsOf, or None."""
    now = as_of.timestamp if as_of else None
    return Reader(language=language_of(request), zone=zone_of(request), now=now)


def _context(request: Request, values: Mapping[str, Any]) -> dict[str, Any]:
    reader = reader_of(request, values.get("as_of"))
    other = LANGUAGES["zh" if reader.language.code == "en" else "en"]
    return {
        "request": request,
        "nonce": request.scope["state"]["nonce"],
        "base": request.scope.get("root_path", ""),
        "reader": reader,
        "language": reader.language,
        "other": other,
        "other_url": request.url.include_query_params(lang=other.code),
        **values,
    }


def _environment(language: Language, folders: Sequence[Path]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations = catalogue(language.code)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        **{name: _of_reader(name) for name in ("money", "percent", "age", "name", "count")},
        **{name: _of_reader(name) for name in ("kind", "state", "roles", "words")},
        **{name: _of_reader(name) for name in ("country", "port")},
        "moment": _moment,
        "corridor": corridor,
        "share": share,
        "short": short,
    }
    environment.globals |= {"marks": MARKS, "cell": _cell, "payout_words": PAYOUTS}
    environment.globals["step_words"] = STEPS
    environment.globals |= {"land_outline": land, "sketch": sketch, "stages": STAGES}
    return environment


def _of_reader(name: str) -> Callable[..., str]:
    """A filter that is a method of the page's reader."""

    @pass_context
    def shown(context: Context, value: Any) -> str:
        return getattr(context["reader"], name)(value)

    return shown


@pass_context
def _moment(context: Context, text: str | None) -> str:
    """A time where the reader is, with UTC for who asks."""
    shown = context["reader"].moment(text)
    if text is None:
        return shown
    utc = f"{text[:10]} {text[11:16]} UTC"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(text, utc, shown)


@pass_context
def _cell(context: Context, column: Column, row: Any) -> str:
    """What a row has in a column of a list."""
    reader: Reader = context["reader"]
    value = column.of(row)
    shown = reader.show(column.kind, value)
    if value is None or value == "":
        return shown
    if column.kind == "moment":
        return _moment(context, value)
    if column.kind == "age":
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            value, reader.moment(value), shown
        )
    if column.kind == "state":
        return Markup('<span class="state {}">{}</span>').format(value.lower(), shown)
    if column.kind == "hash" or (column.kind == "reference" and shown != value):
        return Markup('<code title="{}">{}</code>').format(value, shown)
    return shown
