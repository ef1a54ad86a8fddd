"""The measured gas in words, and as the table of contracts/README.md."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from entrepot.devnet.metering import BILL_RATIO_MAX, Metered, Verb

BEGIN = "<!-- gas: written by scripts/bench gas --write -->"
END = "<!-- /gas -->"


def lines(measured: Metered) -> Iterator[str]:
    """For a terminal."""
    m = measured
    yield f"{'verb':<28}{'calls':>6}{'gas each':>20}{'gas':>12}"
    for verb in m.walk:
        yield f"{verb.verb:<28}{verb.calls:>6}{_each(verb):>20}{verb.gas:>12,}"
    yield f"the whole walk: {m.walk_gas:,} gas, {m.ratio} of {m.limit_gas:,} ({_size(m)})"
    yield ""
    yield "apart from it"
    for verb in m.apart:
        yield f"{verb.verb:<28}{verb.calls:>6}{_each(verb):>20}{verb.gas:>12,}"
    yield f"{'members and their keys':<54}{m.founding_gas:>12,}"
    yield f"{'deployment':<54}{m.deployment_gas:>12,}"
    yield ""
    if m.tradetrust is None:
        yield "one bill of lading; TradeTrust's registry was not measured (scripts/bench gas does)"
    else:
        yield f"one bill of lading, beside TradeTrust's token registry {m.tradetrust}"
    for one in m.bill:
        theirs = "" if one.theirs is None else f"{one.theirs:>12,}{one.ratio:>8}"
        yield f"{one.deed:<40}{one.ours:>12,}{theirs}"
    yield f"(the first three together are to be at most {BILL_RATIO_MAX} of theirs)"


def markdown(measured: Metered) -> Iterator[str]:
    """For a page; three columns or more, since tables of two name tests there."""
    m = measured
    yield "| verb | calls in a walk | gas each | gas |"
    yield "|---|---|---|---|"
    for verb in m.walk:
        yield f"| {verb.verb} | {verb.calls} | {_each(verb)} | {verb.gas:,} |"
    yield f"| **the whole walk** | {m.transactions} | | **{m.walk_gas:,}** |"
    for verb in m.apart:
        yield f"| apart: {verb.verb} | {verb.calls} | {_each(verb)} | {verb.gas:,} |"
    yield f"| apart: members and their keys | | | {m.founding_gas:,} |"
    yield f"| apart: deployment | | | {m.deployment_gas:,} |"
    yield ""
    yield f"The walk has {_size(m)}; it is to cost at most {m.limit_gas:,}: {m.ratio} of that."
    yield ""
    yield f"| one bearer bill of lading | gas here | TradeTrust {m.tradetrust or '-'} | ratio |"
    yield "|---|---|---|---|"
    for one in m.bill:
        theirs = "" if one.theirs is None else f"{one.theirs:,}"
        yield f"| {one.deed} | {one.ours:,} | {theirs} | {'' if one.ratio is None else one.ratio} |"


def write(page: Path, measured: Metered) -> None:
    """Puts the table between its marks; ValueError when the page has no such place."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page.name} has no place marked {BEGIN}")
    table = "\n".join(markdown(measured))
    page.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}")


def _each(verb: Verb) -> str:
    if verb.gas_min == verb.gas_max:
        return f"{verb.gas_min:,}"
    return f"{verb.gas_min:,} to {verb.gas_max:,}"


def _size(m: Metered) -> str:
    return f"{m.facts} facts, {m.tranches} tranches, {m.lenders} lenders, {m.transactions} tx"
