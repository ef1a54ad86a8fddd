"""Bars as inline SVG; what they show stands in a table beside them too."""

from collections.abc import Sequence
from html import escape

LABEL_PX, BAR_PX, VALUE_PX, ROW_PX = 250, 360, 110, 24


def number(value: str) -> float:
    """Of a value as a table spells it."""
    return float(value.replace(",", ""))


def bars(names: Sequence[str], values: Sequence[str], title: str, most: float) -> str:
    """One horizontal bar for each name; values as the table spells them, zero or more. most: what
    takes the whole width."""
    numbers = [number(value) for value in values]
    width, height = LABEL_PX + BAR_PX + VALUE_PX, ROW_PX * len(names)
    drawn = "".join(
        _bar(place, name, value, amount / (most or 1))
        for place, (name, value, amount) in enumerate(zip(names, values, numbers, strict=True))
    )
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">{drawn}</svg>'
    )


def _bar(place: int, name: str, value: str, share: float) -> str:
    top, middle = place * ROW_PX + 4, place * ROW_PX + ROW_PX // 2
    width = round(BAR_PX * share, 1)
    return (
        f'<text class="name" x="{LABEL_PX - 8}" y="{middle}">{escape(name)}</text>'
        f'<rect x="{LABEL_PX}" y="{top}" width="{width}" height="{ROW_PX - 8}"/>'
        f'<text x="{LABEL_PX + width + 6}" y="{middle}">{escape(value)}</text>'
    )
