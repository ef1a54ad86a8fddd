"""A case: JSON, one object a line. `docs/reference/cases.md` is this module in words.

    {"line": "case", ...}        which chain, whose keys, which part of it the case is about
    {"line": "block", ...}       one for each block from the first, in order
    {"line": "request", ...}     what somebody asked of the API, and the transactions it led to
    {"line": "fault", ...}       what goes wrong while the case is played, where it was recorded so
    {"line": "step", ...}        a scenario's step, where a scenario was recorded
    {"line": "document", ...}    a document's commitment; its bytes only if they were asked for
    {"line": "end", ...}         the last block and the digest of everything

A case holds no key and no token. What a request's body said is not in it: what counts of it is in
the transactions that it led to, and the rest may be personal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

FORMAT = "entrepot-case-1"
LINE_BYTES_MAX = 64 * 1024 * 1024
SEEDS = 'sha256("entrepot devnet key of NAME")'
"""How a devnet's keys come of the names of their holders: known to everybody, and never written."""


class CaseError(Exception):
    """The file is no case, or is one of another version; the message says which line and why."""


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="line"):
    """One line of the file, told by its `line`."""


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs with which address."""

    name: str
    address: str


class Party(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A member, as the cast names it."""

    alias: str
    lei: str
    name: str
    name_zh: str
    jurisdiction: str
    roles: tuple[str, ...]


class Head(_Line, frozen=True, kw_only=True, tag="case"):
    """format: of the file; made_by: the version that wrote it. deployed: the block from which on
    the contracts stand. first and last: the blocks that the case is about; those before are there
    because no hash comes out the same without them. order: 0x-hex, where it is about one.
    fault_seed: what its faults were drawn from, None where nothing goes wrong."""

    format: str
    made_by: str
    rules_hash: str
    name: str
    title: str = ""
    title_zh: str = ""
    chain_id: int
    genesis_time: int
    genesis_hash: str
    seeds: str
    accounts: tuple[Account, ...]
    members: tuple[Party, ...]
    deployment: dict[str, Any]
    deployed: int
    first: int
    last: int
    order: str = ""
    fault_seed: int | None = None


