"""The documentation says what is there: links, settings, words, codes, commands and figures."""

import inspect
import re
import textwrap
from datetime import UTC, datetime
from enum import IntEnum
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

import entrepot.bindings
from entrepot import cli, worker
from entrepot.api import errors as api_errors
from entrepot.api import problems, routes
from entrepot.bindings.financings import DayCount
from entrepot.domain import accrual, sharing
from entrepot.domain.errors import DomainError
from entrepot.settings import Settings
from entrepot.store.tables import OutboxState
from tests.house.tree import CONTRACTS, ROOT, SOLIDITY_TESTS, name, tracked

PAGES = [path for path in tracked() if path.suffix == ".md"]
DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(([^()\s]+)\)")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HAN = re.compile(r"[\u4e00-\u9fff]")
METHODS = ("GET", "POST", "PATCH", "DELETE")
ADRS = sorted((DOCS / "adr").glob("*.md"))


def prose(text: str) -> str:
    """The page without its code blocks."""
    return FENCE.sub("", text)


def rows(text: str) -> list[list[str]]:
    """Every table row of a page, as its cells."""
    lines = [line for line in prose(text).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def anchors(text: str) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {
        re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings
    }


def broken_links(page: Path, text: str) -> list[str]:
    """Links to files or headings that are not there."""
    found: list[str] = []
    for link in LINK.findall(prose(text)):
        target, _, anchor = link.partition("#")
        if "://" in target:
            continue
        path = (page.parent / target).resolve() if target else page
        there = path.exists() and path.is_relative_to(ROOT)
        if not there or (anchor and anchor not in anchors(path.read_text())):
            found.append(link)
    return found


def test_broken_links_are_found() -> None:
    page = DOCS / "index.md"
    good = "[a](walk.md) [b](https://x.example/y) [c](#here)\n# Here\n```sh\n[d](no.md)\n```\n"
    assert broken_links(page, "[a](nowhere.md) [b](walk.md#nothing)") == [
        "nowhere.md",
        "walk.md#nothing",
    ]
    assert broken_links(ROOT / "README.md", "[a](docs/walk.md)") == []
    assert [link for link in broken_links(page, good) if link != "#here"] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_resolve(page: Path) -> None:
    assert broken_links(page, page.read_text()) == []


def test_every_page_is_reached_from_the_index() -> None:
    index = (DOCS / "index.md").read_text()
    linked = {(DOCS / link.partition("#")[0]).resolve() for link in LINK.findall(index)}
    pages = {p for p in PAGES if DOCS in p.parents and p != DOCS / "index.md"}
    assert sorted(name(page) for page in pages - linked) == []


def test_every_setting_is_documented_with_its_default() -> None:
    table = rows((DOCS / "reference/settings.md").read_text())
    told = {row[0].strip("`"): row[1] for row in table if row[0].startswith("`ENTREPOT_")}
    meant: dict[str, str] = {}
    for field, info in Settings.model_fields.items():
        secret = type(info.default).__name__ == "SecretBytes"
        known = "none" if info.default is None else f"`{info.default}`"
        meant[f"ENTREPOT_{field.upper()}"] = "secret" if secret else known
    assert told == meant


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_name_only_settings_that_exist(page: Path) -> None:
    known = {f"ENTREPOT_{field.upper()}" for field in Settings.model_fields}
    assert set(re.findall(r"ENTREPOT_[A-Z][A-Z_]*[A-Z]", page.read_text())) - known == set()


def enum_members() -> list[str]:
    """Every member of every enum of the contracts, and the states of an outbox row."""
    found = {v for k, v in vars(OutboxState).items() if k.isupper()}
    for module in iter_modules(entrepot.bindings.__path__):
        for value in vars(import_module(f"entrepot.bindings.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum:
                found |= set(value.__members__)
    return sorted(found)


def test_every_word_is_in_the_glossary_in_both_languages() -> None:
    words = {row[0]: row[1:] for row in rows((DOCS / "glossary.md").read_text()) if len(row) == 4}
    members = enum_members()
    assert {"EXPORT_RELEASED", "PLEDGED", "FINTECH", "QUEUED", "ACT_360"} <= set(members)
    assert [member for member in members if member not in words] == []
    silent = [
        word for word, (zh, meaning, where) in words.items() if not (zh and meaning and where)
    ]
    assert silent == []
    plain = [word for word in words if not word.startswith("---")]
    assert [word for word in plain if not HAN.search(words[word][0])] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in ADRS] == list(range(len(ADRS)))


@pytest.mark.parametrize("path", ADRS, ids=name)
def test_decision_has_its_form(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {path.name[:4]}: ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    decision = text.split("## Decision\n")[1].split("## ")[0]
    assert decision.startswith("**"), "the quotable line comes first"
    assert len(text.splitlines()) <= 45


def commands(text: str) -> list[str]:
    """The commands of a page's shell blocks: what stands before their arguments."""
    found: list[str] = []
    for language, block in FENCE.findall(text):
        if language == "sh":
            lines = [line.partition("#")[0].strip() for line in block.splitlines()]
            found += [line.removeprefix("$ ") for line in lines if line]
    return found


def is_there(command: str) -> bool:
    """Whether a script, or a command of ours, exists; of others' programs nothing is known."""
    program, *words = command.split()
    if program.startswith("scripts/"):
        return (ROOT / program).is_file()
    return program.removeprefix(".venv/bin/") != "entrepot" or words[0] in cli.COMMANDS


def test_commands_are_found() -> None:
    text = "```sh\n# first\nscripts/no  # why\n$ .venv/bin/entrepot no\nscripts/demo\n```\n"
    assert commands(text) == ["scripts/no", ".venv/bin/entrepot no", "scripts/demo"]
    assert [is_there(command) for command in commands(text)] == [False, False, True]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_exist(page: Path) -> None:
    assert [c for c in commands(page.read_text()) if not is_there(c)] == []


def test_every_command_and_script_is_listed() -> None:
    table = rows((DOCS / "reference/commands.md").read_text())
    listed = {row[0].strip("`"): row[1] for row in table if row[0].startswith("`")}
    scripts = {
        f"scripts/{p.name}" for p in tracked() if p.parent == ROOT / "scripts" and not p.suffix
    }
    assert {c: what for c, what in listed.items() if not c.startswith("scripts/")} == cli.COMMANDS
    assert {c for c in listed if c.startswith("scripts/")} == scripts - {"scripts/env"}


def test_the_tick_is_quoted_as_it_is() -> None:
    quoted = next(
        b for lang, b in FENCE.findall((DOCS / "walk.md").read_text()) if lang == "python"
    )
    assert quoted == textwrap.dedent(inspect.getsource(worker.tick))


def test_every_route_is_listed() -> None:
    listed = {row[0].strip("`"): row[1] for row in rows((DOCS / "reference/api.md").read_text())}
    modules = [
        import_module(f"entrepot.api.routes.{m.name}") for m in iter_modules(routes.__path__)
    ]
    found = [r for m in modules for r in getattr(m, "api", APIRouter()).routes]
    meant = {
        f"{min(route.methods or set())} {route.path_format}": route.summary
        for route in found
        if isinstance(route, APIRoute)
    }
    assert {r: what for r, what in listed.items() if r.partition(" ")[0] in METHODS} == meant


def test_every_problem_of_ours_is_listed() -> None:
    listed = {
        row[1].strip("`"): row[0] for row in rows((DOCS / "reference/problems.md").read_text())
    }
    kinds: list[type[DomainError]] = [DomainError]
    for kind in kinds:
        kinds += [each for each in kind.__subclasses__() if each.__module__.endswith(".errors")]
    meant = {kind.code: str(api_errors.STATUSES[_first(kind)][1]) for kind in kinds}
    meant |= {
        p.code: str(p.status) for p in vars(problems).values() if isinstance(p, problems.Problem)
    }
    assert {code: status for code, status in meant.items() if listed.get(code) != status} == {}


def _first(kind: type[DomainError]) -> int:
    return next(i for i, row in enumerate(api_errors.STATUSES) if issubclass(kind, row[0]))


def test_every_named_contract_test_exists() -> None:
    named: list[str] = []
    missing: list[str] = []
    for row in rows((CONTRACTS / "README.md").read_text()):
        source = ""
        for word in re.findall(r"`([^`]+)`", row[1] if len(row) == 2 else ""):
            if word.endswith(".t.sol"):
                source = (SOLIDITY_TESTS / word).read_text()
            else:
                named.append(word)
                missing += [] if f"function {word}(" in source else [word]
    assert missing == []
    assert len(named) > 40


@pytest.mark.parametrize(("page", "at_least"), [("access", 30), ("owasp", 25)])
def test_every_named_attack_test_exists(page: str, at_least: int) -> None:
    table = rows((DOCS / f"reference/{page}.md").read_text())
    named = {word for row in table for word in re.findall(r"`(test_\w+)`", row[-1])}
    sources = [path.read_text() for path in (ROOT / "tests").rglob("test_*.py")]
    defined = {word for text in sources for word in re.findall(r"^def (test_\w+)", text, re.M)}
    assert named - defined == set()
    assert len(named) > at_least


@pytest.mark.parametrize(
    "row", rows((CONTRACTS / "README.md").read_text())[2:9], ids=lambda r: r[0]
)
def test_every_verb_of_a_contract_is_in_its_table(row: list[str]) -> None:
    path = re.findall(r"\(([^)]+\.sol)\)", row[0])[0]
    source = re.sub(r"//[^\n]*", "", (CONTRACTS / path).read_text())
    declared = re.findall(r"\bfunction (\w+)\(([^;{]*);", source)
    verbs = {verb for verb, rest in declared if not re.search(r"\b(view|pure)\b", rest)}
    told = {word for cell in re.findall(r"`([^`]+)`", row[3]) for word in cell.split()}
    assert verbs == told


def test_the_worked_example_is_what_the_code_reckons() -> None:
    page = (DOCS / "contracts.md").read_text()
    drawn = [
        (25_680_000, (2026, 11, 6)),
        (64_200_000, (2026, 11, 12)),
        (12_840_000, (2026, 12, 16)),
    ]
    end = _noon(2027, 1, 15)
    days = [accrual.days_between(_noon(*day), end) for _, day in drawn]
    principal_days = sum(n * amount for n, (amount, _) in zip(days, drawn, strict=True))
    total = sum(amount for amount, _ in drawn)
    interest = accrual.interest_total(principal_days, 650, DayCount.ACT_360)
    fees = sharing.portion_up(total, 25)
    platform = interest * 2000 // 10_000
    harbour, lantern = sharing.split(interest - platform, [6000, 4000])
    earned, rest = sharing.split(fees, [6000, 4000]), 128_400_000 - total - fees - interest
    posted, loss = sharing.split(total, [6000, 4000]), sharing.split(total, [5000, 5000])
    reserve = sharing.portion_up(total, 500)
    figures = [total, principal_days, interest, fees, platform, harbour, lantern, *earned, rest]
    figures += [*posted, loss[1] - posted[1], reserve, *sharing.split(reserve, [5000, 5000])]
    figures += [total + rest, harbour + earned[0], lantern + platform + earned[1]]
    assert [f"{minor / 100:,.2f}" for minor in figures if f"{minor / 100:,.2f}" not in page] == []
    assert all(f"| {n} |" in page for n in days)


def _noon(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, 12, tzinfo=UTC).timestamp())
