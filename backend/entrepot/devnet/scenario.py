"""Scenarios: a settlement as a TOML file, told in the words of the HTTP API.

A scenario is a cast, a start, timed steps and what must be true at the end. A step is one request
that one member makes; `save` keeps ids from the answer, and `{name}` puts them in later steps. A
step without a request waits for what the worker does by itself, or does what no request does (see
hands.py). Input files are named relative to the scenario's folder. A scenario with a `base` plays
that one, with steps of its own put in after steps that the base gives a name; with `until`, what
the base does after that step is left out, and with `without` single steps are.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec


class ScenarioError(Exception):
    """The file is no scenario, or cannot be played as written; the message says where and why."""


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`actor` is a member of the cast, or one of its officers: `bank.officer-1`.

    name: what other files call it. at: the time on the chain before which it is not played.
    post: path of the request. body: JSON. form and file: a multipart upload. content: a file
    sent as it is. expect: the status that must come back; refused: the problem code that must come
    with it. until: a path to poll, and the fields that its answer must have before going on.
    key: the request's idempotency key, if it is to be the same in another run. wait: whether to
    wait for what the request's operation comes to. call: a contract's verb, made with the actor's
    key and not through the API; body: its arguments. fork: how many blocks are replaced by others,
    the first of which has the `call` in it, if there is one. times: how often it is played, with
    `{n}` counting from 1.
    """

    say: str
    name: str = ""
    say_zh: str = ""
    at: datetime | None = None
    actor: str = ""
    post: str = ""
    body: dict[str, Any] | None = None
    form: dict[str, str] = {}
    file: str = ""
    content: str = ""
    expect: int = 200
    refused: str = ""
    save: dict[str, str] = {}
    until: str = ""
    equals: dict[str, Any] = {}
    key: str = ""
    wait: bool = True
    call: str = ""
    fork: int = 0
    times: int = 1


class Insertion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Steps to play after a named step of the base."""

    after: str
    steps: list[Step]


class Expectation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What must be true at the end. Amounts as decimal strings in the order's currency;
    title_possessor: "" where there is no title. says, says_zh: what the statement says in words."""

    releases: int
    facility_state: str
    order_state: str
    title_possessor: str = ""
    deposits: dict[str, str]
    says: list[str] = []
    says_zh: list[str] = []


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """finality: from when on a block counts as final, where the chain can fork: `depth:12`."""

    name: str
    title: str
    title_zh: str
    start: datetime
    cast: str
    steps: list[Step]
    expect: Expectation
    finality: str = ""
    folder: Path = Path()

    def read(self, name: str) -> bytes:
        """The content of an input file."""
        return input_file(self.folder, name).read_bytes()


class _Variation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A scenario that plays its base with steps put in, to its end or until a named step, without
    the steps of these names."""

    base: str
    until: str = ""
    without: list[str] = []
    title: str
    title_zh: str
    cast: str = ""
    finality: str = ""
    insert: list[Insertion]
    expect: Expectation


def load(path: Path) -> Scenario:
    """Reads a scenario; ScenarioError says what is wrong with it."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        scenario = _varied(path, raw) if "base" in raw else _plain(path, raw)
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    for number, step in enumerate(scenario.steps, 1):
        if [bool(step.post), bool(step.until), bool(step.call or step.fork)].count(True) != 1:
            raise ScenarioError(f"{path}: step {number} needs either `post`, `until` or `call`")
        for name in (step.file, step.content):
            if name:
                input_file(scenario.folder, name)
    return msgspec.structs.replace(scenario, steps=[*_repeated(scenario.steps)])


def _repeated(steps: list[Step]) -> Iterator[Step]:
    """Each step as often as it is to be played, its `{n}` filled in."""
    for step in steps:
        if step.times == 1:
            yield step
        else:
            written = msgspec.json.encode(msgspec.structs.replace(step, times=1))
            for number in range(1, step.times + 1):
                once = written.replace(b"{n}", str(number).encode())
                yield msgspec.json.decode(once, type=Step)


def input_file(folder: Path, name: str) -> Path:
    """A file that a step names; refused when it lies outside of the scenario's folder."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise ScenarioError(f"{name}: no such file in {folder}")
    return path


def _plain(path: Path, raw: dict[str, Any]) -> Scenario:
    return msgspec.convert(
        {**raw, "name": path.stem, "folder": str(path.parent)}, Scenario, dec_hook=_path
    )


def _varied(path: Path, raw: dict[str, Any]) -> Scenario:
    variation = msgspec.convert(raw, _Variation)
    base = load(input_file(path.parent, variation.base))
    steps: list[Step] = []
    for step in base.steps:
        if step.name not in variation.without:
            steps.append(step)
        for insertion in variation.insert:
            if insertion.after == step.name:
                steps += insertion.steps
        if variation.until and variation.until == step.name:
            break
    named = {i.after for i in variation.insert} | {variation.until, *variation.without}
    wanted = named - {""}
    if missing := wanted - {step.name for step in base.steps}:
        raise ScenarioError(f"{path}: {variation.base} has no step named {min(missing)!r}")
    return msgspec.structs.replace(
        base,
        name=path.stem,
        title=variation.title,
        title_zh=variation.title_zh,
        cast=variation.cast or base.cast,
        finality=variation.finality or base.finality,
        steps=steps,
        expect=variation.expect,
    )


def _path(kind: type, value: Any) -> Any:
    if kind is Path:
        return Path(value)
    raise NotImplementedError(kind)


V = TypeVar("V")


def fill(value: V, names: Mapping[str, str]) -> V:
    """The value with every `{name}` replaced; ScenarioError when a name is not known yet."""
    if isinstance(value, str):
        return cast("V", re.sub(r"\{([a-z0-9_]+)\}", lambda m: _known(names, m[1]), value))
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return cast("V", {key: fill(item, names) for key, item in items})
    if isinstance(value, list):
        return cast("V", [fill(item, names) for item in cast("list[Any]", value)])
    return value


def _known(names: Mapping[str, str], name: str) -> str:
    try:
        return names[name]
    except KeyError:
        raise ScenarioError(f"{{{name}}} is not known yet: save it in an earlier step") from None


def pick(answer: Any, path: str) -> Any:
    """A value in an answer by its dotted path; list items by number."""
    value = answer
    for part in path.split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise ScenarioError(f"the answer has no {path}: {str(answer)[:300]}") from None
    return value
