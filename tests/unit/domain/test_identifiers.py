"""Identifiers of the trade: normal form if right, the reason if wrong."""

from collections.abc import Callable

import pytest

from entrepot.domain import identifiers
from entrepot.domain.code_lists import COUNTRIES
from entrepot.domain.errors import InvalidIdentifier

Parse = Callable[[str], str]

GOOD = [
    (identifiers.parse_lei, "529900T8BM49AURSDO55", "529900T8BM49AURSDO55"),
    (identifiers.parse_lei, " 213800hx6izm1qnbaj33 ", "213800HX6IZM1QNBAJ33"),
    (identifiers.parse_lei, "ENTR00NINGBOHAISHU13", "ENTR00NINGBOHAISHU13"),
    (identifiers.parse_container, "CSQU3054383", "CSQU3054383"),
    (identifiers.parse_container, "csqu 305438-3", "CSQU3054383"),
    (identifiers.parse_container, "NARU3472484", "NARU3472484"),
    (identifiers.parse_imo, "9321483", "9321483"),
    (identifiers.parse_imo, "IMO 9321483", "9321483"),
    (identifiers.parse_hs, "8516.71", "851671"),
    (identifiers.parse_hs, "8516710000", "8516710000"),
    (identifiers.parse_locode, "cn ngb", "CNNGB"),
    (identifiers.parse_locode, "USLA8", "USLA8"),
    (identifiers.parse_incoterm, "cif", "CIF"),
    (identifiers.parse_mrn, "20GB1Q3RTK463FGVR4", "20GB1Q3RTK463FGVR4"),
    (identifiers.parse_mrn, "310420260548812345", "310420260548812345"),
    (identifiers.parse_country, "nl", "NL"),
    (identifiers.parse_currency, "usd", "USD"),
    (
        identifiers.parse_uetr,
        "EB6305C9-1F7F-49DE-AED0-16487C27B42D",
        "eb6305c9-1f7f-49de-aed0-16487c27b42d",
    ),
    (identifiers.parse_iban, "nl91 abna 0417 1643 00", "NL91ABNA0417164300"),
    (identifiers.parse_iban, "DE89370400440532013000", "DE89370400440532013000"),
    (identifiers.parse_bic, "deutdeff", "DEUTDEFF"),
    (identifiers.parse_bic, "BKCHCNBJ920", "BKCHCNBJ920"),
]
WRONG = [
    (identifiers.parse_lei, "5493001KJTIIGC8Y1R17", "check digits"),
    (identifiers.parse_lei, "5493001KJTIIGC8Y1R1", "18 letters"),
    (identifiers.parse_lei, "\u0415NTR00NINGBOHAISHU13", "sign 1 is CYRILLIC CAPITAL"),
    (identifiers.parse_container, "MSKU0034730", "check digit should be"),
    (identifiers.parse_container, "CSQX3054383", "U, J or Z"),
    (identifiers.parse_container, "CSQU30543", "7 digits"),
    (identifiers.parse_imo, "9321484", "check digit"),
    (identifiers.parse_imo, "932148", "7 digits"),
    (identifiers.parse_imo, "\u0669321483", "sign 1 is ARABIC-INDIC DIGIT NINE"),
    (identifiers.parse_hs, "85167", "6 to 12 digits"),
    (identifiers.parse_hs, "770000", "no chapter 77"),
    (identifiers.parse_hs, "000000", "no chapter 00"),
    (identifiers.parse_locode, "XYABC", "no country XY"),
    (identifiers.parse_locode, "CNN1B", "3 characters"),
    (identifiers.parse_incoterm, "DAT", "DPU"),
    (identifiers.parse_incoterm, "FOT", "one of"),
    (identifiers.parse_mrn, "20GB1Q3RTK463FGVR", "18 in all"),
    (identifiers.parse_mrn, "20QQ1Q3RTK463FGVR4", "no country QQ"),
    (identifiers.parse_mrn, "310420262548812345", "18 in all"),
    (identifiers.parse_country, "XK", "not in the list"),
    (identifiers.parse_country, "\ufb01", "sign 1 is LATIN SMALL LIGATURE FI"),
    (identifiers.parse_currency, "DEM", "not in the list"),
    (identifiers.parse_container, "CSQU\uff13054383", "FULLWIDTH DIGIT THREE"),
    (identifiers.parse_mrn, "20GB1Q3RTK463FGV\u200bR", "ZERO WIDTH SPACE"),
    (identifiers.parse_uetr, "eb6305c9-1f7f-19de-aed0-16487c27b42d", "version 4"),
    (identifiers.parse_uetr, "eb6305c91f7f49deaed016487c27b42d", "hyphens"),
    (identifiers.parse_iban, "NL91ABNA0417164301", "check digits"),
    (identifiers.parse_iban, "NL91ABNA04171643", "check digits"),
    (identifiers.parse_iban, "", "as that country"),
    (identifiers.parse_bic, "DEUTDEF", "4 letters"),
    (identifiers.parse_bic, "DEUTQQFF", "no country QQ"),
]


@pytest.mark.parametrize(("parse", "value", "normal"), GOOD)
def test_parse_when_right_gives_the_normal_form(parse: Parse, value: str, normal: str) -> None:
    assert parse(value) == normal


@pytest.mark.parametrize(("parse", "value", "why"), WRONG)
def test_parse_when_wrong_says_why(parse: Parse, value: str, why: str) -> None:
    with pytest.raises(InvalidIdentifier, match=why) as refusal:
        parse(value)
    assert refusal.value.value == value


@pytest.mark.parametrize("digit", range(10))
def test_container_has_exactly_one_check_digit(digit: int) -> None:
    number = f"BQMU401127{digit}"
    if digit == 9:
        assert identifiers.parse_container(number) == number
    else:
        with pytest.raises(InvalidIdentifier, match="should be 9"):
            identifiers.parse_container(number)


def test_countries_are_the_249_of_iso_3166() -> None:
    assert len(COUNTRIES) == 249
