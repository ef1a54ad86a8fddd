"""A trail that anybody can check: whatever is changed in it shows, and where."""

import json
from collections.abc import Callable

import pytest

from entrepot.domain.audit_trail import Entry, TrailBroken, check, link, start, write
from entrepot.kit.deriving import derived_key
from entrepot.kit.jose import Key

LEI = "ENTR00HARBOURBANK0115"
AT = "2026-11-23T07:20:00Z"
KEY = derived_key(b"a secret of thirty-two characters", "test")
Lines = list[str]


def trail(count: int = 4, key: Key = KEY) -> str:
    digest, entries = start(LEI), list[tuple[Entry, bytes]]()
    for number in range(1, count + 1):
        entry = Entry(
            number=number,
            at=AT,
            actor="officer",
            act="APPROVED",
            subject="0x01",
            reason=f"r{number}",
        )
        digest = link(digest, entry)
        entries.append((entry, digest))
    return write(LEI, entries, AT, key)


@pytest.mark.parametrize("count", [0, 1, 4])
def test_check_when_nothing_was_changed_tells_whose_and_by_whom(count: int) -> None:
    found = check(trail(count))
    assert (found.participant, found.entries, found.exported_at) == (LEI, count, AT)
    assert found.key == KEY.thumbprint()


def _replace(at: int, old: str, new: str) -> Callable[[Lines], None]:
    def spoil(lines: Lines) -> None:
        assert old in lines[at]
        lines[at] = lines[at].replace(old, new)

    return spoil


def _swap(lines: Lines) -> None:
    lines[1], lines[2] = lines[2], lines[1]


def _rechain(lines: Lines) -> None:
    """Somebody changes an entry and reckons all later hashes anew, but has not the key."""
    digest = start(LEI)
    for at in range(1, 5):
        found = json.loads(lines[at])
        del found["sha256"]
        found["reason"] = "forged" if at == 2 else found["reason"]
        digest = link(digest, Entry(**found))
        lines[at] = json.dumps(found | {"sha256": digest.hex()})


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (_replace(0, LEI, "ENTR00OTHERBANK000015"), 2),
        (_replace(2, '"r2"', '"r3"'), 3),
        (_replace(3, "officer", "another"), 4),
        (lambda lines: lines.pop(2), 3),
        (lambda lines: lines.pop(4), 5),
        (lambda lines: lines.insert(2, lines[1]), 3),
        (_swap, 2),
        (_rechain, 6),
        (lambda lines: lines.pop(), 5),
        (lambda lines: lines.insert(1, "[]"), 2),
        (lambda lines: lines.insert(1, "{"), 2),
    ],
)
def test_check_when_something_was_changed_names_the_first_broken_line(
    spoil: Callable[[Lines], object], line: int
) -> None:
    lines = trail().split("\n")[:-1]
    spoil(lines)
    with pytest.raises(TrailBroken) as broken:
        check("".join(f"{each}\n" for each in lines))
    assert broken.value.line == line


def test_check_when_another_signed_tells_another_key() -> None:
    other = derived_key(b"another secret of thirty-two chars", "test")
    assert check(trail(key=other)).key != KEY.thumbprint()


@pytest.mark.parametrize("text", ["", "\n", "{}", trail()[:-1], trail()[:300]])
def test_check_when_cut_off_is_refused(text: str) -> None:
    with pytest.raises(TrailBroken):
        check(text)
