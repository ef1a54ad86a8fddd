"""Pages in two languages: templates, words, amounts and times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.dates import format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from entrepot.views.values import Amount, Party
from entrepot.views.words import kind_in_words, state_in_words

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "entrepot_language"
YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Language:
    """code: in cookies and URLs; tag: BCP 47, for lang=; locale: CLDR's."""

    code: str
    tag: str
    locale: str
    own_name: str
    moment: str


LANGUAGES = {
    "en": Language("en", "en", "en_GB", "English", "d MMM y HH:mm"),
    "zh": Language("zh", "zh-CN", "zh_Hans_CN", "中文", "y/M/d HH:mm"),
}
MARKS = {"ok": "✓", "open": "○", "bad": "✕"}


class Renderer:
    """Renders templates for a request, in its language and under its nonce."""

    def __init__(self) -> None:
        self._environments = {code: _environment(language) for code, language in LANGUAGES.items()}

    def page(
        self, request: Request, name: str, *, status: int = 200, **values: Any
    ) -> HTMLResponse:
        """A whole page. A language asked for in the URL is remembered."""
        language = language_of(request)
        html = self._template(language, name).render(**_context(request, language), **values)
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
        language = language_of(request)
        return self._template(language, name).render(**_context(request, language), **values)

    def _template(self, language: Language, name: str) -> Template:
        return self._environments[language.code].get_template(name)


def language_of(request: Request) -> Language:
    """By the URL, else by the cookie, else the first that the browser asks for and we have."""
    asked = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    for code in asked:
        if code in LANGUAGES:
            return LANGUAGES[code]
    for tag in request.headers.get("accept-language", "").split(","):
        if (code := tag.strip()[:2].lower()) in LANGUAGES:
            return LANGUAGES[code]
    return LANGUAGES["en"]


def _context(request: Request, language: Language) -> dict[str, Any]:
    other = LANGUAGES["zh" if language.code == "en" else "en"]
    return {
        "request": request,
        "nonce": request.scope["state"]["nonce"],
        "base": request.scope.get("root_path", ""),
        "language": language,
        "other": other,
        "other_url": request.url.include_query_params(lang=other.code),
    }


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    translations = catalogue(language.code)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "money": partial(_money, locale=language.locale),
        "percent": partial(_percent, locale=language.locale),
        "share": _share,
        "moment": partial(_moment, language=language),
        "age": partial(_age, locale=language.locale),
        "name": partial(_name, language=language),
        "count": partial(format_decimal, locale=language.locale),
        "kind": lambda kind: translations.gettext(kind_in_words(kind)),
        "state": lambda state: translations.gettext(state_in_words(state)),
        "short": _short,
    }
    environment.globals["marks"] = MARKS
    return environment


@cache
def catalogue(code: str) -> NullTranslations:
    """The words of a language, compiled from its .po file; English speaks for itself."""
    path = HERE / "locale" / code / "LC_MESSAGES" / "console.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return Translations(compiled)


def _money(value: Amount, *, locale: str) -> str:
    return format_currency(
        Decimal(value.amount), value.currency, locale=locale, format="¤¤ #,##0.00"
    )


def _percent(bps: int, *, locale: str) -> str:
    """Basis points as a percentage: 620 as 6.2%, 6000 as 60%."""
    return format_decimal(Decimal(bps) / 100, "0.##", locale=locale) + "%"


def _share(bps: int) -> str:
    """Basis points as a share of a hundred: 6000 as 60, 3333 as 33.33."""
    return f"{Decimal(bps) / 100:f}"


def _moment(text: str | None, *, language: Language) -> str:
    """An RFC 3339 time in UTC, as people of the language write it."""
    if text is None:
        return "—"
    return format_datetime(datetime.fromisoformat(text), language.moment, locale=language.locale)


def _age(text: str | None, now: str | None, *, locale: str) -> str:
    """How long ago, on the chain's clock: "14m"."""
    if text is None or now is None:
        return "—"
    passed = datetime.fromisoformat(now) - datetime.fromisoformat(text)
    return format_timedelta(max(passed, timedelta()), format="narrow", locale=locale)


def _name(party: Party, *, language: Language) -> str:
    """The name that the reader reads; the other one where there is none."""
    return (party.name_zh or party.name) if language.code == "zh" else party.name


def _short(text: str) -> str:
    """0x8f1c…55aa: enough of a hash to recognise it."""
    return text if len(text) <= 14 else f"{text[:6]}…{text[-4:]}"
