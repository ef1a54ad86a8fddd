"""The page on events names every type, when it comes, and the data that it has."""

import re
from pathlib import Path

from entrepot.bindings.registry import EVENTS_BY_TOPIC
from entrepot.domain.cloudevents import RECORDED, TYPES, WITHDRAWN, type_of_name

PAGE = Path(__file__).parents[3] / "docs/reference/events.md"
ROWS = {
    row[0].strip("`"): row[1:]
    for line in PAGE.read_text().splitlines()
    if line.startswith("| `entrepot.")
    and (row := [cell.strip() for cell in line.strip("|").split("|")])
}


def test_the_page_names_every_type_and_no_other() -> None:
    assert {name for name in TYPES if not name.endswith(".withdrawn")} == set(ROWS)
    assert all(cells[0] for cells in ROWS.values())


def test_the_page_tells_the_data_of_every_event_of_the_ledger() -> None:
    seen = 0
    for cls in EVENTS_BY_TOPIC.values():
        if cls.abi.name not in (*RECORDED, *WITHDRAWN):
            fields = [field.name.rstrip("_") for field in cls.abi.fields]
            told = ROWS[type_of_name(cls.abi.contract, cls.abi.name)][1]
            assert re.findall(r"`(\w+)`", told) == fields, cls.abi.name
            seen += 1
    assert seen > 90
