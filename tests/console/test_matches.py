"""An officer before papers that look like others: a warning, a decision with a reason, then a
signature (P2)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from entrepot.steps import World
from entrepot.store.tables import Facility, PaperFingerprint
from tests.console.browser import open_browser
from tests.console.desk import open_desk, serve
from tests.store.cast import BANK_A, EXPORTER, token_of, word
from tests.store.story import Story

pytestmark = [pytest.mark.postgres, pytest.mark.browser]

OTHER = word("another order")


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Story]]:
    with open_desk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


def look_alike(world: World, story: Story) -> None:
    """The order's container was on board for another order that is financed, the same week."""
    with world.store.transaction() as session:
        for order_id in (story.order_id, OTHER):
            session.add(
                PaperFingerprint(
                    document_id=word(f"bill of {order_id.hex()}"),
                    kind="CONTAINER_AND_DATE",
                    key=word("container"),
                    order_id=order_id,
                )
            )
        session.add(
            Facility(
                financing_id=word("another facility"),
                stream=OTHER,
                order_id=OTHER,
                state="RELEASED",
                exporter=EXPORTER,
                terms={"asset_keys": [], "platform": "0x" + "00" * 20},
                terms_hash=bytes(32),
                document_root=bytes(32),
                token=bytes(20),
                corridor="CNNL",
                currency="USD",
                title_id=bytes(32),
                requested_block=1,
            )
        )


def test_officer_decides_a_near_match_and_then_signs(desk: tuple[World, Story]) -> None:
    world, story = desk
    look_alike(world, story)
    with open_browser() as browser, serve(world) as url:
        page = browser.new_page()
        page.goto(f"{url}/facilities/0x{story.financing_id.hex()}")
        page.locator("#token").fill(token_of(BANK_A))
        page.locator("#token").press("Enter")
        card = page.locator("#matches")
        expect(card).to_contain_text("the same container, shipped within two weeks")
        expect(page.locator("#decision")).to_contain_text("Cannot be signed")
        expect(page.locator("#approve")).to_have_count(0)

        card.get_by_label("Why").fill("two halves of one stuffing; lists compared")
        card.get_by_role("button", name="Other goods").click()
        expect(card).to_contain_text("other goods · two halves of one stuffing; lists compared")
        expect(page.locator("#approve")).to_be_visible()

        page.goto(page.url.partition("#")[0] + "?lang=zh")
        expect(card).to_contain_text("同一集装箱，两周之内装船")