class Transaction(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """raw: the signed bytes; by: the name of the account, or its address; call: contract and
    function, `Financing.release`, or `deployment`; ok: whether it was carried out."""

    raw: str
    hash: str
    by: str
    call: str
    ok: bool = True


class Happening(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A business event as members are told of it (`docs/reference/events.md`). transaction: its
    hash, None for what this node found by itself."""

    id: str
    type: str
    subject: str
    data: dict[str, Any]
    ledger_event: str | None = None
    transaction: str | None = None


class Change(msgspec.Struct, frozen=True, array_like=True):
    """One field of one row: before is None when the row is new, after when it is gone."""

    table: str
    key: str
    field: str
    before: str | None
    after: str | None


class Block(_Line, frozen=True, kw_only=True, tag="block"):
    """time: unix seconds. changes: of the read model, the journal and the decisions, once the
    worker had dealt with this block."""

    number: int
    time: int
    hash: str
    transactions: tuple[Transaction, ...] = ()
    events: tuple[Happening, ...] = ()
    changes: tuple[Change, ...] = ()


class Request(_Line, frozen=True, kw_only=True, tag="request"):
    """block: the one that has its first transaction, or after which it was refused. by: a member's
    LEI, or empty for the worker. refused: the contract's error, or what else stood against it."""

    block: int
    operation: str
    verb: str
    by: str = ""
    transactions: tuple[str, ...] = ()
    refused: str = ""


class Fault(_Line, frozen=True, kw_only=True, tag="fault"):
    """What goes wrong once the node has mined the block (`devnet/cases/faults.py`). depth: of a
    fork, how many blocks it takes back; 0 otherwise."""

    block: int
    kind: Literal["fork", "crash", "node_down"]
    depth: int = 0


class Step(_Line, frozen=True, kw_only=True, tag="step"):
    """request: `POST /v1/orders`, or what was waited for. first_block > last_block: no block."""

    number: int
    say: str
    say_zh: str = ""
    actor: str = ""
    request: str = ""
    status: int = 200
    refused: str = ""
    first_block: int
    last_block: int


class Document(_Line, frozen=True, kw_only=True, tag="document"):
    """commitment: what the ledger has of it. content: base64, with `--with-documents` only."""

    block: int
    document: str
    order: str
    owner: str
    kind: str
    format: str
    commitment: str
    size_bytes: int
    content: bytes | None = None


class End(_Line, frozen=True, kw_only=True, tag="end"):
    """digest: of blocks, logs, projections and journal (`views/digest.py`)."""

    block: int
    block_hash: str
    digest: str


Line = Head | Block | Request | Fault | Step | Document | End


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A whole file. `blocks[i]` is block i + 1: the genesis is made of the head."""

    head: Head
    blocks: tuple[Block, ...]
    requests: tuple[Request, ...] = ()
    faults: tuple[Fault, ...] = ()
    steps: tuple[Step, ...] = ()
    documents: tuple[Document, ...] = ()
    end: End | None = field(default=None)

    @property
    def last(self) -> int:
        """The number of the last block."""
        return len(self.blocks)

    def block(self, number: int) -> Block:
        return self.blocks[number - 1]


def write(case: Case, path: Path) -> None:
    """The whole file or none of it."""
    draft = path.with_name(path.name + ".draft")
    draft.write_bytes(b"".join(msgspec.json.encode(line) + b"\n" for line in _lines(case)))
    draft.replace(path)


def read(path: Path) -> Case:
    """Raises CaseError with the number of the line that is wrong."""
    try:
        with path.open("rb") as file:
            return _case(list(_decoded(file)))
    except OSError as error:
        raise CaseError(f"{path}: {error.strerror}") from error
    except CaseError as error:
        raise CaseError(f"{path}: {error}") from error


def _lines(case: Case) -> Iterator[Line]:
    yield case.head
    yield from case.blocks
    yield from case.requests
    yield from case.faults
    yield from case.steps
    yield from case.documents
    if case.end is not None:
        yield case.end


def _decoded(file: Any) -> Iterator[Line]:
    decoder = msgspec.json.Decoder(Line)
    number = 0
    while line := file.readline(LINE_BYTES_MAX):
        number += 1
        try:
            yield decoder.decode(line)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise CaseError(f"line {number}: {error}") from error


def _case(lines: list[Line]) -> Case:
    if not lines or not isinstance(head := lines[0], Head):
        raise CaseError("the first line does not say which case this is")
    if head.format != FORMAT:
        raise CaseError(f"format {head.format!r}: this version reads {FORMAT!r}")
    blocks = tuple(line for line in lines if isinstance(line, Block))
    if [block.number for block in blocks] != list(range(1, len(blocks) + 1)):
        raise CaseError("the blocks do not count on from 1")
    if not 0 < head.deployed <= head.first <= head.last == len(blocks):
        raise CaseError(f"blocks {head.first} to {head.last} of {len(blocks)}: no such part")
    ends = [line for line in lines if isinstance(line, End)]
    if len(ends) != 1 or not isinstance(lines[-1], End):
        raise CaseError("the last line is not its end: the file is cut short")
    return Case(
        head=head,
        blocks=blocks,
        requests=tuple(line for line in lines if isinstance(line, Request)),
        faults=_faults(lines, head),
        steps=tuple(line for line in lines if isinstance(line, Step)),
        documents=tuple(line for line in lines if isinstance(line, Document)),
        end=ends[0],
    )


def _faults(lines: list[Line], head: Head) -> tuple[Fault, ...]:
    faults = tuple(line for line in lines if isinstance(line, Fault))
    for fault in faults:
        room = fault.block - head.deployed
        if not 0 < room <= head.last - head.deployed or not 0 <= fault.depth <= room:
            raise CaseError(
                f"a {fault.kind} of depth {fault.depth} at block {fault.block}: no room"
            )
    return faults
