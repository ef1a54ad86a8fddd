"""The two languages, the reader's zone, and the words of ours in both."""

from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from fastapi import Request

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "entrepot_language"
ZONE_COOKIE = "entrepot_zone"
"""Written by the page's script: the IANA name of the zone that the browser is in."""
ZONE_NAME_MAX = 64


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


def zone_of(request: Request) -> tzinfo:
    """The zone that the browser said it is in; UTC before it has, or when there is no such zone."""
    name = request.cookies.get(ZONE_COOKIE, "")
    return (_zone(name) if 0 < len(name) <= ZONE_NAME_MAX else None) or UTC


@cache
def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # no such zone, or no name of one
        return None


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
