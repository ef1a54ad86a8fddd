"""The page on EN 16931 names every rule that is checked, and every one that is not."""

import re
from pathlib import Path

from entrepot.domain.documents.en16931 import NOT_CHECKED, restrictions, rules

PAGE = Path(__file__).parents[4] / "docs/reference/en16931.md"


def test_the_page_names_every_rule() -> None:
    named = set(re.findall(r"\b(?:BR|UBL|PEPPOL)-[A-Z0-9-]+[0-9]\b", PAGE.read_text()))
    one_by_one = rules() - restrictions.rules()
    assert one_by_one | NOT_CHECKED.keys() == named
    assert f"{len(restrictions.rules())} rules UBL-CR" in PAGE.read_text()
