"""A case replays to the same bytes in any folder, and says what differs when it does not."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from entrepot.devnet import cast
from entrepot.devnet.cases import checking, recording
from entrepot.devnet.cases.case import SEEDS, Block, Case, CaseError, Change, read, write
from entrepot.devnet.cases.checking import check
from entrepot.devnet.replay import Ending, open_replay

pytestmark = [pytest.mark.postgres, pytest.mark.anvil]

SCENARIOS = Path(__file__).parents[2] / "hardhat-free-devnet/scenarios"
STRAIGHT = SCENARIOS / "straight-walk.toml"


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Case, Case, Ending]]:
    """A straight walk as a case, its one order with documents as another, and how it ended."""
    with open_replay(STRAIGHT) as replay:
        told = list(replay.steps())
        world, members = replay.stage.world, replay.stage.ground.members
        whole = recording.record(world, members, recording.Wanted(name="walk", from_block=81))
        order = next(b.events[0].subject for b in whole.blocks if _placed(b))
        wanted = recording.Wanted(name="order", part=order[:12], with_documents=True)
        yield whole, recording.record(world, members, wanted), replay.ending(len(told))


@pytest.fixture(scope="module")
def case(played: tuple[Case, Case, Ending]) -> Case:
    return played[0]


def _placed(block: Block) -> bool:
    return bool(block.events) and block.events[0].type == "entrepot.order.placed"


def _altered(case: Case, number: int, **fields: object) -> Case:
    """The case with one block that says something else."""
    blocks = list(case.blocks)
    blocks[number - 1] = msgspec.structs.replace(blocks[number - 1], **fields)
    return replace(case, blocks=tuple(blocks))


def _release(case: Case) -> Block:
    """The block of the second tranche's release."""
    releases = [
        b for b in case.blocks if any(t.call == "Financing.release" for t in b.transactions)
    ]
    return releases[1]


@pytest.mark.parametrize(
    "machine", ["first", *(pytest.param(m, marks=pytest.mark.full) for m in ("second", "third"))]
)
def test_a_recorded_walk_replays_to_the_same_digest_in_a_fresh_folder(
    machine: str, played: tuple[Case, Case, Ending], tmp_path: Path
) -> None:
    case, _, ending = played
    folder = tmp_path / machine
    folder.mkdir()
    write(case, folder / "case.jsonl")
    checked = check(read(folder / "case.jsonl"))
    assert checked.difference is None
    assert (checked.block_hash, checked.digest) == (ending.block_hash, ending.digest)
    assert checked.blocks == ending.block


def test_a_case_holds_no_key_and_no_documents_unless_asked(
    played: tuple[Case, Case, Ending], tmp_path: Path
) -> None:
    case, with_documents, _ = played
    write(case, tmp_path / "case.jsonl")
    text = (tmp_path / "case.jsonl").read_text()
    members = cast.load(SCENARIOS / "parties.toml")
    secrets = [cast.secret_of(person).reveal().hex() for person in cast.people(members)]
    assert [secret for secret in secrets if secret in text] == []
    assert case.head.seeds == SEEDS
    assert {document.content for document in case.documents} == {None}
    assert all(document.content for document in with_documents.documents)
    assert any(b"NHA-2026-0931" in (d.content or b"") for d in with_documents.documents)


def test_a_case_of_one_order_is_about_its_blocks(played: tuple[Case, Case, Ending]) -> None:
    whole, order, _ = played
    assert whole.head.order == ""
    assert order.head.order
    assert whole.head.first < order.head.first < order.head.last <= whole.head.last
    assert len(order.requests) < len(whole.requests)
    assert {d.order for d in order.documents} == {order.head.order}


def test_another_transaction_is_named(case: Case) -> None:
    release = _release(case)
    taken = case.block(release.number - 1).transactions[0]
    other = msgspec.structs.replace(release.transactions[0], raw=taken.raw)
    forged = _altered(case, release.number, transactions=(other,))
    difference = check(forged).difference
    assert difference is not None
    assert (difference.block, difference.place) == (release.number, checking.TRANSACTION)
    assert difference.subject == "Financing.release by keeper"


def test_another_time_is_named(case: Case) -> None:
    release = _release(case)
    later = _altered(case, release.number, time=release.time + 1)
    difference = check(later).difference
    assert difference is not None
    assert (difference.block, difference.place) == (release.number, checking.BLOCK)
    assert difference.recorded == release.hash


def test_another_row_is_named(case: Case) -> None:
    release = _release(case)
    changes = [_more(change) for change in release.changes]
    difference = check(_altered(case, release.number, changes=tuple(changes))).difference
    assert difference is not None
    assert (difference.block, difference.place) == (release.number, checking.ROW)
    assert difference.subject.startswith("facility 0x")
    assert (difference.field, difference.recorded, difference.found) == (
        "outstanding_minor",
        "89880001",
        "89880000",
    )


def _more(change: Change) -> Change:
    if (change.table, change.field) != ("facility", "outstanding_minor"):
        return change
    return msgspec.structs.replace(change, after=str(int(change.after or 0) + 1))


def test_another_event_or_decision_is_named(case: Case) -> None:
    release = _release(case)
    fewer = msgspec.structs.replace(release, events=release.events[1:])
    told = checking.compare(fewer, release)
    assert told is not None
    assert (told.place, told.subject.partition(" ")[0]) == (
        checking.EVENT,
        "entrepot.facility.tranche_released",
    )
    judged = next(b for b in case.blocks if any(c.table == "decision" for c in b.changes))
    kept = tuple(c for c in judged.changes if (c.table, c.field) != ("decision", "met"))
    told = checking.compare(msgspec.structs.replace(judged, changes=kept), judged)
    assert told is not None
    assert (told.place, told.field, told.recorded) == (checking.ROW, "met", None)


def test_another_digest_is_named(case: Case) -> None:
    assert case.end is not None
    forged = replace(case, end=msgspec.structs.replace(case.end, digest="00"))
    difference = check(forged).difference
    assert difference is not None
    assert (difference.place, difference.recorded) == (checking.DIGEST, "00")


def test_a_file_that_is_no_case_is_refused_with_its_line(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    write(case, path)
    lines = path.read_bytes().splitlines(keepends=True)
    for content, said in (
        (b"", "the first line does not say which case"),
        (b"".join(lines[:-1]), "cut short"),
        (b"".join([lines[0], *lines[2:]]), "do not count on"),
        (b"".join([*lines[:3], b'{"line":"block"}\n', *lines[4:]]), "line 4"),
        (lines[0].replace(b"entrepot-case-1", b"entrepot-case-9"), "this version reads"),
    ):
        path.write_bytes(content)
        with pytest.raises(CaseError, match=said):
            read(path)
