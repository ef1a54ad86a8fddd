"""The trade's own identifiers: each parser gives the normal form or says why the value is wrong."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final, NewType

from stdnum import iban as stdnum_iban
from stdnum import imo as stdnum_imo
from stdnum import iso6346 as stdnum_iso6346
from stdnum import lei as stdnum_lei
from stdnum.exceptions import InvalidChecksum, ValidationError

from entrepot.domain.code_lists import COUNTRIES, CURRENCY_EXPONENTS, INCOTERMS
from entrepot.domain.errors import InvalidIdentifier

Lei = NewType("Lei", str)
ContainerNumber = NewType("ContainerNumber", str)
ImoNumber = NewType("ImoNumber", str)
HsCode = NewType("HsCode", str)
Locode = NewType("Locode", str)
Incoterm = NewType("Incoterm", str)
Mrn = NewType("Mrn", str)
Country = NewType("Country", str)
Currency = NewType("Currency", str)
Uetr = NewType("Uetr", str)
Iban = NewType("Iban", str)
Bic = NewType("Bic", str)

_LEI = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
_CONTAINER = re.compile(r"[A-Z]{3}[UJZ][0-9]{7}")
_IMO = re.compile(r"[0-9]{7}")
_HS = re.compile(r"[0-9]{6,12}")
_LOCODE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_MRN = re.compile(r"[0-9]{2}([A-Z]{2})[A-Z0-9]{14}")
_MRN_CHINA = re.compile(r"[0-9]{4}20[0-9]{2}[01][0-9]{9}")
_UETR = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_LOCODE_COUNTRIES: Final = COUNTRIES | {"XZ"}
_MRN_COUNTRIES: Final = COUNTRIES | {"XI"}
_BANK_COUNTRIES: Final = COUNTRIES | {"XK"}


def _upper(kind: str, value: str) -> str:
    """Capitals without the white space around them; InvalidIdentifier names a sign beyond ASCII.

    Most of these look like a letter or digit that would be right. None is translated: of two
    spellings that look the same, only one is the identifier.
    """
    text = value.strip()
    for position, sign in enumerate("" if text.isascii() else text, 1):
        if not sign.isascii():
            name = unicodedata.name(sign, f"U+{ord(sign):04X}")
            raise InvalidIdentifier(
                kind, value, f"its sign {position} is {name}; write it in ASCII"
            )
    return text.upper()


def parse_lei(value: str) -> Lei:
    """ISO 17442: 18 letters or digits and two check digits (ISO 7064 mod 97-10)."""
    text = _upper("LEI", value)
    if not _LEI.fullmatch(text):
        raise InvalidIdentifier("LEI", value, "it needs 18 letters or digits and 2 check digits")
    if not _is_lei(text):
        raise InvalidIdentifier("LEI", value, "its check digits do not match (mod 97-10)")
    return Lei(text)


@lru_cache(4096)
def _is_lei(text: str) -> bool:
    """Kept, for the parties of a trade are few and named in every paper."""
    return stdnum_lei.is_valid(text)


def parse_container(value: str) -> ContainerNumber:
    """ISO 6346: owner, category U, J or Z, six digits, check digit; reads "CSQU 305438-3" too."""
    text = re.sub(r"[ -]", "", _upper("ISO 6346 container number", value))
    if not _CONTAINER.fullmatch(text):
        raise InvalidIdentifier(
            "ISO 6346 container number", value, "it needs 3 letters, U, J or Z, and 7 digits"
        )
    if not stdnum_iso6346.is_valid(text):
        expected = stdnum_iso6346.calc_check_digit(text[:-1])
        raise InvalidIdentifier(
            "ISO 6346 container number", value, f"its check digit should be {expected}"
        )
    return ContainerNumber(text)


def parse_imo(value: str) -> ImoNumber:
    """IMO ship number: seven digits, the last one a check digit; "IMO 9321483" too."""
    text = re.sub(r"^IMO *", "", _upper("IMO ship number", value))
    if not _IMO.fullmatch(text):
        raise InvalidIdentifier("IMO ship number", value, "it needs 7 digits")
    if not stdnum_imo.is_valid(text):
        raise InvalidIdentifier("IMO ship number", value, "its check digit does not match")
    return ImoNumber(text)


def parse_hs(value: str) -> HsCode:
    """Harmonised System code of 6 digits, or a longer national one (CN 8, TARIC 10, up to 12)."""
    text = re.sub(r"[ .]", "", _upper("HS code", value))
    if not _HS.fullmatch(text):
        raise InvalidIdentifier("HS code", value, "it needs 6 to 12 digits")
    if not 1 <= int(text[:2]) <= 97 or text[:2] == "77":
        raise InvalidIdentifier("HS code", value, f"there is no chapter {text[:2]}")
    return HsCode(text)


def parse_locode(value: str) -> Locode:
    """UN/LOCODE: a country that exists (or XZ, the high seas) and three characters: "CNNGB"."""
    text = re.sub(r" ", "", _upper("UN/LOCODE", value))
    if not _LOCODE.fullmatch(text):
        raise InvalidIdentifier("UN/LOCODE", value, "it needs a country code and 3 characters")
    if text[:2] not in _LOCODE_COUNTRIES:
        raise InvalidIdentifier("UN/LOCODE", value, f"there is no country {text[:2]}")
    return Locode(text)


def parse_incoterm(value: str) -> Incoterm:
    """A rule of Incoterms 2020, three letters."""
    text = _upper("Incoterms 2020 rule", value)
    if text not in INCOTERMS:
        why = (
            "DPU took its place in 2020"
            if text == "DAT"
            else f"one of {', '.join(sorted(INCOTERMS))}"
        )
        raise InvalidIdentifier("Incoterms 2020 rule", value, why)
    return Incoterm(text)


def parse_mrn(value: str) -> Mrn:
    """Number of a customs declaration, 18 characters.

    Either year, country and 14 letters or digits (the EU's and the UK's MRN; its last digit is not
    a check digit everywhere, so it is not tested), or China's: customs district, year, 0 export or
    1 import, nine digits.
    """
    text = _upper("MRN", value)
    if _MRN_CHINA.fullmatch(text):
        return Mrn(text)
    match = _MRN.fullmatch(text)
    if match is None:
        raise InvalidIdentifier("MRN", value, "it needs year, country and 14 characters, 18 in all")
    if match[1] not in _MRN_COUNTRIES:
        raise InvalidIdentifier("MRN", value, f"there is no country {match[1]}")
    return Mrn(text)


def parse_country(value: str) -> Country:
    """ISO 3166-1 alpha-2 country code."""
    text = _upper("ISO 3166-1 country code", value)
    if text not in COUNTRIES:
        raise InvalidIdentifier("ISO 3166-1 country code", value, "it is not in the list")
    return Country(text)


def parse_currency(value: str) -> Currency:
    """ISO 4217 code of an active currency with minor units."""
    text = _upper("ISO 4217 currency code", value)
    if text not in CURRENCY_EXPONENTS:
        raise InvalidIdentifier("ISO 4217 currency code", value, "it is not in the list")
    return Currency(text)


def parse_uetr(value: str) -> Uetr:
    """End-to-end reference of a payment: a UUID of version 4, in lower case."""
    text = _upper("UETR", value)
    if not _UETR.fullmatch(text):
        raise InvalidIdentifier("UETR", value, "it needs to be a UUID of version 4, with hyphens")
    return Uetr(text.lower())


def parse_iban(value: str) -> Iban:
    """ISO 13616 account number: country, check digits (mod 97-10), the country's own account."""
    text = re.sub(r" ", "", _upper("IBAN", value))
    try:
        return Iban(stdnum_iban.validate(text))
    except InvalidChecksum:
        raise InvalidIdentifier("IBAN", value, "its check digits do not match") from None
    except ValidationError:
        why = "it is not a country, two check digits and an account as that country has them"
        raise InvalidIdentifier("IBAN", value, why) from None


def parse_bic(value: str) -> Bic:
    """ISO 9362 code of a bank, 8 or 11 characters."""
    text = _upper("BIC", value)
    if not _BIC.fullmatch(text):
        why = "it needs 4 letters, a country, 2 letters or digits, and maybe 3 more for a branch"
        raise InvalidIdentifier("BIC", value, why)
    if text[4:6] not in _BANK_COUNTRIES:
        raise InvalidIdentifier("BIC", value, f"there is no country {text[4:6]}")
    return Bic(text)
