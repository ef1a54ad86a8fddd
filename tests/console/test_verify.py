"""Anybody verifies a paper: a disclosure with its proofs, an altered one, a file of nobody's."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.console.gallery import open_held
from tests.console.watching import Watched, check
from tests.walk.stage import Walk

pytestmark = [pytest.mark.postgres, pytest.mark.anvil, pytest.mark.browser]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    with open_held(tmp_path_factory.mktemp("held")) as walk:
        yield walk


@pytest.fixture
def page(walk: Walk, browser: Browser) -> Iterator[Page]:
    """A stranger's, which must complain of nothing."""
    watched = Watched(browser.new_page(locale="en-GB"))
    watched.page.goto(f"{walk.stack.url}/console/verify")
    yield watched.page
    assert [each for each in watched.complaints if "422" not in each] == []
    watched.page.close()


def invoice_of(walk: Walk) -> bytes:
    return walk.scenario.read("inputs/straight-walk/invoice.xml")


def disclosed(walk: Walk) -> dict[str, object]:
    """The invoice's number and bytes, as the exporter hands them on with their proofs."""
    papers = walk.ask("exporter", "GET", "/v1/orders/{order}/documents").json()["items"]
    paper = next(one for one in papers if one["kind"] == "INVOICE")
    path = f"/v1/documents/{paper['document_id']}:disclose"
    fields = ["content.sha256", "number"]
    return walk.ask("exporter", "POST", path, json={"fields": fields}).json()


def hand_in(page: Page, **files: tuple[str, bytes]) -> None:
    for name, (filename, content) in files.items():
        upload = {"name": filename, "mimeType": "application/octet-stream", "buffer": content}
        # A FilePayload, which pyright does not see in a plain dict.
        page.locator(f"#{name}").set_input_files(upload)  # type: ignore[arg-type]
    page.get_by_role("button", name="Verify").click()


def test_stranger_with_the_proof_learns_all_there_is(walk: Walk, page: Page) -> None:
    shown = json.dumps(disclosed(walk)).encode()
    hand_in(page, file=("i.xml", invoice_of(walk)), disclosure=("d.json", shown))
    result = page.locator("#result")
    expect(result).to_be_focused()
    expect(result).to_contain_text("Intact")
    expect(result).to_contain_text("Ningbo Haishu Appliance Co., Ltd.")
    expect(result).to_contain_text("These goods are financed already.")
    expect(result).to_contain_text("NHA-2026-0931")
    check(page, "en")


def test_altered_file_is_told_and_nothing_besides(walk: Walk, page: Page) -> None:
    shown = json.dumps(disclosed(walk)).encode()
    altered = invoice_of(walk).replace(b"NHA-2026-0931", b"NHA-2026-0932")
    hand_in(page, file=("i.xml", altered), disclosure=("d.json", shown))
    expect(page.locator("#result")).to_contain_text("Altered")
    expect(page.locator("#result")).not_to_contain_text("financed")


def test_file_alone_tells_a_stranger_nothing(walk: Walk, page: Page) -> None:
    hand_in(page, file=("i.xml", invoice_of(walk)))
    expect(page.locator("#result")).to_contain_text("Nothing can be said")
    expect(page.locator("#result")).not_to_contain_text("Ningbo")


def test_nonsense_is_refused_with_the_reason(page: Page) -> None:
    hand_in(page, disclosure=("d.json", b"{]"))
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(page.locator("#disclosure")).to_be_visible()


def test_nothing_handed_in_is_refused_with_the_reason(page: Page) -> None:
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("alert")).to_contain_text("send one or both")
