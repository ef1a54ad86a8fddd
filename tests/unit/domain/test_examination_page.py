"""The page on examination has a row for each rule, as the rule declares itself."""

from pathlib import Path

from entrepot.domain.examination.examining import RULES

PAGE = Path(__file__).parents[3] / "docs/reference/examination.md"


def test_the_page_has_every_rule_as_it_is_declared() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    declared = [f"| `{r.id}` | {r.article} | {r.severity} | {r.guard or '—'} |" for r in RULES]
    assert rows == declared
